"""The kind of fault that an exception's name tells of, for routing and its evidence. Pure.

What an assertion or an unknown exception says of its cause is nothing: then there is no kind.
"""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.healing.error_trace import ErrorTrace

_BY_NAME: Mapping[str, FaultKind] = {
    "SyntaxError": FaultKind.SYNTAX,
    "IndentationError": FaultKind.SYNTAX,
    "TabError": FaultKind.SYNTAX,
    "NameError": FaultKind.NAME,
    "UnboundLocalError": FaultKind.NAME,
    "ReferenceError": FaultKind.NAME,
    "TypeError": FaultKind.TYPE,
    "ClassCastException": FaultKind.TYPE,
    "AttributeError": FaultKind.ATTRIBUTE,
    "NullPointerException": FaultKind.ATTRIBUTE,
    "NoSuchMethodError": FaultKind.ATTRIBUTE,
    "IndexError": FaultKind.INDEX_KEY,
    "KeyError": FaultKind.INDEX_KEY,
    "ArrayIndexOutOfBoundsException": FaultKind.INDEX_KEY,
    "IndexOutOfBoundsException": FaultKind.INDEX_KEY,
    "NoSuchElementException": FaultKind.INDEX_KEY,
    "UnicodeDecodeError": FaultKind.ENCODING,
    "UnicodeEncodeError": FaultKind.ENCODING,
    "UnicodeError": FaultKind.ENCODING,
    "ImportError": FaultKind.IMPORT,
    "ModuleNotFoundError": FaultKind.IMPORT,
    "ClassNotFoundException": FaultKind.IMPORT,
    "ResourceWarning": FaultKind.RESOURCE_LEAK,
    "RecursionError": FaultKind.BOUNDARY,
    "ConcurrentModificationException": FaultKind.CONCURRENCY,
}


def kind_of_error(trace: ErrorTrace | None) -> FaultKind | None:
    """The kind of fault behind `trace`, where its name or its message tells it."""
    if trace is None:
        return None
    if trace.language in ("go", "rust"):
        return FaultKind.INDEX_KEY if "out of range" in trace.message or "out of bounds" in trace.message else None
    if "was never awaited" in trace.message or "coroutine" in trace.message:
        return FaultKind.ASYNC_AWAIT
    if trace.type.endswith("TypeError") and trace.language == "node" and "reading '" in trace.message:
        return FaultKind.ATTRIBUTE
    return _BY_NAME.get(trace.type.rpartition(".")[2])
