"""Telemetry through the real SDK: what stands in a span, what is counted, and what never is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import anyio
import attrs
import pytest
from opentelemetry.context import Context
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace import Span as RecordedSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Decision, SamplingResult, StaticSampler
from opentelemetry.trace import Link, NoOpTracerProvider, SpanKind, StatusCode, TraceState
from returns.result import Result, Success

from pointsman import CallOptions, ChatRequest, EmbeddingRequest, ModelUnavailable, ask, settle
from pointsman.adapters.otel import names
from pointsman.adapters.otel.telemetry import Traced, open_telemetry
from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.event import TextDelta
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import ChatError
from pointsman.services.interceptors.intercepted import Intercepted
from pointsman.services.interceptors.interceptor import After, AnyRequest, Call, Kind
from pointsman.testing import Reply, ScriptedClient, VirtualClock
from tests.managed import answer, chat, continued, stream

SECRET = "my password is hunter2"


async def end(begun: Result[After | None, ChatError], call: Call) -> None:
    """Tell the interceptor that let `call` through that it has ended."""
    after = begun.unwrap()
    assert after is not None
    telling = after(call)
    assert telling is not None
    await telling


@attrs.define
class Bench:
    """An SDK in memory, and a client with telemetry around a script."""

    spans: InMemorySpanExporter
    reader: InMemoryMetricReader
    tracers: TracerProvider
    meters: MeterProvider

    def guard(self, *, content: bool = False) -> Traced:
        return open_telemetry(
            {"fake": "gcp.gemini", "azure": "azure.ai.openai"},
            content=content,
            tracer_provider=self.tracers,
            meter_provider=self.meters,
        ).unwrap()

    def client(self, script: list[Reply], *, content: bool = False) -> Intercepted:
        return Intercepted(ScriptedClient(script), (self.guard(content=content),), VirtualClock(), "fake")

    async def told(self, call: Call, *, content: bool = False) -> dict[str, Any]:
        """The attributes of the span of a call that went as `call` says."""
        await end(await self.guard(content=content).before(call), call)
        return dict(self.span.attributes or {})

    @property
    def span(self) -> ReadableSpan:
        (span,) = self.spans.get_finished_spans()
        return span

    @property
    def points(self) -> dict[str, list[tuple[dict[str, Any], int]]]:
        """Of each metric the attributes and counts."""
        data = self.reader.get_metrics_data()
        found: dict[str, list[tuple[dict[str, Any], int]]] = {}
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    points: Any = metric.data.data_points
                    found[metric.name] = [(dict(point.attributes), point.sum) for point in points]
        return found


@pytest.fixture
def bench() -> Iterator[Bench]:
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracers, meters = TracerProvider(), MeterProvider([reader])
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    yield Bench(spans, reader, tracers, meters)
    tracers.shutdown()
    meters.shutdown()


def asked() -> ChatRequest:
    request = ask("m", SECRET, CallOptions(conversation="c7"))
    return attrs.evolve(request, temperature=0.5, max_tokens=9, stop=("x",))


COMMON = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "gcp.gemini",
    "gen_ai.request.model": "m",
}


async def test_a_chat_is_one_client_span(bench: Bench) -> None:
    await chat(bench.client([answer("the answer")]), asked())
    assert (bench.span.name, bench.span.kind, bench.span.status.status_code) == (
        "chat m",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert dict(bench.span.attributes or {}) == {
        **COMMON,
        "gen_ai.conversation.id": "c7",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 9,
        "gen_ai.request.stop_sequences": ("x",),
        "gen_ai.response.id": "1",
        "gen_ai.response.model": "m",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 100,
        "gen_ai.usage.cache_read.input_tokens": 0,
        "gen_ai.usage.cache_creation.input_tokens": 0,
        "gen_ai.usage.reasoning.output_tokens": 0,
    }
    tokens = bench.points["gen_ai.client.token.usage"]
    assert sorted((point[0]["gen_ai.token.type"], point[1]) for point in tokens) == [("input", 100), ("output", 100)]
    assert [point[0] for point in bench.points["gen_ai.client.operation.duration"]] == [COMMON]
    assert "gen_ai.client.operation.time_to_first_chunk" not in bench.points


async def test_a_stream_tells_its_first_chunk(bench: Bench) -> None:
    await stream(bench.client([answer("the answer")]), asked())
    attributes = dict(bench.span.attributes or {})
    assert attributes["gen_ai.request.stream"] is True
    assert "gen_ai.response.time_to_first_chunk" in attributes
    assert len(bench.points["gen_ai.client.operation.time_to_first_chunk"]) == 1


async def test_an_error_is_on_the_span_with_its_tag_and_sentence(bench: Bench) -> None:
    await chat(bench.client([ModelUnavailable(detail="overloaded")]), asked())
    assert bench.span.status.status_code == StatusCode.ERROR
    assert bench.span.status.description == "fake/m: overloaded"
    assert (bench.span.attributes or {})["error.type"] == "ModelUnavailable"
    (point,) = bench.points["gen_ai.client.operation.duration"]
    assert point[0] == {**COMMON, "error.type": "ModelUnavailable"}
    assert "gen_ai.client.token.usage" not in bench.points


async def test_leaving_a_stream_ends_its_span(bench: Bench) -> None:
    async with bench.client([answer("a long text " * 20)]).stream(asked()) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    assert (bench.span.attributes or {})["error.type"] == "Cancelled"


async def test_unknown_usage_is_left_out(bench: Bench) -> None:
    await chat(bench.client([attrs.evolve(answer(), usage=UNKNOWN)]), asked())
    assert not [name for name in bench.span.attributes or {} if "usage" in name]
    assert "gen_ai.client.token.usage" not in bench.points


async def test_embeddings_are_an_operation_of_their_own(bench: Bench) -> None:
    assert isinstance(await settle(bench.client([]).embed(EmbeddingRequest("e", ("text",)))), Success)
    assert bench.span.name == "embeddings e"


async def test_what_is_said_is_left_out_unless_asked_for(bench: Bench) -> None:
    await chat(bench.client([answer("the answer")]), asked())
    assert SECRET not in bench.span.to_json()
    assert "the answer" not in bench.span.to_json()
    bench.spans.clear()
    await chat(bench.client([answer("the answer")], content=True), asked())
    attributes = dict(bench.span.attributes or {})
    assert attributes["gen_ai.input.messages"] == (
        '[{"role":"user","parts":[{"type":"text","content":"my password is hunter2"}]}]'
    )
    assert attributes["gen_ai.output.messages"] == (
        '[{"role":"assistant","parts":[{"type":"text","content":"the answer"}],"finish_reason":"stop"}]'
    )


def test_importing_it_does_not_import_opentelemetry() -> None:
    program = "import sys, pointsman.adapters.otel.telemetry; print('opentelemetry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    assert "pointsman[otel]" in str(open_telemetry({}).failure())


def went(kind: Kind = "chat", provider: str = "fake", **how: Any) -> Call:
    """A call that began at 10 s and took 4 s."""
    request: AnyRequest = how.pop("request", asked())
    return Call("1", kind, provider, request, 10.0, ended=14.0, **how)


async def test_times_are_seconds_since_the_call_was_let_through(bench: Bench) -> None:
    attributes = await bench.told(went("stream", first=10.5, response=answer(), waited=3.0))
    assert attributes["gen_ai.response.time_to_first_chunk"] == 0.5
    assert bench.points["gen_ai.client.operation.time_to_first_chunk"] == [(COMMON, 0.5)]
    assert bench.points["gen_ai.client.operation.duration"] == [(COMMON, 4.0)]


async def test_a_cancelled_call_ends_its_span(bench: Bench) -> None:
    attributes = await bench.told(went())
    assert attributes["error.type"] == "Cancelled"
    assert SECRET not in bench.span.to_json()
    assert bench.points["gen_ai.client.operation.duration"] == [({**COMMON, "error.type": "Cancelled"}, 4.0)]


async def test_a_task_that_is_cancelled_leaves_no_span_open(bench: Bench) -> None:
    guard = bench.guard()

    async def call() -> None:
        begun, under_way = await guard.before(went()), went()
        try:
            await anyio.sleep_forever()
        finally:
            await end(begun, under_way)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await anyio.wait_all_tasks_blocked()
        assert bench.spans.get_finished_spans() == ()
        tasks.cancel_scope.cancel()
    assert (bench.span.attributes or {})["error.type"] == "Cancelled"


async def test_a_span_that_takes_no_attributes_is_ended_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await bench.guard().before(went())

    def refuse(*_: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(RecordedSpan, "set_attributes", refuse)
    with pytest.raises(ValueError, match="no"):
        await end(begun, went(response=answer()))
    assert bench.span.end_time is not None


async def test_the_usage_of_a_broken_stream_is_counted_where_it_is_known(bench: Bench) -> None:
    partial = ChatResponse(usage=Usage(input=3))
    attributes = await bench.told(went("stream", error=ModelUnavailable(detail="gone"), partial=partial))
    assert attributes["gen_ai.usage.input_tokens"] == 3
    assert "gen_ai.usage.output_tokens" not in attributes
    ((point, tokens),) = bench.points["gen_ai.client.token.usage"]
    assert (point["gen_ai.token.type"], point["error.type"], tokens) == ("input", "ModelUnavailable", 3)


async def test_a_text_completion_shows_its_prompt_only_when_asked(bench: Bench) -> None:
    how: dict[str, Any] = {
        "request": CompletionRequest("m", SECRET),
        "response": Completion(text="the answer", finish_reason=Finish.STOP),
    }
    await bench.told(went("complete", **how))
    assert bench.span.name == "text_completion m"
    assert SECRET not in bench.span.to_json()
    bench.spans.clear()
    attributes = await bench.told(went("complete", **how), content=True)
    assert SECRET in attributes["gen_ai.input.messages"]
    assert "the answer" in attributes["gen_ai.output.messages"]


async def test_a_streamed_text_completion_is_one_and_tells_when_it_began(bench: Bench) -> None:
    await continued(bench.client([]), CompletionRequest("m", "Once"))
    assert bench.span.name == "text_completion m"
    attributes = bench.span.attributes or {}
    assert attributes["gen_ai.request.stream"] is True
    assert "gen_ai.response.time_to_first_chunk" in attributes
    assert attributes["gen_ai.response.finish_reasons"] == ("stop",)


async def test_texts_of_embeddings_are_never_shown(bench: Bench) -> None:
    await bench.told(went("embed", request=EmbeddingRequest("e", (SECRET,))), content=True)
    assert SECRET not in bench.span.to_json()


@pytest.mark.parametrize(("name", "called"), [("fake", "gcp.gemini"), ("azure", "azure.ai.openai"), ("mine", "mine")])
async def test_a_provider_goes_by_what_the_conventions_call_it(bench: Bench, name: str, called: str) -> None:
    assert (await bench.told(went(provider=name)))["gen_ai.provider.name"] == called


async def test_a_client_without_a_name_has_no_provider(bench: Bench) -> None:
    assert "gen_ai.provider.name" not in await bench.told(went(provider=""))


async def test_a_sampler_sees_what_is_asked_of_whom() -> None:
    seen: list[dict[str, Any]] = []

    class Watching(StaticSampler):
        def should_sample(
            self,
            parent_context: Context | None,
            trace_id: int,
            name: str,
            kind: SpanKind | None = None,
            attributes: Mapping[str, Any] | None = None,
            links: Sequence[Link] | None = None,
            trace_state: TraceState | None = None,
        ) -> SamplingResult:
            seen.append(dict(attributes or {}))
            return super().should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    tracers = TracerProvider(sampler=Watching(Decision.DROP))
    guard = open_telemetry({"fake": "gcp.gemini"}, tracer_provider=tracers).unwrap()
    await end(await guard.before(went()), went(response=answer()))
    assert seen == [COMMON]
    tracers.shutdown()


async def test_units_and_boundaries_reach_the_sdk(bench: Bench) -> None:
    await bench.told(went("stream", first=10.5, response=answer()))
    data = bench.reader.get_metrics_data()
    assert data is not None
    found: dict[str, tuple[str, tuple[float, ...]]] = {}
    for metric in data.resource_metrics[0].scope_metrics[0].metrics:
        points: Any = metric.data.data_points
        found[metric.name] = (metric.unit or "", tuple(points[0].explicit_bounds))
    assert found == {
        "gen_ai.client.operation.duration": ("s", names.SECONDS),
        "gen_ai.client.operation.time_to_first_chunk": ("s", names.SECONDS),
        "gen_ai.client.token.usage": ("{token}", names.TOKENS),
    }


async def test_the_parent_is_the_span_of_the_caller(bench: Bench) -> None:
    with bench.tracers.get_tracer("caller").start_as_current_span("outer") as outer:
        await bench.told(went(response=answer()))
    parent = bench.spans.get_finished_spans()[0].parent
    assert parent is not None
    assert parent.span_id == outer.get_span_context().span_id


async def test_without_an_sdk_nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = open_telemetry(
        content=True, tracer_provider=NoOpTracerProvider(), meter_provider=NoOpMeterProvider()
    ).unwrap()
    for name in ("_request_attributes", "_messages", "_response_attributes", "chat_of"):
        monkeypatch.delattr(f"pointsman.adapters.otel.telemetry.{name}")
    call = went(response=answer())
    await end(await guard.before(call), call)
    assert call.response == answer()
