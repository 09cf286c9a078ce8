"""What a word is, in every script: what a text is found by, and what a search wants of it. Pure.

Words are letters, combining marks and numbers, by Unicode's general categories. Scripts that put no space between
words are cut into overlapping pieces of two or three characters, one from every place, so that whatever stands in the
middle of a sentence is the beginning of a piece. What is written in two ways is compared in one: composed, in lower
case, with plain digits, and without the vowel points that Arabic and Hebrew may leave out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice

LONGEST = 100
"""Characters of a word that are compared."""
MOST_TERMS = 32
"""Terms of a search that are looked for."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of `text` as a search compares them, in their order; of scripts without spaces their pieces."""
    normal = _normalize(text)
    if normal.isascii() or not _SPACELESS.search(normal):
        return tuple(word[:LONGEST] for word in normal.split())
    words: list[str] = []
    for run, size in _runs_of(normal):
        words += _pieces(run, size)
    return tuple(words)


def join_words(text: str) -> str:
    """The words of `text` with a space between them: what an index keeps, and `has_term` looks into."""
    return " ".join(words_of(text))


def terms_of(search: str) -> tuple[str, ...]:
    """What `search` looks for, each once: words, of which the beginning is enough, and runs of pieces.

    Nothing is looked for beyond the first `MOST_TERMS`, nor beyond `LONGEST` characters of one.
    """
    terms = dict.fromkeys(_term(run[:LONGEST], size) for run, size in _runs_of(_normalize(search)))
    return tuple(islice(terms, MOST_TERMS))


def has_term(joined: str, term: str) -> bool:
    """Whether `term` stands among the words that `join_words` has given: whole, or as the beginning of the last."""
    return f" {term}" in f" {joined}"


def missing_terms(text: str, terms: Sequence[str]) -> tuple[str, ...]:
    """Which of `terms` do not stand in `text`."""
    words = join_words(text)
    return tuple(term for term in terms if not has_term(words, term))


def is_telling(word: str) -> bool:
    """Whether `word` is long enough to say what a text is about: three letters, or a whole piece."""
    return len(word) > 2 or (len(word) == 2 and bool(_PAIR.fullmatch(word)))


def _runs_of(normal: str) -> Iterator[tuple[str, int]]:
    """The runs of letters of a normal text, and of how many characters the pieces of each are; 0: it is one word."""
    for pair, triple, word in _RUN.findall(normal):
        yield pair or triple or word, 2 if pair else 3 if triple else 0


def _term(run: str, size: int) -> str:
    """`run` as it stands among joined words: its whole pieces, or what there is of one."""
    return " ".join(_pieces(run, size)[: max(1, len(run) - size + 1)])


def _pieces(run: str, size: int) -> list[str]:
    return [run[place : place + size] for place in range(len(run))] if size else [run[:LONGEST]]


def _normalize(text: str) -> str:
    """`text` in one way of writing, with a space for all that is no part of a word."""
    composed = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    letters = composed.replace("i\u0307", "i").translate(_LETTERS)  # as the Turkish capital is in lower case
    return _JOINED.sub("", letters).replace(_ZERO_WIDTH_SPACE, " ") if _ZERO_WIDTH_SPACE in letters else letters


class _Letters(dict[int, str]):
    """What stands for a character in a word: itself, nothing, a plain digit; for what is no part of one, a space."""

    def __missing__(self, code: int) -> str:
        one = chr(code)
        kind = unicodedata.category(one)
        if kind in ("Cn", "Co", "Cs"):  # too many to be worth knowing
            return " "
        self[code] = stands_for = _stand_for(one, kind)
        return stands_for


def _stand_for(one: str, kind: str) -> str:
    if one == _ZERO_WIDTH_SPACE:
        return one
    if kind == "Cc" or kind[0] not in "LMNC":
        return " "
    if kind in ("Cf", "Me") or _OMITTED.match(one):
        return ""
    return str(unicodedata.decimal(one)) if kind == "Nd" else one


_ZERO_WIDTH_SPACE = "\u200b"
_OMITTED = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"  # Arabic
    "\ufe00-\ufe0f\U000e0100-\U000e01ef]"  # how a character looks
)
_PAIRS = (
    "\u3005-\u3007\u3021-\u302f\u3031-\u3035\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"  # Han
    "\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\U0001aff0-\U0001b16f"  # kana
    "\u3105-\u312f\u31a0-\u31bf\ua000-\ua48c"  # Bopomofo, Yi
    "\u1100-\u11ff\ua960-\ua97f\uac00-\ud7a3\ud7b0-\ud7fb"  # Hangul
)
_TRIPLES = (
    "\u0e01-\u0eff\u1000-\u109f\ua9e0-\ua9fe\uaa60-\uaa7f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u1950-\u19df\u1a20-\u1aad\uaa80-\uaadf\ua980-\ua9df\u1b00-\u1b7f"  # Tai, Javanese, Balinese
)
_LETTERS = _Letters()
_SPACELESS = re.compile(f"[{_PAIRS}{_TRIPLES}]")
_RUN = re.compile(f"([{_PAIRS}]+)|([{_TRIPLES}]+)|([^\\s{_PAIRS}{_TRIPLES}]+)")
_PAIR = re.compile(f"[{_PAIRS}]{{2}}")
_JOINED = re.compile(f"(?<=[{_TRIPLES}])\u200b+(?=[{_TRIPLES}])")
"""Khmer and Burmese writers may tell words apart by a space of no width, and may not."""
