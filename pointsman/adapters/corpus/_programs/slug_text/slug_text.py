"""Slugs for addresses from titles: letters without accents, words joined, each slug used once.

Topics: text, encodings, web
"""

import re
from collections.abc import Iterable
from unicodedata import combining, normalize

SPECIAL = {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "&": " and ", "€": " euro "}


def ascii_text(text: str) -> str:
    """The text in small letters without accents; letters that have no likeness in ASCII are dropped."""
    plain = "".join(SPECIAL.get(sign, sign) for sign in text.lower())
    return "".join(sign for sign in normalize("NFKD", plain) if not combining(sign)).encode("ascii", "ignore").decode()


def slug(title: str, length: int = 60) -> str:
    """Words of letters and digits, joined by `-`, cut between words if they are too long; "n-a" if there are none."""
    words: list[str] = re.findall(r"[a-z0-9]+", ascii_text(title).replace("'", ""))
    if not words:
        return "n-a"
    text = words[0][:length]
    for word in words[1:]:
        if len(text) + 1 + len(word) > length:
            break
        text += "-" + word
    return text


def slugs(titles: Iterable[str], taken: set[str] | None = None) -> list[str]:
    """A slug for each title; where it is taken, a number is put behind it. `taken` grows."""
    taken = set() if taken is None else taken
    out: list[str] = []
    following: dict[str, int] = {}
    for title in titles:
        first = slug(title)
        number, name = following.get(first, 1), first
        while name in taken:
            number += 1
            name = f"{first}-{number}"
        following[first] = number
        taken.add(name)
        out.append(name)
    return out
