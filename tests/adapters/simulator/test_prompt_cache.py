"""What of a prompt is read from Anthropic's cache and written to it, by its marks alone."""

from __future__ import annotations

from typing import Any

from pointsman.adapters.simulator.prompt_cache import CacheUse, PromptCache

LONG = "word " * 1000
TOKENS = 1250


def part(text: str, ttl: str | None = None) -> dict[str, Any]:
    """A text, marked for a time where one is given."""
    mark = {"type": "ephemeral", **({"ttl": ttl} if ttl else {})}
    return {"type": "text", "text": text, **({} if ttl is None else {"cache_control": mark})}


def prompt(*parts: dict[str, Any], asked: str = "?", **more: Any) -> dict[str, Any]:
    """A request whose system is `parts`."""
    return {"model": "m", "system": [*parts], "messages": [{"role": "user", "content": asked}], **more}


def test_without_marks_nothing_is_cached() -> None:
    cache = PromptCache()
    assert cache.use(prompt(part(LONG))) == cache.use(prompt(part(LONG))) == CacheUse()


def test_what_is_marked_is_written_once_and_then_read() -> None:
    cache = PromptCache()
    first, second = cache.use(prompt(part(LONG, "5m"))), cache.use(prompt(part(LONG, "5m"), asked="Another?"))
    assert first.read == 0
    assert TOKENS < first.written_5m < TOKENS + 20
    assert second == CacheUse(read=first.written_5m)


def test_an_hour_and_five_minutes_are_counted_apart() -> None:
    use = PromptCache().use(prompt(part(LONG, "1h"), part(LONG + "more", "")))
    assert use.written_1h >= TOKENS
    assert use.written_5m >= TOKENS
    assert use.total_written == use.written_1h + use.written_5m


def test_a_longer_conversation_reads_what_was_and_writes_what_is_new() -> None:
    cache = PromptCache()
    first = cache.use(prompt(part(LONG, "5m")))
    grown = prompt(part(LONG, "5m"))
    grown["messages"] = [{"role": "user", "content": [part(LONG, "5m")]}]
    use = cache.use(grown)
    assert use.read == first.written_5m
    assert TOKENS < use.written_5m < TOKENS + 20


def test_another_beginning_or_model_or_less_than_1024_tokens_is_not_read() -> None:
    cache = PromptCache()
    cache.use(prompt(part(LONG, "5m")))
    assert cache.use(prompt(part("x" + LONG, "5m"))).read == 0
    assert cache.use({**prompt(part(LONG, "5m")), "model": "other"}).read == 0
    assert cache.use(prompt(part(LONG, "5m"), tools=[{"name": "t"}])).read == 0
    assert cache.use(prompt(part("short", "5m"))) == CacheUse()


def test_one_mark_for_the_whole_request_stands_at_its_end() -> None:
    cache = PromptCache()
    body = prompt(part(LONG), cache_control={"type": "ephemeral"})
    assert cache.use(body).written_5m > TOKENS
    assert cache.use(body).read > TOKENS
