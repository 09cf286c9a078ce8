"""Interceptor: a client span and metrics for every upstream call. OpenTelemetry is imported when this is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Never

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.otel import content as texts
from pointsman.adapters.otel import names
from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.message import Message, user
from pointsman.core.chat.metered import chat_of
from pointsman.core.chat.request import ChatRequest
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.services.interceptors.interceptor import After, AnyRequest, AnyResponse, Call

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram, MeterProvider
    from opentelemetry.trace import Span, Tracer, TracerProvider
    from opentelemetry.util.types import AttributeValue

SCOPE = "pointsman"


@attrs.frozen
class Traced:
    """Traces calls by `tracer` and counts them by the instruments. `providers` are what the conventions call them.

    Attributes are made only where a span is recorded: without an SDK that is nowhere. Prompts and answers are put into
    spans only with `content`.
    """

    tracer: Tracer
    duration: Histogram
    first_chunk: Histogram
    tokens: Histogram
    providers: Mapping[str, str]
    content: bool = False

    async def before(self, call: Call) -> Result[After | None, Never]:
        """Begin the span, in the caller's context."""
        from opentelemetry.trace import SpanKind

        operation = names.OPERATIONS[call.kind]
        common: dict[str, AttributeValue] = {names.OPERATION: operation, names.REQUEST_MODEL: call.model}
        if call.provider:
            common[names.PROVIDER] = self.providers.get(call.provider, call.provider)
        span = self.tracer.start_span(f"{operation} {call.model}", kind=SpanKind.CLIENT, attributes=common)
        if span.is_recording():
            span.set_attributes(_request_attributes(call))
            said = _messages(call.request) if self.content else ()
            if said:
                span.set_attribute(names.INPUT_MESSAGES, texts.input_messages(said))
        return Success(_Traced(self, span, common).end)


@attrs.frozen
class _Traced:
    telemetry: Traced
    span: Span
    common: dict[str, AttributeValue]

    async def end(self, call: Call) -> None:
        """The call has ended, and so does its span."""
        failed = "" if call.response is not None else "Cancelled" if call.error is None else call.error.tag
        try:
            if self.span.is_recording():
                self._tell(call, failed)
        finally:
            self.span.end()
        self._measure(call, failed)

    def _tell(self, call: Call, failed: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        if call.first is not None:
            self.span.set_attribute(names.RESPONSE_FIRST_CHUNK, call.first - call.began)
        if failed:
            self.span.set_attribute(names.ERROR_TYPE, failed)
        if call.error is not None:
            self.span.set_status(Status(StatusCode.ERROR, call.error.summary))
        came = call.response or call.partial
        if came is not None:
            self.span.set_attributes(_response_attributes(came))
            answer = chat_of(came) if self.telemetry.content else None
            if answer is not None:
                self.span.set_attribute(names.OUTPUT_MESSAGES, texts.output_messages(answer))

    def _measure(self, call: Call, failed: str) -> None:
        known = {**self.common, names.ERROR_TYPE: failed} if failed else self.common
        self.telemetry.duration.record(call.seconds, known)
        if call.first is not None:
            self.telemetry.first_chunk.record(call.first - call.began, known)
        came = call.response or call.partial
        if came is None:
            return
        for kind, count in (("input", came.usage.input), ("output", came.usage.output)):
            if count is not None:
                self.telemetry.tokens.record(count, {**known, names.TOKEN_TYPE: kind})


def _messages(request: AnyRequest) -> tuple[Message, ...]:
    """What was said to the model; the conventions have no place for the texts of embeddings."""
    if isinstance(request, ChatRequest):
        return request.messages
    return (user(request.prompt),) if isinstance(request, CompletionRequest) else ()


def _request_attributes(call: Call) -> dict[str, AttributeValue]:
    request = call.request
    found: dict[str, AttributeValue | None] = {
        names.CONVERSATION: request.options.conversation or None,
        names.REQUEST_STREAM: True if call.streamed else None,
        **_parameters(request),
    }
    return {name: value for name, value in found.items() if value is not None}


def _parameters(request: AnyRequest) -> dict[str, AttributeValue | None]:
    stop = getattr(request, "stop", ())
    return {
        names.REQUEST_TEMPERATURE: getattr(request, "temperature", None),
        names.REQUEST_TOP_P: getattr(request, "top_p", None),
        names.REQUEST_MAX_TOKENS: getattr(request, "max_tokens", None),
        names.REQUEST_SEED: getattr(request, "seed", None),
        names.REQUEST_STOP: tuple(stop) or None,
    }


def _response_attributes(response: AnyResponse) -> dict[str, AttributeValue]:
    usage = response.usage
    finish = getattr(response, "finish_reason", None)
    found: dict[str, AttributeValue | None] = {
        names.RESPONSE_ID: getattr(response, "id", "") or None,
        names.RESPONSE_MODEL: response.model or None,
        names.RESPONSE_FINISH: None if finish is None else (str(finish),),
        names.USAGE_INPUT: usage.input,
        names.USAGE_OUTPUT: usage.output,
        names.USAGE_CACHE_READ: usage.cached_input,
        names.USAGE_CACHE_WRITE: usage.cache_write,
        names.USAGE_REASONING: usage.reasoning,
    }
    return {name: value for name, value in found.items() if value is not None}


def open_telemetry(
    providers: Mapping[str, str] | None = None,
    *,
    content: bool = False,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> Result[Traced, ConfigurationError]:
    """The guard, over the given OpenTelemetry providers or the process's own.

    `providers` is what the conventions call each provider; who is missing goes by the name that the settings give it.
    """
    try:
        from opentelemetry import metrics, trace
    except ImportError:
        return Failure(package_is_missing())
    meter = metrics.get_meter(SCOPE, meter_provider=meter_provider, schema_url=names.SCHEMA_URL)

    def histogram(name: str, buckets: tuple[float, ...]) -> Histogram:
        return meter.create_histogram(name, names.UNITS[name], explicit_bucket_boundaries_advisory=buckets)

    return Success(
        Traced(
            tracer=trace.get_tracer(SCOPE, tracer_provider=tracer_provider, schema_url=names.SCHEMA_URL),
            duration=histogram(names.METRIC_DURATION, names.SECONDS),
            first_chunk=histogram(names.METRIC_FIRST_CHUNK, names.SECONDS),
            tokens=histogram(names.METRIC_TOKENS, tuple(map(float, names.TOKENS))),
            providers=providers or {},
            content=content,
        )
    )


def package_is_missing() -> ConfigurationError:
    """What to install."""
    problem = "telemetry needs the package opentelemetry-api; install pointsman[otel]"
    return configuration_error(problem)
