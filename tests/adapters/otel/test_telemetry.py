"""Telemetry through the real SDK: what stands in a span, what is counted, and what never is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import error_attributes, gen_ai_attributes
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics
from opentelemetry.semconv.schemas import Schemas
from opentelemetry.trace import SpanKind, StatusCode
from returns.result import Success

from pointsman import CallOptions, ChatRequest, EmbeddingRequest, ModelUnavailable, ask, settle
from pointsman.adapters.fakes.client import Reply, ScriptedClient
from pointsman.adapters.fakes.clock import VirtualClock
from pointsman.adapters.otel import names
from pointsman.adapters.otel.telemetry import open_telemetry
from pointsman.core.event import TextDelta
from pointsman.core.usage import UNKNOWN
from pointsman.services.guarded import Guarded
from tests.managed import answer, chat, stream

SECRET = "my password is hunter2"


@attrs.define
class Bench:
    """An SDK in memory, and a client with telemetry around a script."""

    spans: InMemorySpanExporter
    reader: InMemoryMetricReader
    tracers: TracerProvider
    meters: MeterProvider

    def client(self, script: list[Reply], *, content: bool = False) -> Guarded:
        guard = open_telemetry(
            {"fake": "gemini"}, content=content, tracer_provider=self.tracers, meter_provider=self.meters
        )
        return Guarded(ScriptedClient(script), (guard.unwrap(),), VirtualClock(), "fake")

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


def test_the_names_are_those_of_the_conventions() -> None:
    modules = (gen_ai_attributes, error_attributes, gen_ai_metrics)
    known = {value for module in modules for value in vars(module).values() if isinstance(value, str)}
    used = {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)}
    assert used - known == {names.VERSION, names.SCHEMA_URL}
    assert set(names.PROVIDERS.values()) <= {member.value for member in gen_ai_attributes.GenAiProviderNameValues}
    assert set(names.OPERATIONS.values()) <= {member.value for member in gen_ai_attributes.GenAiOperationNameValues}


def test_the_version_of_the_names_is_the_installed_one() -> None:
    from importlib.metadata import version

    assert version("opentelemetry-semantic-conventions") == names.VERSION
    assert list(Schemas)[-1].value == names.SCHEMA_URL


def test_importing_it_does_not_import_opentelemetry() -> None:
    program = "import sys, pointsman.adapters.otel.telemetry; print('opentelemetry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    assert "pointsman[otel]" in str(open_telemetry({}).failure())
