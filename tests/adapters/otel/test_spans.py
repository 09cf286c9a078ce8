"""Spans around whole calls, routing, tools and memory, through the real SDK; and those of the user's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import attrs
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from returns.result import Failure, Result, Success

from pointsman import App, ChatError, ChatRequest, ModelUnavailable, Program, Settings, ask, effect, open_app, settle
from pointsman.adapters.otel.telemetry import open_telemetry
from pointsman.adapters.otel.tracer import open_tracer
from pointsman.adapters.typed.tool import tool_of
from pointsman.core.chat.event import Failed, Restarted, TextDelta
from pointsman.core.chat.part import Text, ToolCall
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.memory import Memory
from pointsman.core.settings import RoutingSettings
from pointsman.layers.app import Layers
from pointsman.pipelines import pipe, program, with_span, with_span_stream
from pointsman.services.ports.tracer import Tracer
from pointsman.testing import RecordedSpans, ScriptedClient, fake, fake_settings
from pointsman.testing.client import Reply
from pointsman.testing.laws import tracer as laws

SECRET = "my password is hunter2"


@attrs.define
class Bench:
    """An SDK in memory, and apps that trace to it."""

    exporter: InMemorySpanExporter
    tracers: TracerProvider

    def layers(self, script: Sequence[Reply], *, content: bool = False, **more: Sequence[Reply]) -> Layers:
        clients = {name: ScriptedClient(list(replies)) for name, replies in {"fake": script, **more}.items()}
        return fake(clients).but(
            tracer=lambda settings: open_tracer(content=content, tracer_provider=self.tracers),
            telemetry=lambda settings: open_telemetry(content=content, tracer_provider=self.tracers).map(
                lambda one: (one,)
            ),
        )

    @asynccontextmanager
    async def app(
        self,
        script: Sequence[Reply],
        *,
        content: bool = False,
        settings: Settings | None = None,
        **more: Sequence[Reply],
    ) -> AsyncIterator[App]:
        async with open_app(self.layers(script, content=content, **more), settings) as opened:
            yield opened.unwrap()

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    def named(self, name: str) -> ReadableSpan:
        (span,) = (span for span in self.spans if span.name == name)
        return span

    @property
    def paths(self) -> list[str]:
        """Of each span the names that lead to it, sorted."""
        by_id = {span.context.span_id: span for span in self.spans}

        def path(span: ReadableSpan) -> str:
            return span.name if span.parent is None else f"{path(by_id[span.parent.span_id])} > {span.name}"

        return sorted(map(path, self.spans))

    @property
    def text(self) -> str:
        return "\n".join(span.to_json() for span in self.spans)


@pytest.fixture
def bench() -> Iterator[Bench]:
    exporter, tracers = InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    yield Bench(exporter, tracers)
    tracers.shutdown()


async def read(app: App, request: ChatRequest) -> None:
    async with app.client.stream(request) as events:
        async for _ in events:
            pass


async def test_a_call_is_a_span_with_its_route_and_its_tries_in_it(bench: Bench) -> None:
    async with bench.app([ModelUnavailable(detail="overloaded"), "fine"]) as app:
        assert isinstance(await settle(app.client.chat(ask("fake/m", SECRET))), Success)
    call = "call chat fake/m"
    assert bench.paths == sorted([call, f"{call} > route", f"{call} > chat m", f"{call} > chat m"])
    attributes = dict(bench.named(call).attributes or {})
    assert attributes["gen_ai.request.model"] == "fake/m"
    assert attributes["pointsman.answered_by"] == "fake/m"
    assert attributes["pointsman.tries"] == 2
    assert "gen_ai.operation.name" not in attributes  # that, and the usage, is the try's: nobody shall count it twice
    assert dict(bench.named("route").attributes or {})["pointsman.models"] == ("fake/m",)
    assert SECRET not in bench.text


async def test_a_failed_call_tells_the_kind_of_its_error_and_no_more(bench: Bench) -> None:
    async with bench.app([ModelUnavailable(detail=SECRET)] * 5) as app:
        assert isinstance(await settle(app.client.chat(ask("fake/m", "Hello"))), Failure)
    span = bench.named("call chat fake/m")
    assert (span.attributes or {})["error.type"] == "ModelUnavailable"
    assert span.status.status_code is StatusCode.ERROR
    assert SECRET not in span.to_json()


async def test_the_span_of_a_stream_ends_with_it_and_another_model_is_a_part_of_it(bench: Bench) -> None:
    settings = attrs.evolve(
        fake_settings("fake", "other"),
        fallback=("other/n",),
        routing=RoutingSettings(on_partial="restart"),
    )
    broken = (TextDelta("abc", 0), Failed(ModelUnavailable(detail="gone"), ChatResponse(parts=(Text("abc"),))))
    async with (
        bench.app([broken], settings=settings, other=["fine"]) as app,
        app.client.stream(ask("fake/m", "Hello")) as events,
    ):
        with bench.tracers.get_tracer("mine").start_as_current_span("reading"):
            seen = [event async for event in events]
    assert any(isinstance(event, Restarted) for event in seen)
    call = "call chat fake/m"
    assert bench.paths == sorted([call, f"{call} > route", f"{call} > chat m", f"{call} > chat n", "reading"])
    assert (bench.named(call).attributes or {})["gen_ai.request.stream"] is True
    assert (bench.named(call).attributes or {})["pointsman.answered_by"] == "fake/n"  # what the fake says of itself


async def test_leaving_a_stream_ends_its_span(bench: Bench) -> None:
    async with bench.app(["a long text " * 20]) as app, app.client.stream(ask("fake/m", "Hello")) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    assert (bench.named("call chat fake/m").attributes or {})["error.type"] == "Cancelled"


def calling(name: str, arguments: str) -> ChatResponse:
    return ChatResponse(parts=(ToolCall("call_1", name, arguments),), finish_reason=Finish.TOOL_CALLS)


def weather(city: str) -> str:
    """The weather in `city`."""
    if city == "Nowhere":
        raise ValueError(city)
    return f"sunny in {city}"


@pytest.mark.parametrize("streamed", [False, True])
async def test_tools_are_spans_beside_the_rounds(bench: Bench, streamed: bool) -> None:
    async with bench.app([calling("weather", '{"city":"Rome"}'), "It is sunny."]) as app:
        tooled = app.manager.tooled(tool_of(weather).unwrap())
        if streamed:
            async with tooled.stream(ask("fake/m", "How is it?")) as events:
                async for _ in events:
                    pass
        else:
            assert isinstance(await settle(tooled.chat(ask("fake/m", "How is it?"))), Success)
    call = "invoke_agent > call chat fake/m"
    assert bench.paths == sorted(
        ["invoke_agent", "invoke_agent > execute_tool weather"] + [call, f"{call} > route", f"{call} > chat m"] * 2
    )
    attributes = dict(bench.named("execute_tool weather").attributes or {})
    assert attributes == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "weather",
        "gen_ai.tool.call.id": "call_1",
    }
    assert "Rome" not in bench.text


async def test_what_tools_were_given_and_gave_stands_there_when_asked_for(bench: Bench) -> None:
    async with bench.app([calling("weather", '{"city":"Rome"}'), "It is sunny."], content=True) as app:
        tooled = app.manager.tooled(tool_of(weather).unwrap())
        assert isinstance(await settle(tooled.chat(ask("fake/m", "How is it?"))), Success)
    attributes = dict(bench.named("execute_tool weather").attributes or {})
    assert attributes["gen_ai.tool.call.arguments"] == '{"city":"Rome"}'
    assert attributes["gen_ai.tool.call.result"] == "sunny in Rome"


async def test_a_tool_that_fails_is_a_failed_span(bench: Bench) -> None:
    async with bench.app([calling("weather", '{"city":"Nowhere"}'), "No idea."]) as app:
        tooled = app.manager.tooled(tool_of(weather).unwrap())
        assert isinstance(await settle(tooled.chat(ask("fake/m", "How is it?"))), Success)
    assert (bench.named("execute_tool weather").attributes or {})["error.type"] == "ToolFailed"


async def test_memory_is_a_span_without_what_is_remembered(bench: Bench) -> None:
    async with bench.app(["Hello"]) as app:
        memories = app.manager.memories
        assert isinstance(await settle(memories.remember(Memory(id="1", text=SECRET, created=0.0))), Success)
        enhanced = app.manager.enhanced(memories=3)
        assert isinstance(await settle(enhanced.chat(ask("fake/m", "What is my password?"))), Success)
    assert (bench.named("memory recall").attributes or {})["pointsman.memories"] == 1
    assert bench.named("memory remember").end_time is not None
    assert SECRET not in bench.text


async def test_what_is_looked_up_and_the_call_that_it_is_for_are_one_span(bench: Bench) -> None:
    async with bench.app(["Hello", "Hello"]) as app:
        enhanced = app.manager.enhanced(memories=3)
        assert isinstance(await settle(enhanced.chat(ask("fake/m", "Hello"))), Success)
        async with enhanced.stream(ask("fake/m", "Hello")) as events:
            assert [event async for event in events]
    for inside in ("memory recall", "call chat fake/m"):
        assert bench.paths.count(f"enhanced chat fake/m > {inside}") == 2


async def test_a_span_of_ones_own_holds_the_calls_of_a_step(bench: Bench) -> None:
    async with bench.app(["Hello"]) as app:
        greet = pipe(app.client.chat, with_span("greet", app))
        assert isinstance(await settle(greet(ask("fake/m", "Hello"))), Success)
    assert "greet > call chat fake/m > chat m" in bench.paths


@attrs.frozen
class NotPolite:
    """A user's own error."""

    text: str


async def test_a_span_of_ones_own_around_a_program_tells_the_class_of_an_error(bench: Bench) -> None:
    @program
    async def scold(app: App, text: str) -> Result[str, NotPolite]:
        await settle(app.client.chat(ask("fake/m", text)))
        return Failure(NotPolite(text))

    scolding: Program[str, NotPolite] = pipe(scold(SECRET), with_span("scold"))
    async with bench.app(["Hello"]) as app:
        assert await settle(scolding(app)) == Failure(NotPolite(SECRET))
    assert "scold > call chat fake/m > chat m" in bench.paths
    assert (bench.named("scold").attributes or {})["error.type"] == "NotPolite"
    assert SECRET not in bench.text


async def test_a_span_of_ones_own_around_a_stream(bench: Bench) -> None:
    async with bench.app(["Hello", ModelUnavailable(detail="gone")]) as app:
        talk = pipe(app.client.stream, with_span_stream("talk", app))
        async with talk(ask("fake/m", "Hello")) as events:
            assert [event async for event in events]
        assert "talk > call chat fake/m > chat m" in bench.paths
        assert "error.type" not in (bench.named("talk").attributes or {})


async def test_a_span_of_ones_own_belongs_to_the_span_that_is_current_in_opentelemetry(bench: Bench) -> None:
    async with bench.app(["Hello"]) as app:
        with bench.tracers.get_tracer("mine").start_as_current_span("request"):
            await settle(app.client.chat(ask("fake/m", "Hello")))
            assert trace.get_current_span().get_span_context().is_valid
    assert "request > call chat fake/m > chat m" in bench.paths


async def test_a_cancelled_step_ends_its_span(bench: Bench) -> None:
    async with bench.app([]) as app:

        @effect
        async def wait() -> Result[None, ChatError]:
            await anyio.sleep_forever()
            return Success(None)

        waiting = with_span("wait", app)(wait)
        async with anyio.create_task_group() as group:
            group.start_soon(settle, waiting())
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
    assert (bench.named("wait").attributes or {})["error.type"] == "Cancelled"


def recorded() -> tuple[Tracer, laws.Read]:
    spans = RecordedSpans()

    def ended() -> list[laws.Ended]:
        return [
            (one.name, one.parent.name if one.parent else None, one.error, one.attributes)
            for one in spans.spans
            if one.is_ended
        ]

    return spans, ended


def exported() -> tuple[Tracer, laws.Read]:
    exporter, tracers = InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))

    def ended() -> list[laws.Ended]:
        spans: list[Any] = list(exporter.get_finished_spans())
        names = {span.context.span_id: span.name for span in spans}
        return [
            (
                span.name,
                names[span.parent.span_id] if span.parent else None,
                span.attributes.get("error.type", ""),
                {name: value for name, value in span.attributes.items() if name != "error.type"},
            )
            for span in spans
        ]

    return open_tracer(tracer_provider=tracers).unwrap(), ended


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("opening", [recorded, exported])
async def test_laws(law: laws.Law, opening: Any) -> None:
    await law(*opening())
