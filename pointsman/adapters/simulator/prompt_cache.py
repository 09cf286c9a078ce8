"""Anthropic's prompt cache as its marks rule it: what of a prompt was written, for how long, and what was read.

A prompt is its tools, its system and its messages, block by block. What stands before a mark is looked for from the
longest beginning down; what of it is not there is written for the time that the mark names (5 minutes, 1 hour).
Source: platform.claude.com/docs/en/build-with-claude/prompt-caching. Times do not pass here: what is written stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import attrs

from pointsman.adapters.simulator.tokens import tokens_of
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, dumps_text

LEAST_TOKENS = 1024
"""Tokens that a beginning has at least to be cached."""
_MOST_ENTRIES = 10_000


@attrs.frozen
class CacheUse:
    """Tokens of a prompt that were read from the cache, and written to it for 5 minutes and for an hour."""

    read: int = 0
    written_5m: int = 0
    written_1h: int = 0

    @property
    def total_written(self) -> int:
        """All that was written."""
        return self.written_5m + self.written_1h


@attrs.frozen
class _Block:
    """A block of a prompt: the digest of all up to its end, the tokens up to there, and its mark's time or ""."""

    digest: str
    tokens: int
    ttl: str


@attrs.define
class PromptCache:
    """The beginnings that have been written."""

    entries: dict[str, None] = attrs.field(factory=dict)

    def use(self, body: JsonObject) -> CacheUse:
        """What the marks of `body` read and write; what they write is there from now on."""
        blocks = list(_blocks(body))
        last = max((at for at, block in enumerate(blocks) if block.ttl), default=-1)
        marked = blocks[: last + 1]
        if not marked or marked[-1].tokens < LEAST_TOKENS:
            return CacheUse()
        read = max((block.tokens for block in marked if block.digest in self.entries), default=0)
        written = {"5m": 0, "1h": 0}
        before = read
        for block in marked:
            if block.ttl and block.tokens >= LEAST_TOKENS:
                written[block.ttl] += max(0, block.tokens - before)
                before = max(before, block.tokens)
                self._write(block.digest)
        return CacheUse(read, written["5m"], written["1h"])

    def _write(self, digest: str) -> None:
        self.entries[digest] = None
        if len(self.entries) > _MOST_ENTRIES:
            del self.entries[next(iter(self.entries))]


def _blocks(body: JsonObject) -> Iterator[_Block]:
    """The blocks of the prompt in its order, each with what stands before it."""
    whole = hashlib.sha256(as_text(body.get("model")).encode("utf-8", "replace"))
    tokens, parts = 0, list(_parts(body))
    for at, (label, value) in enumerate(parts):
        fields = as_object(value)
        mark = as_object(fields.get("cache_control"))
        if not mark and at == len(parts) - 1:
            mark = as_object(body.get("cache_control"))
        text = dumps_text({key: inner for key, inner in fields.items() if key != "cache_control"} or value)
        whole.update(f"{label}:{text}\n".encode("utf-8", "replace"))
        tokens += tokens_of(text)
        yield _Block(whole.hexdigest(), tokens, ("1h" if mark.get("ttl") == "1h" else "5m") if mark else "")


def _parts(body: JsonObject) -> Iterator[tuple[str, Json]]:
    yield from (("tool", tool) for tool in as_list(body.get("tools")))
    yield from (("system", part) for part in _content_blocks(body.get("system")))
    for message in map(as_object, as_list(body.get("messages"))):
        yield from ((as_text(message.get("role")), part) for part in _content_blocks(message.get("content")))


def _content_blocks(content: Json) -> list[Json]:
    text: Json = {"type": "text", "text": content}
    return [text] if isinstance(content, str) else as_list(content)
