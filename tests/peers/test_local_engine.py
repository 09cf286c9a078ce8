"""The real llama.cpp in a child of ours, with a tiny model made here: nothing is faked but the weights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman import (
    ChatRequest,
    ChatResponse,
    Done,
    EmbeddingResponse,
    Failed,
    ResponseSchema,
    Settings,
    StreamEvent,
    Tool,
    ask,
    open_app,
    settle,
    user,
)
from pointsman.adapters.local_models.shelf import FileShelf
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.json import JsonObject, loads
from pointsman.core.settings import EngineSettings
from pointsman.layers.engines import engine_records
from pointsman.layers.live import live
from tests.peers.tiny_model import write_adapter, write_model
from tests.simulated import chat, stream

OTHER = "Ships have rudders instead!"
TEXT = "Trains need points to change from one track to another."
COLOURS: JsonObject = {
    "type": "object",
    "properties": {"colour": {"enum": ["red", "green"]}},
    "required": ["colour"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder that holds `tiny`, which answers `TEXT` to everything."""
    made = tmp_path_factory.mktemp("models")
    write_model(made / "tiny.gguf", TEXT, OTHER)
    write_adapter(made / "sea.gguf")
    shelf = FileShelf(made / "own", {}, made)
    assert anyio.run(shelf.add, str(made / "tiny.gguf")).unwrap().name == "tiny"
    assert anyio.run(shelf.add, str(made / "sea.gguf"), "sea", "tiny").unwrap().is_adapter
    return made / "own"


def settings(folder: Path, *, context: int = 512, memory: int | None = None) -> Settings:
    """Settings for `local/tiny`."""
    chosen = EngineSettings(folder=str(folder), context=context, memory=memory, slots=2, threads=1)
    return attrs.evolve(Settings.of("local", "tiny"), engine=chosen)


def pids() -> list[int]:
    """The engines of this process."""
    return [record.pid for record in engine_records().running() if record.parent == os.getpid()]


def spoken(text: str) -> str:
    return text.replace("\u200b", "").strip()


async def test_it_answers_whole_streamed_and_many_at_once_under_its_name(folder: Path) -> None:
    async with open_app(live, settings(folder)) as opened:
        app = opened.unwrap()
        whole = await chat(app, ask("local/tiny", "Why?"))
        assert isinstance(whole, ChatResponse), whole
        assert (spoken(whole.text), whole.model, whole.provider) == (TEXT, "tiny", "local")
        assert whole.usage.output
        end = (await stream(app, ask("Why?")))[-1]
        assert isinstance(end, Done), end
        assert end.response.text == whole.text
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(chat, app, ask("Why?"))
        assert len(pids()) == 1
    assert pids() == []


async def test_an_adapter_changes_the_answer_of_the_request_that_names_it_and_no_other(folder: Path) -> None:
    async with open_app(live, settings(folder)) as opened:
        app = opened.unwrap()
        answers: dict[str, str] = {}

        async def take(name: str) -> None:
            answer = await chat(app, ask(name, "Why?"))
            assert isinstance(answer, ChatResponse), answer
            answers[answer.model] = spoken(answer.text)

        async with anyio.create_task_group() as group:
            group.start_soon(take, "local/tiny")
            group.start_soon(take, "local/tiny@sea")
        assert answers == {"tiny": TEXT, "tiny@sea": OTHER}
        assert len(pids()) == 1


async def test_a_schema_is_enforced_and_a_tool_is_called_by_it(folder: Path) -> None:
    async with open_app(live, settings(folder)) as opened:
        app = opened.unwrap()
        asked = ChatRequest("local/tiny", (user("Which?"),), response_schema=ResponseSchema(COLOURS))
        formed = await chat(app, asked)
        assert isinstance(formed, ChatResponse), formed
        assert loads(formed.text).unwrap() in ({"colour": "red"}, {"colour": "green"})
        paint = Tool("paint", "Paints.", COLOURS)
        called = await chat(app, ChatRequest("local/tiny", (user("Paint."),), tools=(paint,), tool_choice="required"))
        assert isinstance(called, ChatResponse), called
        assert [call.name for call in called.tool_calls] == ["paint"]
        assert any(warning.subject == "tools" for warning in called.warnings)


async def test_it_makes_vectors_by_an_engine_of_their_own(folder: Path) -> None:
    async with open_app(live, settings(folder)) as opened:
        found = unwrap_or_failure(
            await settle(opened.unwrap().client.embed(EmbeddingRequest("local/tiny", ("one", "two"))))
        )
        assert isinstance(found, EmbeddingResponse), found
        assert [len(one.vector) for one in found.embeddings] == [512, 512]


async def test_killed_in_the_middle_of_a_stream_it_leaves_the_partial_answer(folder: Path) -> None:
    async with open_app(live, settings(folder, context=2048)) as opened:
        app = opened.unwrap()
        events: list[StreamEvent] = []
        request = ChatRequest("local/tiny", (user("Why?"),), max_tokens=1900, extra={"ignore_eos": True})
        async with app.client.stream(request) as streamed:
            async for event in streamed:
                events.append(event)
                if len(events) == 4:
                    os.kill(pids()[0], signal.SIGKILL)
        assert isinstance(events[-1], Failed), events[-1]
        assert "died in the middle of the answer" in str(events[-1].error)
        assert events[-1].partial.text
        assert isinstance(await chat(app, ask("Why?")), ChatResponse)


async def test_too_long_a_prompt_is_typed_with_numbers(folder: Path) -> None:
    async with open_app(live, settings(folder)) as opened:
        error = await chat(opened.unwrap(), ask("local/tiny", "word " * 3000))
    assert not isinstance(error, ChatResponse)
    assert error.tag == "ContextTooLarge"
    assert getattr(error, "limit", None) == 512


async def test_too_little_memory_is_told_with_the_numbers_and_nothing_is_started(folder: Path) -> None:
    async with open_app(live, settings(folder, memory=1000)) as opened:
        error = await chat(opened.unwrap(), ask("local/tiny", "Why?"))
    assert not isinstance(error, ChatResponse)
    assert "engine.memory allows 1 kB" in str(error)
    assert pids() == []


def test_whoever_has_no_key_is_refused_and_no_web_page_may_ask(folder: Path) -> None:
    import http.client
    from urllib.parse import urlsplit

    command = [sys.executable, "-m", "pointsman", "local", "load", "tiny"]
    environment = {**os.environ, "POINTSMAN_ENGINE__FOLDER": str(folder)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if "base URL" in line)
        place = urlsplit(line.split()[-1])
        connection = http.client.HTTPConnection(place.hostname or "", place.port)
        for path in ("/v1/models", "/props", "/slots", "/v1/chat/completions"):
            connection.request("POST" if "chat" in path else "GET", path, headers={"origin": "https://evil.example"})
            answer = connection.getresponse()
            assert answer.status == 401, path
            assert "evil" not in str(answer.headers.get("access-control-allow-origin"))
            answer.read()
        connection.close()
        process.kill()
