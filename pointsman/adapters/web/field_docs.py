"""What the source of a record says of its fields, in the docstrings behind them. It knows nothing of HTTP."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from functools import cache


@cache
def field_docs(kind: type) -> Mapping[str, str]:
    """The docstrings behind the fields of `kind`, and under `""` its own; nothing where its source is not there."""
    try:
        (node,) = ast.parse(inspect.cleandoc(inspect.getsource(kind))).body
    except (OSError, SyntaxError, ValueError):
        return {}
    assert isinstance(node, ast.ClassDef)
    found: dict[str, str] = {"": _one_line((inspect.getdoc(kind) or "").split("\n\n")[0])}
    for field, after in zip(node.body, node.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[ast.unparse(field.target)] = _one_line(str(after.value.value))
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())
