"""Adapters chosen by each request, and what an engine without a grammar refuses; by processes with a fake child."""

from __future__ import annotations

import pytest
from returns.methods import unwrap_or_failure

from pointsman import ChatRequest, ChatResponse, Done, Failed, ResponseSchema, Tool, ask, settle, user
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.error import Fault, ModelNotFound, UnsupportedFeature
from pointsman.services.engines.local_client import LocalClient
from pointsman.services.ports.client import ModelsQuery
from tests.adapters.engines.engines import fake_engines

CALCULATOR = Tool("calculator", "Calculates.", {"type": "object", "properties": {"expression": {"type": "string"}}})


async def answer(client: LocalClient, request: ChatRequest) -> ChatResponse | Fault:
    return unwrap_or_failure(await settle(client.chat(request)))


@pytest.mark.parametrize("model", ["file", "folder"])
async def test_each_request_chooses_an_adapter_or_none_of_one_engine(model: str) -> None:
    async with fake_engines() as client:
        for name, chosen in ((f"{model}@pirate", "pirate"), (model, ""), (f"{model}@plain", "plain")):
            response = await answer(client, ask(name, "which adapter"))
            assert isinstance(response, ChatResponse), response
            assert (response.text, response.model) == (chosen, name)
        async with client.stream(ask(f"{model}@pirate", "which adapter")) as events:
            end = [event async for event in events][-1]
        assert isinstance(end, Done), end
        assert (end.response.text.strip(), end.response.model) == ("pirate", f"{model}@pirate")
        assert len(client.keeper.report()) == 1


async def test_models_are_listed_with_each_of_their_adapters() -> None:
    async with fake_engines() as client:
        names = {model.id for model in (await client.call_models(ModelsQuery())).unwrap()}
    assert {"file", "file@plain", "file@pirate", "tiny"} <= names


async def test_an_adapter_that_is_not_there_is_told_with_those_that_are() -> None:
    async with fake_engines() as client:
        error = await answer(client, ask("file@pirat", "Hi"))
        assert isinstance(error, ModelNotFound), error
        assert "file has no adapter 'pirat'" in error.detail
        assert "pirate" in error.detail
        none = await answer(client, ask("tiny@pirate", "Hi"))
        assert isinstance(none, ModelNotFound), none
        assert "--for MODEL" in none.detail
        assert client.keeper.report() == ()


async def test_an_engine_without_adapters_refuses_them_typed() -> None:
    async with fake_engines() as client:
        error = await answer(client, ask("stiff@pirate", "Hi"))
        assert isinstance(error, UnsupportedFeature), error
        assert error.feature == "adapters"
        assert isinstance(await answer(client, ask("stiff", "Hi")), ChatResponse)


@pytest.mark.parametrize(
    ("request_", "feature"),
    [
        (ChatRequest("folder", (user("Hi"),), response_schema=ResponseSchema({"type": "object"})), "response_schema"),
        (ChatRequest("folder", (user("Hi"),), json_mode=True), "response_schema"),
        (ChatRequest("folder", (user("2+2"),), tools=(CALCULATOR,)), "tools"),
    ],
)
async def test_what_an_engine_without_a_grammar_would_drop_is_refused(request_: ChatRequest, feature: str) -> None:
    async with fake_engines() as client:
        error = await answer(client, request_)
        assert isinstance(error, UnsupportedFeature), error
        assert error.feature == feature
        async with client.stream(request_) as events:
            end = [event async for event in events][-1]
        assert isinstance(end, Failed), end
        assert isinstance(end.error, UnsupportedFeature)


async def test_a_folder_is_asked_for_no_vectors() -> None:
    async with fake_engines() as client:
        error = unwrap_or_failure(await settle(client.embed(EmbeddingRequest("folder", ("a",)))))
        assert isinstance(error, UnsupportedFeature), error
