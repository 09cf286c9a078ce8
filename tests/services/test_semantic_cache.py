"""The cache by meaning: opt-in, bounded, and closed to what it cannot judge."""

from __future__ import annotations

import attrs
import pytest
from returns.result import Failure, Result, Success

from pointsman import (
    CallOptions,
    ChatRequest,
    ChatResponse,
    EmbeddingRequest,
    EmbeddingResponse,
    ModelUnavailable,
    ask,
    user,
)
from pointsman.core.chat.embedding import Embedding
from pointsman.core.chat.event import Done
from pointsman.core.chat.response import Finish
from pointsman.core.chat.tool import Tool
from pointsman.core.error import ChatError
from pointsman.core.settings import CacheSettings, SemanticSettings
from pointsman.services.middleware.semantic_cache import Likeness, SemanticallyCached
from pointsman.testing import ScriptedClient, VirtualClock
from tests.managed import answer, chat, managed, stream

MEANINGS = {"hello": (1.0, 0.0), "hi there": (0.98, 0.2), "goodbye": (0.0, 1.0), "zero": (0.0, 0.0)}


@attrs.define
class Meaning(ScriptedClient):
    """Embeds by a table of meanings."""

    broken: bool = False

    async def call_embed(self, request: EmbeddingRequest) -> Result[EmbeddingResponse, ChatError]:
        self.texts.extend(request.texts)
        if self.broken:
            return Failure(ModelUnavailable())
        vectors = tuple(Embedding(MEANINGS.get(text, (0.5, 0.5)), n) for n, text in enumerate(request.texts))
        return Success(EmbeddingResponse(embeddings=vectors))


def cold(text: str, **changes: object) -> ChatRequest:
    request = attrs.evolve(ask("m", text), temperature=0.0)
    return attrs.evolve(request, **changes)  # type: ignore[arg-type]  # the tests give fields of ChatRequest


def semantic(threshold: float = 0.95, most: int = 10) -> tuple[SemanticallyCached, Meaning, VirtualClock]:
    inner, clock = Meaning(lambda request: answer(f"to {request.messages[-1].text}")), VirtualClock()
    return (
        SemanticallyCached(inner, inner, Likeness(model="e", threshold=threshold, most=most, ttl=60), clock),
        inner,
        clock,
    )


async def text_of(client: SemanticallyCached, request: ChatRequest) -> tuple[str, str]:
    response = await chat(client, request)
    assert isinstance(response, ChatResponse)
    return response.text, response.cache


async def test_what_means_the_same_is_answered_the_same_and_says_so() -> None:
    client, inner, clock = semantic()
    assert await text_of(client, cold("hello")) == ("to hello", "")
    assert await text_of(client, cold("hi there")) == ("to hello", "semantic")
    assert await text_of(client, cold("goodbye")) == ("to goodbye", "")
    last = (await stream(client, cold("hi there")))[-1]
    assert isinstance(last, Done)
    assert last.response.cache == "semantic"
    assert len(inner.requests) == 2
    clock.advance(61)
    assert await text_of(client, cold("hi there")) == ("to hi there", "")


async def test_the_threshold_is_kept_to() -> None:
    client, _, _ = semantic(threshold=0.99)
    await text_of(client, cold("hello"))
    assert await text_of(client, cold("hi there")) == ("to hi there", "")


@pytest.mark.parametrize(
    "other",
    [
        cold("hi there", temperature=0.9),
        attrs.evolve(ask("m", "hi there")),
        cold("hi there", tools=(Tool("t"),)),
        cold("hi there", model="other"),
        cold("hi there", max_tokens=5),
        cold("hi there", messages=(user("before"), user("hi there"))),
        cold("hi there", options=CallOptions(tenant="other")),
        cold("hi there", options=CallOptions(cache="off")),
        cold("hi there", options=CallOptions(cache="refresh")),
        cold("zero"),
    ],
)
async def test_all_else_must_be_equal_and_cold_and_without_tools(other: ChatRequest) -> None:
    client, inner, _ = semantic()
    await text_of(client, cold("hello"))
    assert (await text_of(client, other))[1] == ""
    assert len(inner.requests) == 2


async def test_a_truncated_answer_is_not_kept_and_the_oldest_go_first() -> None:
    client, inner, _ = semantic(most=1)
    inner.script = lambda request: attrs.evolve(answer(), finish_reason=Finish.LENGTH)
    await text_of(client, cold("hello"))
    inner.script = lambda request: answer()
    assert (await text_of(client, cold("hello")))[1] == ""
    await text_of(client, cold("goodbye"))
    assert (await text_of(client, cold("hello")))[1] == ""


async def test_when_embedding_fails_the_model_is_asked() -> None:
    client, inner, _ = semantic()
    inner.broken = True
    assert await text_of(client, cold("hello")) == ("to hello", "")
    assert await text_of(client, cold("hello")) == ("to hello", "")


async def test_it_is_a_setting_and_shows_in_the_records() -> None:
    from pointsman import settle

    inner = Meaning(lambda request: answer(f"to {request.messages[-1].text}"))
    settings = CacheSettings(enabled=True, semantic=SemanticSettings(model="fake/e", threshold=0.9))
    async with managed(inner, cache=settings) as app:
        await chat(app.client, cold("hello", model="fake/m"))
        hit = await chat(app.client, cold("hi there", model="fake/m"))
        exact = await chat(app.client, cold("hello", model="fake/m"))
        records = (await settle(app.manager.usage_log.read())).unwrap()
    assert isinstance(hit, ChatResponse)
    assert isinstance(exact, ChatResponse)
    assert (hit.cache, hit.text, exact.cache) == ("semantic", "to hello", "exact")
    assert sorted(record.cache for record in records) == ["", "exact", "semantic"]
