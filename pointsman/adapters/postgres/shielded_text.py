"""Texts as PostgreSQL can keep them: it takes no NUL, which is written in another way and read back.

It knows how psycopg writes and reads values, and no table.
"""

from __future__ import annotations

from psycopg import Connection
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.types.string import StrDumperUnknown

_MARK = "\ue000"
"""A character for private use begins what stands for another: `0` for NUL, `1` for itself."""


def shield_text(text: str) -> str:
    """`text` without NUL; `open_text` gives it back."""
    if "\0" not in text and _MARK not in text:
        return text
    return text.replace(_MARK, f"{_MARK}1").replace("\0", f"{_MARK}0")


def open_text(text: str) -> str:
    """What `shield_text` was given."""
    return text.replace(f"{_MARK}0", "\0").replace(f"{_MARK}1", _MARK) if _MARK in text else text


class _TextDumper(StrDumperUnknown):
    def dump(self, obj: str) -> Buffer | None:
        return super().dump(shield_text(obj))


class _TextLoader(Loader):
    def load(self, data: Buffer) -> str:
        return open_text(bytes(data).decode())


class _NumberLoader(Loader):
    """Sums of whole numbers are whole."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return float(text) if "." in text or text == "NaN" else int(text)


def adapt_values(connection: Connection[tuple[object, ...]]) -> None:
    """Have `connection` write and read values so."""
    context: AdaptContext = connection
    if context.adapters is not None:
        context.adapters.register_dumper(str, _TextDumper)
        context.adapters.register_loader("text", _TextLoader)
        context.adapters.register_loader("numeric", _NumberLoader)
