"""Token counts of the Messages API, both ways, and the service tier that stands among them.

The inclusion rule: on the wire `input_tokens` is without the cache; ours is the sum of it, `cache_read_input_tokens`
and `cache_creation_input_tokens`. `output_tokens` includes thinking on both sides. A stream's counts are cumulative:
what comes later replaces what came before.
"""

from __future__ import annotations

import attrs

from pointsman.core.chat.usage import Usage, difference
from pointsman.core.json import JsonObject, as_object, compact, count_or_none, text_or_none


@attrs.define
class Counts:
    """The counts and the service tier as the wire has them, each None until it is told."""

    fresh: int | None = None
    written: int | None = None
    hourly: int | None = None
    read: int | None = None
    output: int | None = None
    thinking: int | None = None
    tier: str | None = None

    def take(self, value: object) -> None:
        """Replace what `value`, a usage object, tells."""
        usage = as_object(value)
        self.fresh = _later(usage, "input_tokens", self.fresh)
        writes = as_object(usage.get("cache_creation"))
        self.hourly = _later(writes, "ephemeral_1h_input_tokens", self.hourly)
        self.written = _later(usage, "cache_creation_input_tokens", _later_sum(writes, self.written))
        self.read = _later(usage, "cache_read_input_tokens", self.read)
        self.output = _later(usage, "output_tokens", self.output)
        self.tier = text_or_none(usage.get("service_tier")) or self.tier
        self.thinking = _later(as_object(usage.get("output_tokens_details")), "thinking_tokens", self.thinking)

    def begin(self, value: object) -> None:
        """Take the usage of `message_start`: its output is provisional, and a prompt of 0 tokens a placeholder."""
        self.take(value)
        self.output = None
        if self.fresh == 0 and not self.written and not self.read:
            self.fresh = None

    def usage(self) -> Usage:
        """The normal form."""
        whole = None if self.fresh is None else self.fresh + (self.written or 0) + (self.read or 0)
        return Usage(whole, self.output, self.read, self.written, self.thinking, cache_write_1h=self.hourly)


def _later(usage: JsonObject, name: str, known: int | None) -> int | None:
    told = count_or_none(usage.get(name))
    return known if told is None else told


def _later_sum(writes: JsonObject, known: int | None) -> int | None:
    """All that was written, where only its kinds are told."""
    kinds = [count for name in _KINDS if (count := count_or_none(writes.get(name))) is not None]
    return sum(kinds) if kinds else known


_KINDS = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")


def read_usage(value: object) -> Usage:
    """The usage object of a whole answer."""
    counts = Counts()
    counts.take(value)
    return counts.usage()


def write_usage(usage: Usage) -> JsonObject:
    """The usage object. Its two required counts are 0 where they are unknown: the vendor's clients take no null."""
    known = compact(
        {
            "cache_creation_input_tokens": usage.cache_write,
            "cache_creation": _write_kinds(usage),
            "cache_read_input_tokens": usage.cached_input,
            "output_tokens_details": None if usage.reasoning is None else {"thinking_tokens": usage.reasoning},
        }
    )
    fresh = difference(difference(usage.input, usage.cached_input), usage.cache_write)
    return {"input_tokens": fresh or 0, **known, "output_tokens": usage.output or 0}


def _write_kinds(usage: Usage) -> JsonObject | None:
    if usage.cache_write_1h is None:
        return None
    brief = difference(usage.cache_write, usage.cache_write_1h)
    return compact(dict(zip(_KINDS, (brief, usage.cache_write_1h), strict=True)))
