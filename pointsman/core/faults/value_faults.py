"""Faults of values: the wrong type, the wrong index or key, one object where there should be several."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.faults.edit import Spot, TreeEdit, copy_with
from pointsman.core.faults.facts import Finder, ModuleFacts, call, last_name, number, whole_number
from pointsman.core.faults.printing import print_node

_CONVERSIONS = frozenset(
    {"int", "float", "str", "list", "tuple", "set", "dict", "frozenset", "bytes", "bool", "Decimal", "Fraction", "Path"}
)
_ITERATORS = {"sorted": "iter", "list": "iter", "len": "list", "sum": "list", "tuple": "iter", "str": "repr"}
_EMPTY = (ast.List, ast.Dict, ast.Set, ast.Call)


def find_wrong_type(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A conversion is missing, a number is a text, a set is a dict, a list is an iterator."""
    match spot.node:
        case ast.Call(func=ast.Name(id="set"), args=[], keywords=[]):
            yield spot.replace(FaultKind.TYPE, "dict-for-set", ast.Dict([], []))
        case ast.Call(func=ast.Name(id=name), args=[value], keywords=keywords) as conversion:
            if name in _CONVERSIONS and not isinstance(value, ast.Starred):
                yield spot.replace(FaultKind.TYPE, "no-conversion", value)
            if name in _ITERATORS and not keywords:
                other = ast.Name(_ITERATORS[name], ast.Load())
                yield spot.replace(FaultKind.TYPE, "other-conversion", copy_with(conversion, func=other))
        case ast.Constant(value=int(value)) if type(value) is int and isinstance(spot.parent, ast.BinOp | ast.Compare):
            yield spot.replace(FaultKind.TYPE, "text-for-number", ast.Constant(str(value)))
        case ast.Return(value=ast.Tuple(elts=[first, *_])):
            yield spot.replace(FaultKind.TYPE, "one-of-tuple", ast.Return(first))
        case ast.Return(value=ast.Name() | ast.Attribute() as value):
            yield spot.replace(FaultKind.TYPE, "in-a-list", ast.Return(ast.List([value], ast.Load())))
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="join"), args=[joined]):
            yield spot.replace(FaultKind.TYPE, "not-joined", call("list", joined))
        case _:
            pass


def find_wrong_index(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """Another index or key than the one that is there."""
    match spot.node:
        case ast.Subscript(slice=ast.Slice() | ast.Tuple()):
            return
        case ast.Subscript(ctx=ast.Load(), slice=where) as subscript if not _is_type(subscript):
            index = whole_number(where)
            if index is not None:
                wrong = number(1 if index == 0 else -index if index != 1 else 2)
                yield spot.replace(FaultKind.INDEX_KEY, "other-index", copy_with(subscript, slice=wrong))
                away = number(index + 3)
                yield spot.replace(FaultKind.INDEX_KEY, "index-too-large", copy_with(subscript, slice=away))
            elif isinstance(where, ast.Constant) and isinstance(where.value, str):
                yield spot.replace(
                    FaultKind.INDEX_KEY, "other-key", copy_with(subscript, slice=_other_key(where.value))
                )
            elif isinstance(where, ast.Name | ast.BinOp | ast.Call | ast.Attribute):
                beyond = ast.BinOp(where, ast.Add(), ast.Constant(1))
                yield spot.replace(FaultKind.INDEX_KEY, "next-index", copy_with(subscript, slice=beyond))
        case _:
            pass


def _is_type(node: ast.Subscript) -> bool:
    return last_name(node.value) in {"list", "dict", "tuple", "set", "Callable", "Iterator", "Sequence", "Mapping"}


def _other_key(key: str) -> ast.expr:
    return ast.Constant(key.removesuffix("s") if key.endswith("s") and len(key) > 1 else f"{key}s")


def find_missing_default(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A key that need not be there is taken for granted."""
    match spot.node:
        case ast.Call(func=ast.Attribute(value=held, attr="get" | "setdefault"), args=[key, *_], keywords=[]):
            yield spot.replace(FaultKind.INDEX_KEY, "no-default", ast.Subscript(held, key, ast.Load()))
        case ast.Call(func=ast.Attribute(attr="pop"), args=[key, _], keywords=[]) as popped:
            yield spot.replace(FaultKind.INDEX_KEY, "pop-no-default", copy_with(popped, args=[key]))
        case ast.Call(func=ast.Attribute(value=held, attr="discard"), args=[key]):
            removed = ast.Call(ast.Attribute(held, "remove", ast.Load()), [key], [])
            yield spot.replace(FaultKind.INDEX_KEY, "remove-for-discard", removed)
        case ast.Call(func=ast.Name(id="next"), args=[source, _]):
            yield spot.replace(FaultKind.INDEX_KEY, "next-no-default", call("next", source))
        case ast.Call(func=ast.Name(id="defaultdict"), args=[_]):
            yield spot.replace(FaultKind.INDEX_KEY, "dict-for-defaultdict", call("dict"))
        case _:
            pass


def find_mutable_default(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A parameter's default is one object for all calls, where each call made its own."""
    match spot.node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() as function:
            parameters = [*function.args.posonlyargs, *function.args.args]
            defaulted = parameters[len(parameters) - len(function.args.defaults) :]
            for index, (parameter, default) in enumerate(zip(defaulted, function.args.defaults, strict=True)):
                if isinstance(default, ast.Constant) and default.value is None:
                    yield from _share_default(spot, function, parameter.arg, "defaults", index)
            for index, (parameter, given) in enumerate(
                zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
            ):
                if isinstance(given, ast.Constant) and given.value is None:
                    yield from _share_default(spot, function, parameter.arg, "kw_defaults", index)
        case _:
            pass


def _share_default(
    spot: Spot, function: ast.FunctionDef | ast.AsyncFunctionDef, name: str, field: str, index: int
) -> Iterator[TreeEdit]:
    for at, statement in enumerate(function.body):
        fresh = _fresh_object(statement, name)
        if fresh is None:
            continue
        defaults: list[ast.expr | None] = list(getattr(function.args, field))
        defaults[index] = fresh
        rest = [*function.body[:at], *_kept_of(statement, name), *function.body[at + 1 :]]
        arguments = copy_with(function.args, **{field: defaults})
        says = f"`{name}` has the default `{print_node(fresh)}`, shared by all calls"
        shared = copy_with(function, args=arguments, body=rest or [ast.Pass()])
        yield spot.replace(FaultKind.MUTABLE_DEFAULT, f"shared-{name}", shared, says=says)


def _fresh_object(statement: ast.stmt, name: str) -> ast.expr | None:
    """What `statement` makes for a parameter `name` that is None."""
    match statement:
        case ast.If(test=test, body=[ast.Assign(targets=[ast.Name(id=target)], value=value)], orelse=[]):
            fresh = value if target == name and _asks_for(test, name) else None
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            fresh = _fresh_value(value, name)
        case _:
            fresh = None
    return fresh if isinstance(fresh, _EMPTY) else None


def _fresh_value(value: ast.expr, name: str) -> ast.expr | None:
    match value:
        case ast.IfExp(test=test, body=body, orelse=other) if _asks_for(test, name):
            return other if _is_positive(test) else body
        case ast.BoolOp(op=ast.Or(), values=[ast.Name(id=first), fresh]) if first == name:
            return fresh
        case _:
            return None


def _asks_for(test: ast.expr, name: str) -> bool:
    match test:
        case ast.Compare(left=ast.Name(id=asked), ops=[ast.Is() | ast.IsNot()]):
            return asked == name
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=asked)) | ast.Name(id=asked):
            return asked == name
        case _:
            return False


def _is_positive(test: ast.expr) -> bool:
    match test:
        case ast.Compare(ops=[ast.IsNot()]) | ast.Name():
            return True
        case _:
            return False


def _kept_of(statement: ast.stmt, name: str) -> list[ast.stmt]:
    """What must stay of the statement: an assignment to something else than the parameter."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=target)]) if target == name:
            return []
        case ast.Assign() | ast.AnnAssign():
            return [copy_with(statement, value=ast.Name(name, ast.Load()))]
        case _:
            return []


def find_shared_object(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """Rows or objects that should each have their own list have one together."""
    match spot.node:
        case ast.ListComp(
            elt=(ast.List() | ast.Dict() | ast.Call() | ast.BinOp()) as fresh,
            generators=[ast.comprehension(target=ast.Name(id=loop), iter=source, ifs=[], is_async=0)],
        ) if not any(isinstance(node, ast.Name) and node.id == loop for node in ast.walk(fresh)):
            several = call("len", source)
            match source:
                case ast.Call(func=ast.Name(id="range"), args=[count]):
                    several_times: ast.expr = count
                case _:
                    several_times = several
            row = ast.BinOp(ast.List([fresh], ast.Load()), ast.Mult(), several_times)
            yield spot.replace(FaultKind.MUTABLE_DEFAULT, "same-row", row)
        case ast.DictComp(key=ast.Name(id=loop), value=fresh, generators=[ast.comprehension(iter=source, ifs=[])]):
            if isinstance(fresh, _EMPTY) and not any(
                isinstance(node, ast.Name) and node.id == loop for node in ast.walk(fresh)
            ):
                shared = call("dict.fromkeys", source, fresh)
                yield spot.replace(FaultKind.MUTABLE_DEFAULT, "same-value", shared)
        case ast.Call(func=ast.Name(id="field"), keywords=[ast.keyword(arg="default_factory", value=made)]):
            if isinstance(made, ast.Name):
                yield spot.replace(FaultKind.MUTABLE_DEFAULT, "default-for-factory", call(made.id))
        case ast.ClassDef() as owner:
            yield from _class_attributes(spot, owner)
        case _:
            pass


def _class_attributes(spot: Spot, owner: ast.ClassDef) -> Iterator[TreeEdit]:
    """`self.x = []` of `__init__` becomes an attribute of the class."""
    for at, method in enumerate(owner.body):
        if not isinstance(method, ast.FunctionDef) or method.name != "__init__":
            continue
        for index, statement in enumerate(method.body):
            name, fresh = _own_object(statement)
            if fresh is None:
                continue
            body = [*method.body[:index], *method.body[index + 1 :]] or [ast.Pass()]
            shared: ast.stmt = ast.Assign([ast.Name(name, ast.Store())], fresh, lineno=0)
            first = 1 if owner.body and _is_text(owner.body[0]) else 0
            methods = [*owner.body[:at], copy_with(method, body=body), *owner.body[at + 1 :]]
            says = f"`{name}` is an attribute of the class, shared by all objects"
            all_ = copy_with(owner, body=[*methods[:first], shared, *methods[first:]])
            yield spot.replace(FaultKind.MUTABLE_DEFAULT, f"class-{name}", all_, says=says)


def _own_object(statement: ast.stmt) -> tuple[str, ast.expr | None]:
    match statement:
        case (
            ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value)
            | ast.AnnAssign(target=ast.Attribute(value=ast.Name(id="self"), attr=name), value=ast.expr() as value)
        ) if _is_empty(value):
            return name, value
        case _:
            return "", None


def _is_empty(value: ast.expr) -> bool:
    match value:
        case ast.List(elts=[]) | ast.Dict(keys=[]):
            return True
        case ast.Call(func=ast.Name(id="set" | "list" | "dict" | "deque" | "defaultdict" | "OrderedDict" | "Counter")):
            return not any(isinstance(node, ast.Name) and node.id == "self" for node in ast.walk(value))
        case _:
            return False


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


VALUE_FINDERS: tuple[Finder, ...] = (
    find_wrong_type,
    find_wrong_index,
    find_missing_default,
    find_mutable_default,
    find_shared_object,
)
