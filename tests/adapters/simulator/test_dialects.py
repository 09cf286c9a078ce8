"""Every dialect over real sockets: the client's half writes and reads, the simulator's half reads and writes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module

import attrs
import httpx
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import Dialect, ErrorReply, Target, WireRequest
from pointsman.adapters.simulator import RunningSimulator, Simulator, serve
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.event import Done, Failed, StreamEvent
from pointsman.core.chat.message import assistant, system, tool, user
from pointsman.core.chat.request import ChatRequest, Thinking, ask
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.chat.tool import ResponseSchema, Tool
from pointsman.core.error import ChatError
from pointsman.core.models.model import ModelQuery
from tests.patience import GUARD
from tests.simulated import STRICT

NAMES = ("openai_chat", "openai_responses", "anthropic", "gemini", "ollama")
WEATHER = Tool("get_weather", "Weather", {"type": "object", "properties": {"city": {"type": "string"}}})
TIME = Tool("time_now", "Time")


@pytest.fixture(params=NAMES)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    module = pytest.importorskip(f"pointsman.adapters.dialects.{request.param}")
    found = getattr(module, request.param.upper())
    assert isinstance(found, Dialect)
    return found


@attrs.frozen
class Caller:
    """A client as small as can be: a dialect's functions around httpx."""

    server: RunningSimulator
    http: httpx.AsyncClient
    dialect: Dialect

    def target(self, model: str) -> Target:
        return Target("simulated", model)

    async def send(self, wire: WireRequest) -> httpx.Response:
        url = self.server.base_url(self.dialect.name) + wire.path
        return await self.http.request(wire.method, url, json=wire.body, headers=dict(wire.headers))

    async def chat(self, request: ChatRequest) -> ChatResponse | ChatError:
        target = self.target(request.model)
        reply = await self.send(self.dialect.chat.write_request(request, target, False).unwrap())
        if reply.status_code != 200:
            return self.dialect.read_error(
                ErrorReply(reply.status_code, reply.content, dict(reply.headers.items())), target
            )
        return unwrap_or_failure(self.dialect.chat.read_response(reply.json(), target))

    async def stream(self, request: ChatRequest) -> list[StreamEvent]:
        target = self.target(request.model)
        reply = await self.send(self.dialect.chat.write_request(request, target, True).unwrap())
        assert reply.status_code == 200, reply.text
        reader = self.dialect.chat.open_reader(target)
        events: list[StreamEvent] = []
        for name, data in frames(self.dialect, reply.content):
            if events and isinstance(events[-1], (Done, Failed)):
                break
            events += reader.feed(name, data)
        if not (events and isinstance(events[-1], (Done, Failed))):
            events.append(reader.finish())
        return events


def frames(dialect: Dialect, body: bytes) -> Sequence[tuple[str, bytes]]:
    """The frames in a whole body."""
    if dialect.framing == "ndjson":
        return [("", line) for line in body.split(b"\n") if line]
    found = []
    for block in body.split(b"\n\n"):
        fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if b": " in line)
        if b"data" in fields:
            found.append((fields.get(b"event", b"").decode(), fields[b"data"]))
    return found


@asynccontextmanager
async def calling(dialect: Dialect) -> AsyncIterator[Caller]:
    async with serve(Simulator(dialects=(dialect,), strict=STRICT)) as server, httpx.AsyncClient(timeout=GUARD) as http:
        yield Caller(server, http, dialect)


def same(response: ChatResponse) -> ChatResponse:
    """What of an answer does not depend on when it was asked."""
    return attrs.evolve(response, latency_ms=None, attempts=(), warnings=())


REQUESTS = {
    "plain": ChatRequest("sim", (system("Be brief."), user("Hello there"), assistant("Hi"), user("And now?"))),
    "tools": ChatRequest("sim", (user("get_weather and time_now please"),), tools=(WEATHER, TIME)),
    "thinking": attrs.evolve(ask("sim", "Think"), thinking=Thinking(effort="low", show=True)),
    "cut": attrs.evolve(ask("sim", "Long"), max_tokens=16),  # the least that the Responses API takes
    "schema": attrs.evolve(
        ask("sim", "JSON"),
        response_schema=ResponseSchema(
            {
                "type": "object",
                "properties": {"n": {"type": "integer"}},
                "required": ["n"],
                "additionalProperties": False,
            }
        ),
    ),
}


@pytest.mark.parametrize("kind", REQUESTS)
async def test_a_stream_folds_to_the_whole_answer(dialect: Dialect, kind: str) -> None:
    async with calling(dialect) as caller:
        whole = await caller.chat(REQUESTS[kind])
        assert isinstance(whole, ChatResponse)
        *before, last = await caller.stream(REQUESTS[kind])
        assert isinstance(last, Done), last
        assert same(last.response) == same(whole)
        assert before
        assert whole.model == "sim"
        assert whole.usage.input
        assert whole.usage.output


async def test_answers_say_what_was_asked(dialect: Dialect) -> None:
    async with calling(dialect) as caller:
        plain = await caller.chat(REQUESTS["plain"])
        assert isinstance(plain, ChatResponse)
        assert plain.text.startswith(f"Simulated answer from model `sim` ({dialect.name}).")
        assert "“Be brief.”" in plain.text
        assert plain.finish_reason is Finish.STOP
        schema = await caller.chat(REQUESTS["schema"])
        assert isinstance(schema, ChatResponse)
        assert schema.text == '{"n":1}'
        cut = await caller.chat(REQUESTS["cut"])
        assert isinstance(cut, ChatResponse)
        assert cut.finish_reason is Finish.LENGTH


async def test_tools_are_called_and_their_results_quoted(dialect: Dialect) -> None:
    async with calling(dialect) as caller:
        request = REQUESTS["tools"]
        called = await caller.chat(request)
        assert isinstance(called, ChatResponse)
        assert [call.name for call in called.tool_calls] == ["get_weather", "time_now"]
        assert called.finish_reason is Finish.TOOL_CALLS
        results = [tool(call, f"result of {call.name}") for call in called.tool_calls]
        told = await caller.chat(attrs.evolve(request, messages=(*request.messages, called.message, *results)))
        assert isinstance(told, ChatResponse)
        assert "“result of get_weather”" in told.text
        assert "“result of time_now”" in told.text


async def test_reasoning_can_be_sent_back(dialect: Dialect) -> None:
    async with calling(dialect) as caller:
        request = REQUESTS["thinking"]
        thought = await caller.chat(request)
        assert isinstance(thought, ChatResponse)
        assert thought.reasoning
        again = attrs.evolve(request, messages=(*request.messages, thought.message, user("more")))
        assert isinstance(await caller.chat(again), ChatResponse)


FAULTS = {
    "sim-503": "ModelUnavailable",
    "sim-rate-limit-7": "RateLimitExceeded",
    "sim-quota": "QuotaExhausted",
    "sim-auth": "AuthenticationFailed",
    "sim-overflow": "ContextTooLarge",
    "sim-content-filter": "ContentFiltered",
    "sim-not-found": "ModelNotFound",
    "sim-status-400": "InvalidRequest",
}


@pytest.mark.parametrize(("model", "tag"), FAULTS.items())
async def test_errors_are_read_as_what_they_are(dialect: Dialect, model: str, tag: str) -> None:
    async with calling(dialect) as caller:
        error = await caller.chat(ask(model, "x"))
        assert not isinstance(error, ChatResponse)
        # Ollama has neither a filter nor a code for one
        assert error.tag == ("InvalidRequest" if (dialect.name, tag) == ("ollama", "ContentFiltered") else tag)
        if model == "sim-rate-limit-7":
            assert error.retry_after == 7


async def test_a_prompt_beyond_the_window_is_refused_with_numbers(dialect: Dialect) -> None:
    async with calling(dialect) as caller:
        error = await caller.chat(ask("sim", "word " * 110_000))
        assert not isinstance(error, ChatResponse)
        assert error.tag == "ContextTooLarge"


async def test_overflow_has_numbers(dialect: Dialect) -> None:
    async with calling(dialect) as caller:
        error = await caller.chat(ask("sim-overflow-100", "x"))
        if dialect.name != "ollama":
            assert (getattr(error, "token_count", None), getattr(error, "limit", None)) == (101, 100)


@pytest.mark.parametrize("model", ["sim-truncate", "sim-malformed", "sim-stream-error", "sim-html", "sim-empty"])
async def test_streams_that_break_fail(dialect: Dialect, model: str) -> None:
    async with calling(dialect) as caller:
        last = (await caller.stream(ask(model, "x")))[-1]
        assert isinstance(last, Failed)
        wanted = {"sim-stream-error": "ModelUnavailable"}.get(model)
        assert wanted is None or last.error.tag == wanted


async def test_an_error_inside_a_200_is_an_error(dialect: Dialect) -> None:
    async with calling(dialect) as caller:
        error = await caller.chat(ask("sim-stream-error", "x"))
        assert not isinstance(error, ChatResponse)
        assert error.tag == "ModelUnavailable"


async def test_models_vectors_and_counts(dialect: Dialect) -> None:
    async with calling(dialect) as caller:
        target = caller.target("sim-embed")
        if dialect.models is not None:
            reply = await caller.send(dialect.models.write_request(ModelQuery(), target).unwrap())
            ids = [model.id for model in dialect.models.read_response(reply.json(), target).unwrap().models]
            assert {"sim", "sim-embed", "sim-reset"} <= {name.removesuffix(":latest") for name in ids}
        if dialect.embed is not None:
            wire = dialect.embed.write_request(EmbeddingRequest("sim-embed", ("one", "two")), target).unwrap()
            made = dialect.embed.read_response((await caller.send(wire)).json(), target).unwrap()
            assert [len(each.vector) for each in made.embeddings] == [16, 16]
        if dialect.count is not None:
            wire = dialect.count.write_request(ask("sim", "12345678"), target).unwrap()
            assert dialect.count.read_response((await caller.send(wire)).json(), target).unwrap() == 6


def test_all_dialects_are_there() -> None:
    for name in NAMES:
        assert hasattr(import_module(f"pointsman.adapters.dialects.{name}"), name.upper())
