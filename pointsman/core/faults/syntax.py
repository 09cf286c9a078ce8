"""Faults of syntax: slips in one line of the printed program, after which it is no program any more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.faults.edit import LineEdit

_SLIPS = {
    "return": "retrun",
    "while": "whlie",
    "else": "esle",
    "elif": "else if",
    "def": "fun",
    "class": "clas",
    "for": "foreach",
    "import": "imoprt",
    "except": "catch",
    "raise": "throw",
    "async": "asnyc",
    "yield": "yeild",
    "with": "whit",
}
_FIRST_WORD = re.compile(r"\s*([a-z]+)\b")


def find_slips(text: str) -> Iterator[LineEdit]:
    """Every slip in `text`, a printed program. A few leave it readable: `is_program` tells."""
    lines = text.split("\n")
    closed = _lines_of_texts(text)
    for number, line in enumerate(lines):
        if line.strip() and number not in closed:
            before = lines[number - 1] if number else ""
            yield from (
                LineEdit(kind=FaultKind.SYNTAX, name=name, line=number, before=line, text=wrong)
                for name, wrong in _slips(line, before)
                if wrong != line
            )


def apply_slip(text: str, slip: LineEdit) -> str:
    """`text` with the slip in it."""
    lines = text.split("\n")
    return "\n".join([*lines[: slip.line], slip.text, *lines[slip.line + 1 :]])


def _slips(line: str, before: str) -> Iterator[tuple[str, str]]:
    if line.endswith(":"):
        yield "no-colon", line[:-1]
    if line.endswith((")", "]", "}")):
        yield "not-closed", line[:-1]
    if line.endswith(("):", "]:")):
        yield "not-closed", f"{line[:-2]}:"
    if "(" in line and line.count("(") == line.count(")"):
        yield "not-opened", line.replace("(", " ", 1)
    if line.startswith("    ") and not before.endswith(":"):
        yield "too-far-right", f" {line}"
    if line.startswith("    ") and before.endswith(":"):
        yield "too-far-left", line[4:]
    if " == " in line and line.lstrip().startswith(("if ", "elif ", "while ")):
        yield "one-equals-sign", line.replace(" == ", " = ", 1)
    if ", " in line:
        yield "no-comma", line.replace(", ", " ", 1)
    word = _FIRST_WORD.match(line)
    if word and word[1] in _SLIPS:
        yield "slip", line.replace(word[1], _SLIPS[word[1]], 1)
    if " in " in line and line.lstrip().startswith("for "):
        yield "of-for-in", line.replace(" in ", " of ", 1)


def _lines_of_texts(text: str) -> set[int]:
    """Lines of texts that reach over several: a slip there is no fault, or one that Pythons see differently."""
    return {
        line - 1
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno and node.end_lineno > node.lineno
        for line in range(node.lineno, node.end_lineno + 1)
    }


def is_program(text: str) -> bool:
    """Whether Python can read `text`."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
