"""Port: spans, the stretches of work that a trace is made of. Knows no OpenTelemetry, and no call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeAlias

import attrs

Attribute: TypeAlias = str | bool | int | float | tuple[str, ...]
Activate: TypeAlias = Callable[[], AbstractContextManager[None]]
"""A scope: spans that are started in it are parts of the span that it stands for."""


class Span(Protocol):
    """Work under way. It is ended once, by whoever started it."""

    def set(self, attributes: Mapping[str, Attribute]) -> None:
        """Say more of it."""
        ...

    def fail(self, tag: str) -> None:
        """Say that it came to nothing, and by which kind of error. Never what the error says: that may be content."""
        ...

    def activate(self) -> AbstractContextManager[None]:
        """A scope whose spans are parts of this one. It is left in the task that entered it."""
        ...

    def end(self) -> None:
        """It is over."""
        ...


class Tracer(Protocol):
    """Starts spans."""

    @property
    def content(self) -> bool:
        """Whether spans may hold what is said: texts, arguments of tools and what they gave."""
        ...

    def start(self, name: str, attributes: Mapping[str, Attribute]) -> Span:
        """Begin a span, as a part of the one that is current."""
        ...

    def here(self) -> Activate:
        """The span that is current now, for work that goes on later, where another one may be."""
        ...


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@attrs.frozen
class _NoSpan:
    def set(self, attributes: Mapping[str, Attribute]) -> None:
        """Forget it."""

    def fail(self, tag: str) -> None:
        """Forget it."""

    def activate(self) -> AbstractContextManager[None]:
        return _nothing()

    def end(self) -> None:
        """Nothing ends."""


@attrs.frozen
class _NoTracer:
    content: bool = False

    def start(self, name: str, attributes: Mapping[str, Attribute]) -> Span:
        return _NO_SPAN

    def here(self) -> Activate:
        return _nothing


_NO_SPAN = _NoSpan()
NO_TRACER: Tracer = _NoTracer()
"""Where nobody wants to know."""
