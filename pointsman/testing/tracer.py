"""A tracer that keeps its spans, for tests that look at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

import attrs

from pointsman.services.ports.tracer import Activate, Attribute, Span

_current: ContextVar[RecordedSpan | None] = ContextVar("pointsman_recorded_span", default=None)


@attrs.define(eq=False)
class RecordedSpan:
    """A span, with what it is a part of, and the kind of error that it came to."""

    name: str
    parent: RecordedSpan | None
    attributes: dict[str, Attribute]
    error: str = ""
    is_ended: bool = False

    def set(self, attributes: Mapping[str, Attribute]) -> None:
        """As `Span.set`."""
        self.attributes.update(attributes)

    def fail(self, tag: str) -> None:
        """As `Span.fail`."""
        self.error = tag

    def activate(self) -> AbstractContextManager[None]:
        """As `Span.activate`."""
        return _as_current(self)

    def end(self) -> None:
        """As `Span.end`."""
        self.is_ended = True

    @property
    def path(self) -> str:
        """Its name after those of all that it is a part of: `mine > call chat m > route`."""
        return self.name if self.parent is None else f"{self.parent.path} > {self.name}"


@contextmanager
def _as_current(span: RecordedSpan | None) -> Iterator[None]:
    token = _current.set(span)
    try:
        yield
    finally:
        _current.reset(token)


@attrs.define(eq=False)
class RecordedSpans:
    """A `Tracer`, as in `fake().but(tracer=lambda settings: Success(spans))`; `spans` are in the order they began."""

    content: bool = False
    spans: list[RecordedSpan] = attrs.field(factory=list)

    def start(self, name: str, attributes: Mapping[str, Attribute]) -> Span:
        """As `Tracer.start`."""
        span = RecordedSpan(name, _current.get(), dict(attributes))
        self.spans.append(span)
        return span

    def here(self) -> Activate:
        """As `Tracer.here`."""
        current = _current.get()
        return lambda: _as_current(current)

    @property
    def paths(self) -> list[str]:
        """Of each span the names that lead to it."""
        return [span.path for span in self.spans]
