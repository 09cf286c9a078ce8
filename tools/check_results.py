"""Find the results that nobody reads: a failure that is dropped is one that no user hears of.

    python tools/check_results.py [PATH ...]     says where, and ends with 1 if there is any (default: `pointsman`)

A result is dropped by a statement that is nothing but it (`await settle(store.keep(…))`), by a name that is never read
afterwards, by `value_or` on what was awaited where its error is one of ours and is seen nowhere else, and by a task
that gives one to nobody. What may be given up is given up by name, with `give_up`, which tells whoever listens.

The types are mypy's, so that it makes no difference how a call is written; a run takes as long as mypy has no cache.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from mypy import build
from mypy.config_parser import parse_config_file
from mypy.errors import CompileError
from mypy.find_sources import create_source_list
from mypy.nodes import Expression, MypyFile, Node, TypeInfo, Var
from mypy.options import Options
from mypy.types import CallableType, Instance, Overloaded, Type, UnionType, get_proper_type

ROOT = Path(__file__).parent.parent
LAWS = ROOT / "pointsman/testing/laws"
RESULTS = frozenset({"returns.result.Result", "returns.io.IOResult", "returns.future.FutureResult"})
FAULT = "pointsman.core.error.Fault"
_TASKS = frozenset({"start_soon", "create_task"})
_AWAITABLE = frozenset({"typing.Coroutine", "typing.Awaitable"})
_ADVICE = "read it, or give it up by name: `give_up(result, …)`"
_REFERENCES = frozenset({"node", "info", "type", "analyzed", "original_def"})
"""Attributes of mypy's nodes that lead to what stands elsewhere."""
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_Place: TypeAlias = tuple[int, int, int | None, int | None]
"""Where an expression begins and ends, as mypy and `ast` both say it."""


@dataclass(frozen=True, order=True)
class Drop:
    """A place where a result is dropped, and how."""

    path: str
    line: int
    how: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.how}; {_ADVICE}"


def find_drops(paths: Sequence[Path], root: Path = ROOT) -> list[Drop]:
    """Every place in the files or folders `paths` where a result is dropped, by the settings of mypy in `root`.

    Raises `SystemExit` with what mypy says where the types are wrong: then they prove nothing.
    """
    options = _read_options(root)
    sources = create_source_list([str(path) for path in paths], options)
    try:
        result = build.build(sources, options)
    except CompileError as problem:
        raise SystemExit("\n".join(problem.messages)) from None
    if result.errors:
        raise SystemExit("\n".join(result.errors))
    wanted = {source.module: source.path for source in sources if source.path and not _is_law(source.path)}
    drops: list[Drop] = []
    for module, path in wanted.items():
        finder = _Finder(_types_by_place(result.files[module], result.types))
        finder.visit(ast.parse(Path(path).read_text("utf-8")))
        drops += [Drop(_shorten(path), node.lineno, how) for node, how in finder.drops]
    return sorted(drops)


def _is_law(path: str) -> bool:
    """Whether it is one of the laws: they are tests, and see in what follows what came of a step."""
    return Path(path).resolve().is_relative_to(LAWS)


def _read_options(root: Path) -> Options:
    """mypy's own settings; without its cache, which keeps no types of expressions."""
    options = Options()
    parse_config_file(options, lambda: None, str(root / "mypy.ini"))
    options.incremental = False
    options.export_types = True
    options.preserve_asts = True
    return options


def _types_by_place(file: MypyFile, types: Mapping[Expression, Type]) -> dict[_Place, Type]:
    return {
        (node.line, node.column, node.end_line, node.end_column): types[node]
        for node in _expressions(file)
        if node in types
    }


def _expressions(file: MypyFile) -> Iterator[Expression]:
    """Every expression of a file. mypy's visitors are compiled, and cannot be extended by a class that is not."""
    waiting: list[object] = list(file.defs)
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, (list, tuple)):
            waiting += node
        elif isinstance(node, Node) and not isinstance(node, (Var, TypeInfo, MypyFile)) and id(node) not in seen:
            seen.add(id(node))
            if isinstance(node, Expression):
                yield node
            attributes: Iterable[str] = vars(type(node))["__mypyc_attrs__"]
            waiting += (getattr(node, name, None) for name in attributes if name not in _REFERENCES)


def _shorten(path: str) -> str:
    whole = Path(path).resolve()
    return str(whole.relative_to(ROOT)) if whole.is_relative_to(ROOT) else path


class _Finder(ast.NodeVisitor):
    """Walks over one file. Names are those of the outermost function, with all that stands in it."""

    def __init__(self, types: Mapping[_Place, Type]) -> None:
        self.types = types
        self.drops: list[tuple[ast.expr | ast.stmt, str]] = []
        self.names: _Names | None = None
        """Those of the function; None outside of functions, where names are public."""

    def type_of(self, node: ast.expr) -> Type | None:
        """mypy's type of an expression; None where it has seen none, as in code that is never reached."""
        return self.types.get((node.lineno, node.col_offset, node.end_lineno, node.end_col_offset))

    def visit_Expr(self, node: ast.Expr) -> None:
        """A statement that is nothing but a result."""
        if _is_result(self.type_of(node.value)):
            self.drops.append((node, "a result is dropped"))
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """The scope of names."""
        self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """The scope of names."""
        self._visit_function(node)

    def _visit_function(self, node: _Function) -> None:
        outer = self.names
        if outer is None:
            self.names = _Names(node)
        self.generic_visit(node)
        self.names = outer

    def visit_Assign(self, node: ast.Assign) -> None:
        """Names that are never read, `_` among them."""
        for target in node.targets:
            for name, value in _pairs(target, node.value):
                if self._is_unread(name) and _is_result(self.type_of(value)):
                    self.drops.append((name, f"the result in `{name.id}` is never read"))
        self.generic_visit(node)

    def _is_unread(self, name: ast.Name) -> bool:
        return name.id == "_" or (self.names is not None and not self.names.reads[name.id])

    def visit_Call(self, node: ast.Call) -> None:
        """Calls that drop an error, and tasks whose result goes nowhere."""
        if isinstance(node.func, ast.Attribute):
            if node.func.attr == "value_or" and self._drops_error(node.func.value):
                self.drops.append((node, "`value_or` drops the error"))
            if node.func.attr in _TASKS and node.args and _gives_result(self.type_of(node.args[0])):
                self.drops.append((node, "the result of a task is dropped"))
        self.generic_visit(node)

    def _drops_error(self, replaced: ast.expr) -> bool:
        """Whether the error of `replaced`, on which `value_or` is called, came of an effect, and nobody sees it."""
        source = _source(replaced)
        if not _has_our_error(self.type_of(replaced)):
            return False
        if isinstance(source, ast.Name) and self.names is not None:
            return self.names.hold_only_replaced(source.id)
        return isinstance(source, ast.Await)


class _Names:
    """What happens to the names of a function."""

    def __init__(self, function: _Function) -> None:
        nodes = list(ast.walk(function))
        self.reads = Counter(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
        """How often each is read."""
        self.replaced = Counter(source.id for source in _replaced(nodes) if isinstance(source, ast.Name))
        """How often `value_or` is called on each, or on what is made of it."""
        pairs = [pair for node in nodes if isinstance(node, ast.Assign) for pair in _pairs(node.targets[0], node.value)]
        self.awaited = {name.id for name, value in pairs if isinstance(value, ast.Await)}

    def hold_only_replaced(self, name: str) -> bool:
        """Whether `name` is what was awaited, and nothing but `value_or` is ever called on it."""
        return name in self.awaited and self.reads[name] == self.replaced[name]


def _replaced(nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """What `value_or` is called on, or on what is made of it."""
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "value_or":
            yield _source(node.func.value)


def _source(expression: ast.expr) -> ast.expr:
    """What `.map(…)`, `.alt(…)` and their like are called on, one after the other."""
    while isinstance(expression, ast.Call) and isinstance(expression.func, ast.Attribute):
        expression = expression.func.value
    return expression


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.Name, ast.expr]]:
    """The names that are assigned to, each with what it is given; itself where that is a part of a whole."""
    if isinstance(target, ast.Name):
        yield target, value
    elif isinstance(target, ast.Tuple):
        parts = value.elts if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts) else target.elts
        for one, part in zip(target.elts, parts, strict=True):
            yield from _pairs(one, part)


def _parts(kind: Type | None) -> Iterable[Type]:
    proper = get_proper_type(kind)
    return [] if proper is None else proper.items if isinstance(proper, UnionType) else [proper]


def _result_types(kind: Type | None) -> Iterator[Instance]:
    for part in map(get_proper_type, _parts(kind)):
        if isinstance(part, Instance) and any(base.fullname in RESULTS for base in part.type.mro):
            yield part


def _is_result(kind: Type | None) -> bool:
    return any(True for _ in _result_types(kind))


def _has_our_error(kind: Type | None) -> bool:
    """Whether it is a result whose error is one of `core.error`, and not a clause that a caller puts in a sentence."""
    return any(_is_fault(result.args[1]) for result in _result_types(kind) if len(result.args) > 1)


def _is_fault(kind: Type) -> bool:
    return any(
        isinstance(part, Instance) and any(base.fullname == FAULT for base in part.type.mro)
        for part in map(get_proper_type, _parts(kind))
    )


def _gives_result(kind: Type | None) -> bool:
    """Whether it is a function that gives a result, or something to await that does."""
    proper = get_proper_type(kind)
    if isinstance(proper, Overloaded):
        return any(_gives_result(item) for item in proper.items)
    if isinstance(proper, CallableType):
        return _gives_result(proper.ret_type)
    if isinstance(proper, Instance) and proper.type.fullname in _AWAITABLE:
        return _is_result(proper.args[-1])
    return _is_result(proper)


def main(arguments: Sequence[str]) -> int:
    """Print every drop; 1 if there is any."""
    drops = find_drops([Path(name) for name in arguments] or [ROOT / "pointsman"])
    for drop in drops:
        print(drop)
    return 1 if drops else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
