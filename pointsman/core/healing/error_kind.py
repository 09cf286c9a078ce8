"""The kind of fault that an error tells of, by the exception's name and its words, for routing and its evidence. Pure.

What an assertion or an unknown exception says of its cause is nothing: then there is no kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.healing.error_trace import ErrorTrace
from pointsman.core.healing.trace_reader import read_traces, without_colours

_BY_NAME: Mapping[str, FaultKind] = {
    "SyntaxError": FaultKind.SYNTAX,
    "IndentationError": FaultKind.SYNTAX,
    "TabError": FaultKind.SYNTAX,
    "NameError": FaultKind.NAME,
    "UnboundLocalError": FaultKind.NAME,
    "ReferenceError": FaultKind.NAME,
    "NoClassDefFoundError": FaultKind.IMPORT,
    "TypeError": FaultKind.TYPE,
    "ClassCastException": FaultKind.TYPE,
    "NumberFormatException": FaultKind.TYPE,
    "ArrayStoreException": FaultKind.TYPE,
    "AttributeError": FaultKind.ATTRIBUTE,
    "NullPointerException": FaultKind.ATTRIBUTE,
    "NoSuchMethodError": FaultKind.ATTRIBUTE,
    "NoSuchMethodException": FaultKind.ATTRIBUTE,
    "NoSuchFieldError": FaultKind.ATTRIBUTE,
    "NoSuchFieldException": FaultKind.ATTRIBUTE,
    "IndexError": FaultKind.INDEX_KEY,
    "KeyError": FaultKind.INDEX_KEY,
    "ArrayIndexOutOfBoundsException": FaultKind.INDEX_KEY,
    "StringIndexOutOfBoundsException": FaultKind.INDEX_KEY,
    "IndexOutOfBoundsException": FaultKind.INDEX_KEY,
    "NoSuchElementException": FaultKind.INDEX_KEY,
    "UnicodeDecodeError": FaultKind.ENCODING,
    "UnicodeEncodeError": FaultKind.ENCODING,
    "UnicodeError": FaultKind.ENCODING,
    "MalformedInputException": FaultKind.ENCODING,
    "UnmappableCharacterException": FaultKind.ENCODING,
    "UnsupportedEncodingException": FaultKind.ENCODING,
    "URIError": FaultKind.ENCODING,
    "ImportError": FaultKind.IMPORT,
    "ModuleNotFoundError": FaultKind.IMPORT,
    "ClassNotFoundException": FaultKind.IMPORT,
    "ResourceWarning": FaultKind.RESOURCE_LEAK,
    "ConcurrentModificationException": FaultKind.CONCURRENCY,
    "IllegalMonitorStateException": FaultKind.CONCURRENCY,
    "BrokenBarrierError": FaultKind.CONCURRENCY,
    "CancellationException": FaultKind.ASYNC_AWAIT,
    "InvalidStateError": FaultKind.ASYNC_AWAIT,
    "UnhandledPromiseRejection": FaultKind.ASYNC_AWAIT,
    "UnsupportedOperationException": FaultKind.API_MISUSE,
    "DeprecationWarning": FaultKind.API_MISUSE,
}
"""By the last part of the exception's name, in Python, Node and Java."""

_BY_WORDS: tuple[tuple[re.Pattern[str], FaultKind], ...] = tuple(
    (re.compile(words), kind)
    for words, kind in (
        (
            r"was never awaited|\bcoroutine\b|async_generator|\bPromise\b|event loop is (?:closed|already running)",
            FaultKind.ASYNC_AWAIT,
        ),
        (r"NoneType' object is not|non-iterable NoneType", FaultKind.MISSING_RETURN),
        (r"object is not (?:iterable|reversible)|cannot unpack non-iterable|has no len\(", FaultKind.API_MISUSE),
        (
            r"takes (?:no|at|from|exactly|\d)|\barg(?:ument)? \d|required (?:positional|keyword)|keyword argument",
            FaultKind.API_MISUSE,
        ),
        (
            r"Did you forget to import|name '(?:[A-Z]\w*|re|os|sys|json|math|time|datetime|dataclass|asyncio|itertools"
            r"|functools|collections|contextlib|threading)' is not defined",
            FaultKind.IMPORT,
        ),
        (
            r"(?i)data race|deadlock|concurrent map|already borrowed|changed size during iteration",
            FaultKind.CONCURRENCY,
        ),
        (r"(?i)too many open files|unclosed (?:file|socket|transport|resource)", FaultKind.RESOURCE_LEAK),
        (r"(?i)out of (?:range|bounds)|assignment to entry in nil map|no entry found for key", FaultKind.INDEX_KEY),
        (r"(?i)nil pointer dereference|reading '|of (?:null|undefined)\b|`None` value", FaultKind.ATTRIBUTE),
        (r"has no attribute|is not a function", FaultKind.ATTRIBUTE),
        (r"attempt to \w+ with overflow", FaultKind.BOUNDARY),
        (r"(?i)invalid utf-?8|(?:codec can't|can't) (?:de|en)code|Utf8Error", FaultKind.ENCODING),
        (
            r"Cannot find (?:module|package)|No module named|unresolved import|is not in (?:std|GOROOT)",
            FaultKind.IMPORT,
        ),
        (r"interface conversion|cannot use .{1,200} as |mismatched types", FaultKind.TYPE),
        (
            r"is not defined|undefined: |cannot find (?:value|symbol|function)|fixture '.{1,100}' not found",
            FaultKind.NAME,
        ),
        (r"(?i)missing return|no return statement", FaultKind.MISSING_RETURN),
        (r"invalid syntax|unexpected (?:token|indent|EOF)|(?i:syntax error)|expected one of", FaultKind.SYNTAX),
        (r"Failed: Timeout|timed out after|(?i:deadline exceeded)", FaultKind.PERFORMANCE),
    )
)
"""By words of the message; the first that fits. What a compiler of Go, Rust or Java says is here, too."""

_WORDS_FIRST = frozenset({"TypeError", "NameError"})
"""Names that say less than the message does."""
_NAMED = re.compile(r"(?:^|[\s.:])([A-Z][A-Za-z]{2,60}(?:Error|Exception|Warning|Rejection|Iteration))\b")
_MOST_CHARACTERS, _MOST_LINES = 16_000, 40
_LONGEST_LINE = 500


def kind_of_error(trace: ErrorTrace | None) -> FaultKind | None:
    """The kind of fault behind `trace`, where its name or its message tells it."""
    if trace is None:
        return None
    name = trace.type.rpartition(".")[2]
    by_name, by_words = _BY_NAME.get(name), _kind_by_words(trace.message)
    return by_words or by_name if name in _WORDS_FIRST or by_name is None else by_name


def kind_in_text(text: str) -> FaultKind | None:
    """The kind of fault that a program's output tells of: by its last error, else by its last lines."""
    lines = without_colours(text[-_MOST_CHARACTERS:]).splitlines()
    traces = read_traces(lines)
    if traces:
        return kind_of_error(traces[-1])
    for line in reversed(lines[-_MOST_LINES:]):
        short = line[:_LONGEST_LINE]
        named = _NAMED.search(short)
        kind = kind_of_error(ErrorTrace(language="python", type=named[1], message=short)) if named else None
        kind = kind or _kind_by_words(short)
        if kind is not None:
            return kind
    return None


def _kind_by_words(message: str) -> FaultKind | None:
    short = message[:_LONGEST_LINE]
    return next((kind for words, kind in _BY_WORDS if words.search(short)), None)
