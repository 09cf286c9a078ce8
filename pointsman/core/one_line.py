"""Foreign text where a person, a log or a terminal reads it: as it is, or as one bounded line. Pure."""

from __future__ import annotations

import re

MOST_SHOWN = 500
"""Characters of foreign text that a line of a log holds."""


_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
    "|(?<=[\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?=[\x00-\x7f])"
)
"""Control characters, those that turn or hide the text beside them, and halves of characters. A joiner is no letter's
part beside ASCII; elsewhere scripts and emoji need it."""


def visible(text: str) -> str:
    """`text` with each character that cannot be seen, or that changes how others are seen, as `\\u202e`."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def one_line(text: object, most: int = MOST_SHOWN) -> str:
    r"""`text` with everything escaped that is not printed as itself (`\n`, `\x1b`, marks of direction), and cut.

    Letters of all scripts stay. A backslash is escaped too, so that what is read can only have come from one text.
    """
    whole = str(text)
    shown = whole[:most] + ("…" if len(whole) > most else "")
    return "".join(letter if letter.isprintable() and letter != "\\" else _escape(letter) for letter in shown)


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
