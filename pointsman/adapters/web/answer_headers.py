"""What a gateway's answer says beside its body: who gave it, what it cost, what could not be carried."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from pointsman.core.chat.response import ChatResponse, Warning
from pointsman.core.json import dumps

RawHeaders: TypeAlias = tuple[tuple[bytes, bytes], ...]
_MAX_WARNINGS = 3000
"""Bytes of all warnings together: proxies and clients bound what headers may hold."""

_MAX_VALUE = 4000
"""Characters of one value, for the same reason; model names and ids come from callers and providers."""


def answer_headers(response: ChatResponse) -> RawHeaders:
    """The headers of a whole answer. Those of its vendor go with it only where the vendor has just been asked."""
    cost = format(response.cost.amount, "f") if response.cost.complete else "unknown"
    return (
        (b"x-pointsman-model", _harmless(f"{response.provider}/{response.model}")),
        (b"x-pointsman-cost", cost.encode()),
        (b"x-pointsman-cache", (response.cache or "miss").encode()),
        *(warning_headers(response.warnings) if response.warnings else ()),
    )


def warning_headers(warnings: Iterable[Warning]) -> RawHeaders:
    """`x-pointsman-warnings`: a JSON list of sentences; nothing where there is no warning."""
    sentences = list(dict.fromkeys(f"{warning.subject}: {warning.text}" for warning in warnings))
    if not sentences:
        return ()
    told = sentences
    while len(dumps(told)) > _MAX_WARNINGS and told:
        told = told[:-1]
    if len(told) < len(sentences):
        told = [*told, f"and {len(sentences) - len(told)} more"]
    return encode_headers(
        (("x-pointsman-warnings", dumps(told).decode().encode("ascii", "backslashreplace").decode()),)
    )


def encode_headers(headers: Iterable[tuple[str, str]]) -> RawHeaders:
    """Headers as they are sent: text from outside cannot begin a new line, or be refused by the server's parser."""
    return tuple((name.encode("latin-1", "replace"), _harmless(value)) for name, value in headers)


def _harmless(value: str) -> bytes:
    if value.isascii() and value.isprintable():
        return value[:_MAX_VALUE].strip().encode()
    clean = "".join(letter if letter.isprintable() or letter == "\t" else " " for letter in value[:_MAX_VALUE])
    return clean.strip().encode("latin-1", "replace")
