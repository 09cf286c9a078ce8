"""A cache in memory: answers by key, the least recently used forgotten first."""

from __future__ import annotations

from collections import OrderedDict

import attrs
from returns.future import FutureResult
from returns.result import Result, Success

from pointsman.core.chat.part import (
    Audio,
    Bytes,
    File,
    FileId,
    Image,
    Opaque,
    Part,
    ProviderPart,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import StorageError
from pointsman.core.json import dumps_text
from pointsman.services.ports.cache_store import CacheBounds, CacheEntry, CacheStats


@attrs.define
class MemoryCache:
    """A `CacheStore` of this process. The size of an entry is reckoned: its texts and media, and some for the rest."""

    bounds: CacheBounds = attrs.field(factory=CacheBounds)
    _entries: OrderedDict[str, tuple[CacheEntry, int]] = attrs.field(factory=OrderedDict, repr=False)
    _size: int = 0
    _hits: int = 0
    _misses: int = 0
    _evicted: int = 0

    async def find(self, key: str, now: float) -> Result[CacheEntry | None, StorageError]:
        """As `CacheStore.find`."""
        held = self._entries.get(key)
        if held is None or held[0].expires <= now:
            if held is not None:
                self._remove(key)
            self._misses += 1
            return Success(None)
        self._hits += 1
        self._entries.move_to_end(key)
        return Success(held[0])

    async def keep(self, key: str, entry: CacheEntry, now: float) -> Result[None, StorageError]:
        """As `CacheStore.keep`."""
        self._remove(key)
        size = _size(entry.response)
        if size <= self.bounds.size and self.bounds.entries > 0:
            self._entries[key] = (entry, size)
            self._size += size
            while len(self._entries) > self.bounds.entries or self._size > self.bounds.size:
                self._remove(next(iter(self._entries)))
                self._evicted += 1
        return Success(None)

    def drop(self, key: str) -> FutureResult[None, StorageError]:
        """As `CacheStore.drop`."""
        self._remove(key)
        return FutureResult.from_value(None)

    def clear(self) -> FutureResult[int, StorageError]:
        """As `CacheStore.clear`."""
        count = len(self._entries)
        self._entries.clear()
        self._size = self._hits = self._misses = self._evicted = 0
        return FutureResult.from_value(count)

    def stats(self) -> FutureResult[CacheStats, StorageError]:
        """As `CacheStore.stats`."""
        return FutureResult.from_value(
            CacheStats(
                entries=len(self._entries),
                size=self._size,
                hits=self._hits,
                misses=self._misses,
                evicted=self._evicted,
            )
        )

    def _remove(self, key: str) -> None:
        held = self._entries.pop(key, None)
        if held is not None:
            self._size -= held[1]


_OVERHEAD = 2000
_PART_OVERHEAD = 200


def _size(response: ChatResponse) -> int:
    """About how many bytes of memory a response takes."""
    size = _OVERHEAD + len(response.id) + len(response.model) + len(str(response.finish_reason))
    for part in response.parts:
        size += _PART_OVERHEAD + _part_size(part)
    for warning in response.warnings:
        size += _PART_OVERHEAD + len(warning.subject) + len(warning.text)
    for attempt in response.attempts:
        size += _PART_OVERHEAD + (len(str(attempt.error)) if attempt.error else 0)
    return size


def _part_size(part: Part) -> int:
    match part:
        case Text(text, state) | Reasoning(text, state):
            return 2 * len(text) + _state_size(state)
        case Refusal(text):
            return 2 * len(text)
        case ToolCall(id, name, arguments, state):
            return len(id) + len(name) + len(arguments) + _state_size(state)
        case ToolResult(id, name, content):
            return len(id) + len(name) + sum(_part_size(inner) for inner in content)
        case ProviderPart(_, wire):
            return 2 * len(dumps_text(wire))
        case Image(source):
            return _source_size(source)
        case Audio(source, text) | File(source, text):
            return _source_size(source) + len(text or "")


def _state_size(state: Opaque | None) -> int:
    return len(state.data) if state else 0


def _source_size(source: Bytes | Url | FileId) -> int:
    match source:
        case Bytes(data):
            return len(data)
        case Url(address) | FileId(address):
            return len(address)
