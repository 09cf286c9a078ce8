"""The real llama.cpp server, with a tiny model made here, asked through three dialects."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from returns.methods import unwrap_or_failure

from pointsman import (
    ChatResponse,
    Completion,
    CompletionRequest,
    Done,
    Finish,
    ProviderSettings,
    Secret,
    Settings,
    TextDelta,
    ask,
    open_app,
    settle,
)
from pointsman.layers.live import live
from tests.simulated import chat, stream

TEXT = "Trains need points to change from one track to another."
ROWS = {"llamacpp": "/v1", "openai-responses": "/v1", "anthropic": ""}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a llama.cpp server in a process of its own."""
    script = Path(__file__).parent / "tiny_model.py"
    command = [sys.executable, str(script), str(tmp_path_factory.mktemp("model")), TEXT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        address = next((line.split()[1] for line in process.stdout if line.startswith("listening ")), None)
        assert address is not None
        yield address
        process.kill()


def settings(address: str) -> Settings:
    """Settings in which three providers are the one server."""
    providers = {
        name: ProviderSettings(name=name, kind=name, base_url=address + path, model="tiny", api_key=Secret("none"))
        for name, path in ROWS.items()
    }
    return Settings(providers=providers, default_provider="llamacpp")


@pytest.mark.parametrize("name", list(ROWS))
async def test_a_real_engine_answers_whole_and_streamed(server: str, name: str) -> None:
    async with open_app(live, settings(server)) as opened:
        app = opened.unwrap()
        whole = await chat(app, ask(f"{name}/tiny", "Why?"))
        end = (await stream(app, ask(f"{name}/tiny", "Why?")))[-1]
    assert isinstance(whole, ChatResponse), whole
    assert whole.text.replace("\u200b", "").strip() == TEXT
    assert whole.finish_reason == Finish.STOP
    assert whole.usage.output
    assert isinstance(end, Done), end
    assert end.response.text == whole.text
    assert end.response.usage.output == whole.usage.output


async def test_a_real_engine_continues_a_prompt_whole_and_streamed(server: str) -> None:
    request = CompletionRequest("llamacpp/tiny", "Why?", max_tokens=8)
    async with open_app(live, settings(server)) as opened:
        app = opened.unwrap()
        whole = unwrap_or_failure(await settle(app.client.complete(request)))
        events = await stream(app, request)
    assert isinstance(whole, Completion), whole
    assert whole.text
    end = events[-1]
    assert isinstance(end, Done), end
    assert (end.response.text, end.response.finish_reason) == (whole.text, whole.finish_reason)
    assert end.response.usage.output == whole.usage.output
    assert sum(isinstance(event, TextDelta) for event in events) > 1


async def test_its_models_are_listed_and_it_is_alive(server: str) -> None:
    async with open_app(live, settings(server)) as opened:
        client = opened.unwrap().clients["llamacpp"]
        models = unwrap_or_failure(await settle(client.models()))
        ping = unwrap_or_failure(await settle(client.ping()))
    assert isinstance(models, tuple)
    assert len(models) == 1
    assert getattr(ping, "ok", False)


async def test_its_overflow_is_typed_with_numbers(server: str) -> None:
    async with open_app(live, settings(server)) as opened:
        error = await chat(opened.unwrap(), ask("llamacpp/tiny", "word " * 3000))
    assert not isinstance(error, ChatResponse)
    assert error.tag == "ContextTooLarge"
    assert getattr(error, "limit", None) == 1024
