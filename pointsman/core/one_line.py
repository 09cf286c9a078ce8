"""Foreign text where a person, a log or a terminal reads it: one line, no control characters, bounded. Pure."""

from __future__ import annotations

MOST_SHOWN = 500
"""Characters of foreign text that a line of a log holds."""


def one_line(text: object, most: int = MOST_SHOWN) -> str:
    r"""`text` with everything escaped that is not printed as itself (`\n`, `\x1b`, marks of direction), and cut.

    Letters of all scripts stay. A backslash is escaped too, so that what is read can only have come from one text.
    """
    whole = str(text)
    shown = whole[:most] + ("…" if len(whole) > most else "")
    return "".join(letter if letter.isprintable() and letter != "\\" else _escape(letter) for letter in shown)


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
