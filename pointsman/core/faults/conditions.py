"""Faults of arithmetic and comparison: off by one, the wrong operator, the wrong side of a bound."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.faults.edit import Spot, TreeEdit, copy_with
from pointsman.core.faults.facts import Finder, ModuleFacts, call, called_name, number, whole_number

_WIDER: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
}
_SIBLING: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Div,
    ast.Div: ast.FloorDiv,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitXor: ast.BitOr,
}


def find_shifted_number(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A literal that counts or bounds is one too large, or one too small."""
    value = whole_number(spot.node)
    if value is None or isinstance(spot.parent, ast.UnaryOp) or not _counts(spot):
        return
    yield spot.replace(FaultKind.OFF_BY_ONE, "one-more", number(value + 1))
    if value != 0:
        yield spot.replace(FaultKind.OFF_BY_ONE, "one-less", number(value - 1))


def _counts(spot: Spot) -> bool:
    countable = (ast.Slice, ast.Compare, ast.BinOp, ast.AugAssign, ast.Assign, ast.AnnAssign, ast.Return, ast.arguments)
    inside = isinstance(spot.parent, countable)
    return inside or called_name(spot.parent) in {"range", "enumerate", "get", "split", "islice", "max", "min"}


def find_shifted_range(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A range ends too early or begins too late; a length is taken for the last index; a slice loses its last one."""
    match spot.node:
        case ast.Call(func=ast.Name(id="range"), args=[stop]) if whole_number(stop) is None:
            yield spot.replace(FaultKind.OFF_BY_ONE, "range-short", call("range", _minus_one(stop)))
            yield spot.replace(FaultKind.OFF_BY_ONE, "range-late", call("range", number(1), stop))
        case ast.Call(func=ast.Name(id="range"), args=[start, stop, *rest]) if whole_number(stop) is None:
            yield spot.replace(FaultKind.OFF_BY_ONE, "range-short", call("range", start, _minus_one(stop), *rest))
        case ast.Call(func=ast.Name(id="len"), args=[_]) as length if isinstance(spot.parent, ast.Compare | ast.BinOp):
            yield spot.replace(FaultKind.OFF_BY_ONE, "length-less-one", _minus_one(length))
        case ast.Slice(upper=ast.expr() as upper) as whole if whole_number(upper) is None:
            yield spot.replace(FaultKind.OFF_BY_ONE, "slice-short", copy_with(whole, upper=_minus_one(upper)))
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right) if whole_number(right) == 1:
            yield spot.replace(FaultKind.OFF_BY_ONE, "no-step", left)
        case _:
            pass


def _minus_one(value: ast.expr) -> ast.expr:
    match value:
        case ast.BinOp(left=left, op=ast.Add(), right=right) if whole_number(right) == 1:
            return left
        case _:
            return ast.BinOp(value, ast.Sub(), ast.Constant(1))


def find_moved_bound(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A comparison takes its bound in, or leaves it out."""
    match spot.node:
        case ast.Compare(ops=operators) as compare:
            for index, operator in enumerate(operators):
                if type(operator) in _WIDER:
                    ops = [*operators[:index], _WIDER[type(operator)](), *operators[index + 1 :]]
                    yield spot.replace(FaultKind.BOUNDARY, f"bound-{index}", copy_with(compare, ops=ops))
        case _:
            pass


def find_missing_guard(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """The first line that looks at an edge case is not there; the first element is skipped; a limit is not held."""
    match spot.node:
        case ast.If(body=[ast.Return() | ast.Raise() | ast.Continue() | ast.Break()], orelse=[]):
            yield spot.replace(FaultKind.BOUNDARY, "no-guard")
        case ast.For(iter=ast.Name() | ast.Attribute() as source) as loop:
            rest = ast.Subscript(call("list", source), ast.Slice(lower=ast.Constant(1)), ast.Load())
            yield spot.replace(FaultKind.BOUNDARY, "skip-first", copy_with(loop, iter=rest))
        case ast.Call(func=ast.Name(id="max" | "min" as name), args=[_, _]) as bounded:
            other = "min" if name == "max" else "max"
            yield spot.replace(FaultKind.BOUNDARY, f"{other}-for-{name}", copy_with(bounded, func=ast.Name(other)))
        case ast.IfExp(body=body):
            yield spot.replace(FaultKind.BOUNDARY, "no-else", body)
        case _:
            pass


def find_wrong_comparison(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A comparison says the opposite."""
    match spot.node:
        case ast.Compare(ops=[operator]) as compare if type(operator) in _OPPOSITE:
            other = _OPPOSITE[type(operator)]()
            yield spot.replace(FaultKind.WRONG_OPERATOR, "opposite", copy_with(compare, ops=[other]))
        case ast.BoolOp(op=operator) as boolean:
            swapped = ast.And() if isinstance(operator, ast.Or) else ast.Or()
            yield spot.replace(FaultKind.WRONG_OPERATOR, "and-or", copy_with(boolean, op=swapped))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield spot.replace(FaultKind.WRONG_OPERATOR, "no-not", call("bool", operand))
        case ast.UnaryOp(op=ast.USub(), operand=operand) if whole_number(spot.node) is None:
            yield spot.replace(FaultKind.WRONG_OPERATOR, "no-minus", operand)
        case _:
            pass


def find_wrong_arithmetic(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """Another sign than the one that was meant; an assignment for an addition; operands the wrong way round."""
    match spot.node:
        case ast.BinOp(left=left, op=operator, right=right) as sum_ if type(operator) in _SIBLING:
            if not _is_text(left) and not _is_text(right):
                other = _SIBLING[type(operator)]()
                yield spot.replace(FaultKind.WRONG_OPERATOR, "other-sign", copy_with(sum_, op=other))
            if isinstance(operator, ast.Sub | ast.Div | ast.FloorDiv | ast.Mod):
                yield spot.replace(FaultKind.WRONG_OPERATOR, "turned", copy_with(sum_, left=right, right=left))
        case ast.AugAssign(target=target, op=operator, value=value) as step if type(operator) in _SIBLING:
            if not _is_text(value):
                other = _SIBLING[type(operator)]()
                yield spot.replace(FaultKind.WRONG_OPERATOR, "other-sign", copy_with(step, op=other))
            yield spot.replace(FaultKind.WRONG_OPERATOR, "plain-assignment", ast.Assign([target], value, lineno=0))
        case _:
            pass


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr | ast.List) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )


CONDITION_FINDERS: tuple[Finder, ...] = (
    find_shifted_number,
    find_shifted_range,
    find_moved_bound,
    find_missing_guard,
    find_wrong_comparison,
    find_wrong_arithmetic,
)
