"""What is remembered beyond a conversation, and how well it fits a question, by words and by vectors. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from operator import mul

import attrs

from pointsman.core.words import is_telling, words_of


def unit(vector: Sequence[float]) -> tuple[float, ...]:
    """`vector` at length 1, so that `cosine` is a mere sum; one of length 0 stays."""
    length = math.sqrt(sum(map(mul, vector, vector)))
    return tuple(value / length for value in vector) if length else tuple(vector)


def cosine(first: Sequence[float], second: Sequence[float]) -> float:
    """How alike two unit vectors are, -1 to 1; those of different models (other dimensions) are not alike at all."""
    return sum(map(mul, first, second)) if len(first) == len(second) else -1.0


ALIKE = 0.5
"""The cosine from which on two texts are about the same matter."""

HALF_LIFE = 30 * 86400.0
"""Seconds after which a memory counts half as recent."""
RELEVANCE, RECENCY, IMPORTANCE = 0.6, 0.2, 0.2
"""What each counts in a score."""


@attrs.frozen(kw_only=True)
class Memory:
    """A fact in a sentence or two. `importance` is 0 to 1; without a `user` or `conversation` it is for everybody.

    `created` is in Unix seconds. `vector`, of length 1, says what it means, where a model that embeds is set.
    """

    id: str
    text: str
    created: float
    importance: float = 0.5
    user: str = ""
    conversation: str = ""
    tags: tuple[str, ...] = ()
    vector: tuple[float, ...] = attrs.field(default=(), repr=lambda vector: f"<{len(vector)} dimensions>")


@attrs.frozen(kw_only=True)
class MemoryScope:
    """Whose memories: those of `user` and of `conversation`, and those that are for everybody; with all of `tags`."""

    user: str = ""
    conversation: str = ""
    tags: tuple[str, ...] = ()


@attrs.frozen
class Recalled:
    """A memory that fits, and how well: 0 to 1, of which 0.6 are for relevance, 0.2 each for recency and importance."""

    memory: Memory
    score: float


def within(memory: Memory, scope: MemoryScope) -> bool:
    """Whether `memory` may be recalled in `scope`."""
    return (
        memory.user in ("", scope.user)
        and memory.conversation in ("", scope.conversation)
        and set(scope.tags) <= set(memory.tags)
    )


def recall(
    memories: Iterable[Memory], text: str, k: int, scope: MemoryScope, now: float, vector: Sequence[float] = ()
) -> tuple[Recalled, ...]:
    """The `k` memories that fit `text` best; one that shares no word with it and is not like it does not fit.

    `vector` is what `text` means, as those of the memories; it counts from a cosine of `ALIKE` on.
    """
    wanted = telling(text)
    found = []
    for memory in memories:
        relevance = max(_relevance(wanted, set(words_of(memory.text))), _likeness(vector, memory.vector))
        if relevance and within(memory, scope):
            recency = 0.5 ** (max(0.0, now - memory.created) / HALF_LIFE)
            found.append(Recalled(memory, RELEVANCE * relevance + RECENCY * recency + IMPORTANCE * memory.importance))
    found.sort(key=lambda one: (-one.score, -one.memory.created, one.memory.id))
    return tuple(found[: max(0, k)])


def telling(text: str) -> tuple[str, ...]:
    """The words of `text` that say what it is about: those of at least three letters and whole pieces, each once."""
    return tuple(dict.fromkeys(word for word in words_of(text) if is_telling(word) and word not in _EVERYWHERE))


_ENGLISH = ("the", "and", "for", "are", "was", "were", "what", "which", "who", "how", "why", "when", "where", "with")
_MORE_ENGLISH = ("that", "this", "from", "have", "has", "had", "not", "you", "your", "can")
_GERMAN = ("der", "die", "das", "und", "ist", "wie", "wer", "den", "dem", "ein", "eine", "nicht", "mit", "von")
_CHINESE = ["什么", "怎么", "我们", "你们", "他们", "这个", "那个", "一个", "没有", "可以", "是不", "我的", "你的"]
_JAPANESE = ["です", "ます", "した", "から", "まで", "この", "その", "ので", "いる", "ある", "って"]
_KOREAN = ["니다", "입니", "습니", "에서", "으로", "하는", "무엇", "인가", "가요", "나요", "세요"]
_THAI = ["และ", "ที่", "การ", "ของ", "ไม่", "ให้", "ได้", "เป็", "ป็น", "อะไ", "ะไร"]
_EVERYWHERE = frozenset((*_ENGLISH, *_MORE_ENGLISH, *_GERMAN, *_CHINESE, *_JAPANESE, *_KOREAN, *_THAI))


def _relevance(wanted: Sequence[str], there: set[str]) -> float:
    if not wanted:
        return 0.0
    return sum(any(_same(word, other) for other in there) for word in wanted) / len(wanted)


def _likeness(first: Sequence[float], second: Sequence[float]) -> float:
    if not first or not second:
        return 0.0
    alike = cosine(first, second)
    return alike if alike >= ALIKE else 0.0


def _same(first: str, second: str) -> bool:
    """Whether two words are one, or forms of one: the shorter begins the longer, and is most of it."""
    short, long = sorted((first, second), key=len)
    return first == second or (long.startswith(short) and len(short) >= max(3, len(long) - 3))


def describe_memories(memories: Sequence[Recalled]) -> str:
    """The memories as a model is told them."""
    lines = "\n".join(f"- {one.memory.text}" for one in memories)
    return f"What is known from before, as far as it may matter here:\n{lines}"
