"""Check what docstrings say: public names have one, amounts have a unit, what raises says so, dialects name a source.

    python tools/check_docstrings.py    says what is missing, and ends with 1 if anything is

Reads the source text of public names, and nothing else of the package.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise
from pathlib import Path

from tools.write_reference import DOORS, is_public

ROOT = Path(__file__).parent.parent
Function = ast.FunctionDef | ast.AsyncFunctionDef
_AMOUNT = re.compile(r"\b(?:int|float|Decimal)\b")
_UNITS = """
    second seconds millisecond milliseconds ms minute minutes hour hours day days byte bytes token tokens dollar
    dollars usd character characters pixels times count counts counted number numbers many share percent index
    probability port factor page pages part parts line lines row rows level levels attempt attempts round rounds
    tries call calls request requests question questions item items step steps event events pieces models messages
    memories records vector vectors choice choices dimensions version seed weight score status code generation
    answers entries jobs
""".split()  # noqa: SIM905  # words are easier to read
_UNIT = re.compile(rf"\b(?:{'|'.join(_UNITS)}|from 0|0 to|between|at once)\b", re.IGNORECASE)
_SOURCE = re.compile(r"Source: |\w+\.\w{2,}/\w+|https://|RFC \d+")


def find_faults() -> list[str]:
    """What is missing, a line each."""
    named = {value: name for door in DOORS for name, value in _public(door)}
    faults = [fault for value, name in named.items() for fault in faults_in(name, inspect.getsource(value))]
    return sorted(faults) + sorted(_without_source())


def _public(door: str) -> Iterator[tuple[str, type]]:
    module = import_module(door)
    for name in dir(module):
        value = getattr(module, name)
        is_code = inspect.isclass(value) or inspect.isfunction(value)
        if is_code and not name.startswith("_") and is_public(module, name) and _is_ours(value):
            yield f"{door}.{name}", value


def _is_ours(value: type) -> bool:
    return value.__module__.startswith("pointsman") and not inspect.getsource(value).startswith("@overload")


def faults_in(name: str, source: str) -> Iterator[str]:
    """What is missing in a class or function called `name`."""
    (node,) = ast.parse(textwrap.dedent(source)).body
    if isinstance(node, ast.ClassDef):
        yield from _faults_of_class(name, node, textwrap.dedent(source).splitlines())
    elif isinstance(node, Function):
        yield from _faults_of_function(name, node)


def _faults_of_class(name: str, node: ast.ClassDef, lines: list[str]) -> Iterator[str]:
    doc = ast.get_docstring(node) or ""
    if not doc:
        yield f"{name}: has no docstring"
    for statement, following in pairwise([*node.body, ast.Pass()]):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            told = f"{_text_of(following)} {lines[statement.lineno - 1].partition('#')[2]} {doc}"
            yield from _without_unit(name, statement.target.id, statement.annotation, told)
        elif isinstance(statement, Function) and not statement.name.startswith("_"):
            yield from _faults_of_function(f"{name}.{statement.name}", statement, doc, inherits=_inherits(node))


def _inherits(node: ast.ClassDef) -> bool:
    """Whether a method without a docstring has that of the class above."""
    return any(ast.unparse(base).split("[")[0] not in ("Protocol", "Generic") for base in node.bases)


def _text_of(statement: ast.stmt) -> str:
    """The text under a field, which is its docstring."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
        case _:
            return ""


def _faults_of_function(name: str, node: Function, above: str = "", *, inherits: bool = False) -> Iterator[str]:
    doc = ast.get_docstring(node) or ""
    if not doc and not inherits and "overload" not in map(ast.unparse, node.decorator_list):
        yield f"{name}: has no docstring"
    for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
        if argument.annotation is not None and not inherits:
            yield from _without_unit(name, argument.arg, argument.annotation, f"{above} {doc}")
    raised = [one for one in ast.walk(node) if isinstance(one, ast.Raise) and isinstance(one.exc, ast.Call)]
    if raised and "raise" not in doc.lower():
        yield f"{name}: raises, and its docstring does not say what"


def _without_unit(owner: str, name: str, annotation: ast.expr, told: str) -> Iterator[str]:
    words = name.replace("_", " ")
    if _AMOUNT.search(ast.unparse(annotation)) and not name.startswith("_") and not _UNIT.search(f"{words} {told}"):
        yield f"{owner}: of what is `{name}` so many?"


def _without_source() -> Iterator[str]:
    for module in (ROOT / "pointsman" / "adapters" / "dialects").glob("*/__init__.py"):
        doc = ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
        if not _SOURCE.search(doc):
            yield f"{module.relative_to(ROOT)}: says no source of what it knows"


def main() -> None:
    """Say what is missing."""
    faults = find_faults()
    sys.exit("\n".join(faults) if faults else 0)


if __name__ == "__main__":
    main()
