"""The tool loop over every dialect, on the simulator's sockets: streamed and not, with good and bad arguments."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import attrs
import pytest

from pointsman import ChatResponse, ask
from pointsman.adapters.simulator.listener import serve
from pointsman.adapters.typed.tool import tool_of
from pointsman.core.chat.event import Done, StreamEvent, ToolRan
from pointsman.core.chat.part import ToolResult
from pointsman.layers.app import open_app
from pointsman.layers.live import live
from pointsman.layers.simulation import simulator
from pointsman.services.app import App
from tests.managed import chat, stream
from tests.simulated import STRICT, settings_at

DIALECTS = ("openai", "openai-responses", "anthropic", "gemini", "ollama")


def get_weather(city: Annotated[str, "where"]) -> str:
    """The weather in a city."""
    return f"Snow in {city}."


def picky(city: str) -> str:
    """The weather in a city."""
    raise ValueError(f"{city} is unknown")


@pytest.fixture
async def app(anyio_backend: str) -> AsyncIterator[App]:
    async with (
        serve(simulator(strict=STRICT)) as server,
        open_app(live, settings_at(server.address, *DIALECTS)) as opened,
    ):
        yield opened.unwrap()


async def answered(app: App, provider: str, streamed: bool, tool: object) -> tuple[ChatResponse, list[StreamEvent]]:
    assert callable(tool)
    client = app.manager.tooled(tool_of(tool, name="get_weather").unwrap())
    request = attrs.evolve(ask(f"{provider}/sim", "How is the weather?"), tool_choice="required")
    if streamed:
        events = await stream(client, request)
        assert isinstance(events[-1], Done)
        return events[-1].response, events
    response = await chat(client, request)
    assert isinstance(response, ChatResponse)
    return response, []


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("provider", DIALECTS)
async def test_a_tool_runs_and_the_model_hears_of_it(app: App, provider: str, streamed: bool) -> None:
    response, events = await answered(app, provider, streamed, get_weather)
    assert [message.role for message in response.steps] == ["assistant", "tool"]
    (result,) = response.steps[1].parts
    assert isinstance(result, ToolResult)
    assert (result.name, result.is_error) == ("get_weather", False)
    assert "3 (1 user, 1 assistant, 1 tool)" in response.text
    assert response.attempts[-1].provider == provider
    assert not streamed or sum(isinstance(event, ToolRan) for event in events) == 1


@pytest.mark.parametrize("provider", DIALECTS)
async def test_a_tool_that_fails_is_told_and_the_model_answers(app: App, provider: str) -> None:
    response, _ = await answered(app, provider, False, picky)
    (result,) = response.steps[1].parts
    assert isinstance(result, ToolResult)
    assert result.is_error
    assert response.text
