"""Prints a syntax tree as text that is the same on every Python.

`ast.unparse` is, but for f-strings: from 3.12 on it puts quotes of one kind into each other, which 3.11 cannot read. So
they are left to it as names, and written here.
"""

from __future__ import annotations

import ast
from typing import TypeVar

_Node = TypeVar("_Node", bound=ast.AST)
_QUOTES = ('"', "'", '"""', "'''")
_LOOSE = (ast.Lambda, ast.IfExp, ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await, ast.Starred, ast.Tuple)
"""Expressions that need parentheses, or that are easier to read with them, between the braces."""


def print_tree(tree: ast.AST) -> str:
    """The program as text; comments are not in the tree."""
    return print_node(tree) + "\n"


def print_node(node: ast.AST, quotes: tuple[str, ...] = _QUOTES) -> str:
    """A part of a program as text. `quotes` are those that its f-strings may have."""
    if isinstance(node, ast.JoinedStr):
        return _print_f_string(node, quotes)
    texts: list[str] = []
    if not any(isinstance(inner, ast.JoinedStr) for inner in ast.walk(node)):
        return ast.unparse(node)
    text = ast.unparse(_without_f_strings(node, texts, quotes))
    for number in reversed(range(len(texts))):
        text = text.replace(_placeholder(number), texts[number])
    return text


def _placeholder(number: int) -> str:
    return f"f_string_{number}_of_the_program"


def _without_f_strings(node: _Node, texts: list[str], quotes: tuple[str, ...]) -> _Node:
    """`node` with names in the place of its f-strings, whose texts are added to `texts`."""
    fields: dict[str, object] = {}
    for name in node._fields:
        held = getattr(node, name, None)
        if isinstance(held, list):
            fields[name] = [_hide_f_string(one, texts, quotes) for one in held]
        else:
            fields[name] = _hide_f_string(held, texts, quotes)
    copy: _Node = ast.copy_location(type(node)(**fields), node)
    return copy


def _hide_f_string(child: object, texts: list[str], quotes: tuple[str, ...]) -> object:
    if isinstance(child, ast.JoinedStr):
        texts.append(_print_f_string(child, quotes))
        return ast.Name(_placeholder(len(texts) - 1), ast.Load())
    return _without_f_strings(child, texts, quotes) if isinstance(child, ast.AST) else child


def _print_f_string(node: ast.JoinedStr, quotes: tuple[str, ...]) -> str:
    """The f-string in the first quotes that nothing between its braces has."""
    for quote in quotes:
        inner = tuple(other for other in quotes if other[0] != quote[0]) or ("'",)
        text = "".join(_part(part, quote, inner) for part in node.values)
        between = "".join(_part(part, quote, inner) for part in node.values if isinstance(part, ast.FormattedValue))
        if quote not in between and not text.endswith(quote[0]):
            return f"f{quote}{text}{quote}"
    return f'f"""{"".join(_part(part, chr(34) * 3, quotes) for part in node.values)}"""'


def _part(part: ast.expr, quote: str, inner: tuple[str, ...]) -> str:
    match part:
        case ast.Constant(value=str(text)):
            return _escape(text, quote).replace("{", "{{").replace("}", "}}")
        case ast.FormattedValue(value=value, conversion=conversion, format_spec=spec):
            printed = print_node(value, inner)
            printed = f"({printed})" if isinstance(value, _LOOSE) and not printed.startswith("(") else printed
            printed = f" {printed}" if printed.startswith("{") else printed
            kind = f"!{chr(conversion)}" if conversion > 0 else ""
            return f"{{{printed}{kind}{_spec(spec, quote, inner)}}}"
        case _:
            return ast.unparse(part)


def _spec(spec: ast.expr | None, quote: str, inner: tuple[str, ...]) -> str:
    if not isinstance(spec, ast.JoinedStr):
        return ""
    return ":" + "".join(_part(part, quote, inner) for part in spec.values)


def _escape(text: str, quote: str) -> str:
    """`text` as it stands between `quote`s."""
    return "".join(_escape_sign(sign, quote) for sign in text)


def _escape_sign(sign: str, quote: str) -> str:
    if sign == "\\" or sign == quote[0]:
        return f"\\{sign}"
    return sign if sign.isprintable() else repr(sign)[1:-1]
