"""`auto` chooses for embeddings, completions and transcriptions, too: ranked, with the others in reserve."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from pointsman import (
    App,
    CallOptions,
    CompletionRequest,
    EmbeddingRequest,
    ModelUnavailable,
    RetrySettings,
    TranscriptionRequest,
    ask,
    fake,
    fake_settings,
    open_app,
    settle,
)
from pointsman.core.chat.part import Audio, Bytes
from pointsman.core.models.model import ModelFacts
from pointsman.core.settings import RoutingSettings
from pointsman.layers.parts import ProviderDescription
from pointsman.testing import FixedModels, ScriptedClient
from tests.managed import priced

SOUND = Audio(Bytes(b"RIFF", "audio/wav"))
DOWN = ModelUnavailable(detail="down")
PRICES = {
    "dear/m": priced("10"),
    "cheap/m": priced("1"),
    "dear/vectors": priced("10", context_length=8000),
    "cheap/vectors": priced("1", context_length=10),
}
CHEAPEST = CallOptions(strategy="cost")


@asynccontextmanager
async def two(
    facts: Mapping[str, ModelFacts] = PRICES, routing: RoutingSettings | None = None, **clients: Any
) -> AsyncIterator[tuple[App, dict[str, ScriptedClient]]]:
    """A dear provider, which is the default, and a cheap one; each has a model for everything."""
    named = {name: clients.get(name, ScriptedClient(provider=name)) for name in ("dear", "cheap")}
    told = ProviderDescription(kind="custom", model="m", embedding_model="vectors", transcription_model="ears")
    layers = attrs.evolve(
        fake(named),
        facts=lambda settings: dict.fromkeys(named, told),
        book=lambda settings, known: FixedModels(facts),
    )
    settings = attrs.evolve(
        fake_settings(*named), routing=routing or RoutingSettings(), retries=RetrySettings(max_retries=0)
    )
    async with open_app(layers, settings) as opened:
        yield opened.unwrap(), named


async def test_embeddings_go_to_the_best_of_the_models_for_embeddings() -> None:
    async with two() as (app, clients):
        answer = (await settle(app.client.embed(EmbeddingRequest("auto", ("text",), options=CHEAPEST)))).unwrap()
        plain = (await settle(app.client.embed(EmbeddingRequest("", ("text",))))).unwrap()
    assert (answer.provider, answer.model) == ("cheap", "vectors")
    assert (plain.provider, plain.model) == ("dear", "vectors")
    assert clients["cheap"].texts == ["text"]


async def test_one_whose_window_is_too_small_for_the_longest_text_is_passed_over() -> None:
    async with two() as (app, _):
        texts = ("short", "a long text " * 30)
        answer = (await settle(app.client.embed(EmbeddingRequest("auto", texts, options=CHEAPEST)))).unwrap()
    assert answer.provider == "dear"


async def test_the_next_of_the_ranking_is_asked_when_the_first_is_down() -> None:
    async with two(cheap=ScriptedClient(provider="cheap", error=DOWN)) as (app, _):
        answer = (await settle(app.client.embed(EmbeddingRequest("auto", ("text",), options=CHEAPEST)))).unwrap()
    assert (answer.provider, answer.model) == ("dear", "vectors")


@pytest.mark.parametrize("streamed", [False, True])
async def test_completions_go_to_the_best_model(streamed: bool) -> None:
    request = CompletionRequest("auto", "Once upon", options=CHEAPEST)
    async with two() as (app, _):
        if streamed:
            async with app.client.stream(request) as events:
                assert [event async for event in events]
        else:
            assert (await settle(app.client.complete(request))).unwrap().text
        records = (await settle(app.manager.usage_log.read())).unwrap()
    assert [(record.provider, record.kind) for record in records] == [("cheap", "complete")]


async def test_sound_goes_to_a_model_that_hears() -> None:
    async with two() as (app, clients):
        await settle(app.client.transcribe(TranscriptionRequest("auto", SOUND, options=CHEAPEST)))
    heard = [request.model for client in clients.values() for request in client.sounds]
    assert heard == ["ears"]


async def test_tokens_are_counted_by_whom_the_chat_would_go_to() -> None:
    asked: list[str] = []

    @attrs.define
    class Counting(ScriptedClient):
        async def call_count(self, request: Any) -> Any:
            asked.append(f"{self.provider}/{request.model}")
            return await ScriptedClient.call_count(self, request)

    async with two(cheap=Counting(provider="cheap"), dear=Counting(provider="dear")) as (app, _):
        await settle(app.client.count_tokens(attrs.evolve(ask("auto", "Hello"), options=CHEAPEST)))
    assert asked == ["cheap/m"]


async def test_vectors_are_never_chosen_without_being_asked_for() -> None:
    """Those of two models cannot be compared: what `always` routes is chats."""
    async with two(routing=RoutingSettings(always=True, strategy="cost")) as (app, clients):
        answer = (await settle(app.client.embed(EmbeddingRequest("", ("text",))))).unwrap()
        await settle(app.client.chat(ask("Hello")))
    assert answer.provider == "dear"
    assert len(clients["cheap"].requests) == 1


async def test_only_the_providers_of_the_candidates_are_asked() -> None:
    async with two(routing=RoutingSettings(candidates=("dear/m",))) as (app, clients):
        answer = (await settle(app.client.embed(EmbeddingRequest("auto", ("text",), options=CHEAPEST)))).unwrap()
    assert answer.provider == "dear"
    assert clients["cheap"].texts == []
