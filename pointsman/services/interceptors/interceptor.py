"""Interceptors: each may refuse a call before it starts, and sees how it ended. `Intercepted` is a client with some
around it.

Rate limits, budgets, circuit breakers, measurements, usage records and traces are interceptors, so that none of them
has to know about streams.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Never, Protocol, TypeAlias

import attrs
from returns.result import Result, Success
from typing_extensions import TypeVar

from pointsman.core.chat.event import Started, StreamEvent
from pointsman.core.chat.metered import AnyRequest as AnyRequest
from pointsman.core.chat.metered import AnyResponse as AnyResponse
from pointsman.core.chat.metered import Kind as Kind
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import ChatError
from pointsman.services.streams.unread_rest import UnreadRest

Added_co = TypeVar("Added_co", bound=ChatError, covariant=True, default=ChatError)


@attrs.define
class Call:
    """A call under way: what was asked, and, as it goes on, how it went. Only `Intercepted` writes it.

    In the end exactly one of `response` and `error` is there, or neither where the call was cancelled.
    """

    id: str
    """Its own."""
    kind: Kind
    """`stream` is a chat that is streamed; one of the kind `complete` may be as well: `streamed` tells."""
    provider: str
    """The client's name, or nothing where the client stands for several."""
    request: AnyRequest
    began: float
    """When all interceptors had let it through, in monotonic seconds."""
    waited: float = 0.0
    """Seconds that it took them."""
    is_let_through: bool = False
    """Whether all interceptors have let it through: before that nobody is asked anything."""
    streamed: bool = False
    started: Started | None = None
    """How a stream began: by whom it is answered."""
    first: float | None = None
    """When the first output of a stream came."""
    ended: float = 0.0
    pieces: int = 0
    """Deltas of a stream."""
    response: AnyResponse | None = None
    """Of a stream it is a `ChatResponse`, whatever was asked."""
    error: ChatError | None = None
    partial: ChatResponse | None = None
    """What a broken stream gave."""
    see: Callable[[StreamEvent], None] | None = None
    """Of an interceptor that must see the events of this stream, but for the last."""
    wants_rest: bool = False
    """Whether an interceptor will read, or close, what is left of this stream if its caller leaves."""
    rest: UnreadRest | None = None
    """That, where an interceptor wants it and there is such a thing."""
    ref: str = attrs.field(
        init=False, default=attrs.Factory(lambda self: f"{self.provider}/{self.request.model}", takes_self=True)
    )
    """`provider/model`: who is asked."""

    @property
    def model(self) -> str:
        """The model that was asked for."""
        return self.request.model

    @property
    def is_cancelled(self) -> bool:
        """Whether the call has ended with neither an answer nor an error."""
        return self.response is None and self.error is None

    @property
    def seconds(self) -> float:
        """How long it took once it had been let through."""
        return self.ended - self.began

    @property
    def milliseconds(self) -> float:
        """How long the whole call took, the waits before it too."""
        return (self.ended - self.began + self.waited) * 1000


After: TypeAlias = Callable[[Call], Awaitable[None] | None]
"""Is told, once, that a call has ended, also when it is cancelled. It may replace `call.response` by one that tells
more. It must not fail; the task may be in the middle of its cancellation, so what must be finished shields itself.
What has nothing to wait for is a plain function."""
LET_THROUGH: Result[After | None, Never] = Success(None)
"""Of an interceptor that is not interested in the end."""


class Interceptor(Protocol[Added_co]):
    """Stands before and after calls. `Added_co` is what it refuses them with; one that only looks adds `Never`."""

    def before(
        self, call: Call
    ) -> Result[After | None, Added_co] | Coroutine[object, object, Result[After | None, Added_co]]:
        """Let the call through, after a wait if need be, and say who is told its end; or refuse it.

        Most write `async def` for it; what never waits is a plain function.
        """
        ...
