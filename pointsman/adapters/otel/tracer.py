"""Spans in OpenTelemetry, which is imported when this is opened. Knows no call: what is a span is said elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.otel import names
from pointsman.adapters.otel.telemetry import SCOPE, package_is_missing
from pointsman.core.error import ConfigurationError
from pointsman.services.ports.tracer import Activate, Attribute, Span, Tracer

if TYPE_CHECKING:
    from opentelemetry import trace
    from opentelemetry.context import Context


@attrs.frozen
class OtelSpan:
    """A `Span`, of OpenTelemetry's."""

    span: trace.Span

    def set(self, attributes: Mapping[str, Attribute]) -> None:
        """As `Span.set`."""
        self.span.set_attributes(_in_the_words_of_the_conventions(attributes))

    def fail(self, tag: str) -> None:
        """As `Span.fail`."""
        from opentelemetry.trace import Status, StatusCode

        self.span.set_attribute(names.ERROR_TYPE, tag)
        self.span.set_status(Status(StatusCode.ERROR))

    def activate(self) -> AbstractContextManager[None]:
        """As `Span.activate`."""
        from opentelemetry.trace import set_span_in_context

        return _context_of(set_span_in_context(self.span))

    def end(self) -> None:
        """As `Span.end`."""
        self.span.end()


@attrs.frozen
class OtelTracer:
    """A `Tracer`, of OpenTelemetry's."""

    tracer: trace.Tracer
    content: bool = False

    def start(self, name: str, attributes: Mapping[str, Attribute]) -> Span:
        """As `Tracer.start`."""
        return OtelSpan(self.tracer.start_span(name, attributes=_in_the_words_of_the_conventions(attributes)))

    def here(self) -> Activate:
        """As `Tracer.here`."""
        from opentelemetry.context import get_current

        context = get_current()
        return lambda: _context_of(context)


@contextmanager
def _context_of(context: Context) -> Iterator[None]:
    """What is raised in it is not recorded, as `use_span` would: exceptions may hold what was said."""
    from opentelemetry.context import attach, detach

    token = attach(context)
    try:
        yield
    finally:
        detach(token)


def _in_the_words_of_the_conventions(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    return {names.OF_SPANS.get(name, f"pointsman.{name}"): value for name, value in attributes.items()}


def open_tracer(
    *, content: bool = False, tracer_provider: trace.TracerProvider | None = None
) -> Result[Tracer, ConfigurationError]:
    """The tracer, of the given OpenTelemetry provider or the process's own."""
    try:
        from opentelemetry.trace import get_tracer
    except ImportError:
        return Failure(package_is_missing())
    return Success(OtelTracer(get_tracer(SCOPE, tracer_provider=tracer_provider, schema_url=names.SCHEMA_URL), content))
