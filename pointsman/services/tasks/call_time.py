"""The time that a request gives a whole call, for who asks, or waits, several times to answer once."""

from __future__ import annotations

from typing import TypeVar

import attrs

from pointsman.core.chat.event import Failed
from pointsman.core.chat.metered import AnyRequest
from pointsman.core.error import LLMError, TimeoutError
from pointsman.core.json import float_or_none
from pointsman.services.ports.clock import Clock
from pointsman.services.streams.event_stream import End, EventStream

_Request = TypeVar("_Request", bound=AnyRequest)
_Error = TypeVar("_Error", bound=LLMError)
_BRIEF = 0.001
"""Seconds that are not taken off a call's time, and the least that is left of it."""


def _limit_of(seconds: object) -> float | None:
    """A limit that can be kept; a wrong one is left to those who are asked, and refuse it."""
    number = float_or_none(seconds)
    return number if number is not None and number > 0 else None


@attrs.frozen
class CallTime:
    """`seconds` by `clock`, from now on; None is no limit. Without a clock each who is asked has all of them."""

    seconds: float | None = attrs.field(converter=_limit_of)
    clock: Clock | None
    _began: float = attrs.field(
        init=False, repr=False, default=attrs.Factory(lambda self: self._now(), takes_self=True)
    )

    @property
    def rest(self) -> float | None:
        """Seconds that are left, 0 where the time is up; None where there is no limit."""
        return None if self.seconds is None else max(0.0, self.seconds - (self._now() - self._began))

    @property
    def is_up(self) -> bool:
        """Whether nothing is left."""
        return self.rest == 0.0

    def share(self, request: _Request) -> _Request:
        """`request` with what is left of the time."""
        rest = self.rest
        if rest is None or self.seconds is None or self.seconds - rest < _BRIEF:
            return request
        return attrs.evolve(request, timeout=max(_BRIEF, rest))

    def late(self, model: str) -> TimeoutError:
        """The failure of the call, where its time is up before anybody could be asked once more."""
        return TimeoutError(model=model or None, timeout_ms=(self.seconds or 0.0) * 1000, phase="total", local=True)

    def tell(self, error: _Error) -> _Error:
        """`error`, which tells the limit of the whole call where it tells one, and not what was left of it."""
        return tell_whole_time(error, self.seconds, self._now() - self._began)

    def tell_end(self, stream: EventStream) -> None:
        """As `tell`, of a stream that ends with an error."""

        async def finish(end: End | None) -> End | None:
            return Failed(self.tell(end.error), end.partial) if isinstance(end, Failed) else end

        stream.on_end(finish)

    def _now(self) -> float:
        return 0.0 if self.clock is None else self.clock.monotonic()


def tell_whole_time(error: _Error, seconds: float | None, passed: float) -> _Error:
    """`error`; one that says a call was not over in time, with the `seconds` that the whole of it was given.

    The last try was given what was left of them. Where fewer have `passed`, it kept to another limit, and says which.
    """
    if not isinstance(error, TimeoutError) or error.phase != "total" or seconds is None or passed < seconds - 0.01:
        return error
    return attrs.evolve(error, timeout_ms=max(error.timeout_ms, seconds * 1000))


_NO_LIMIT = CallTime(None, None)


def time_of(request: AnyRequest, clock: Clock | None) -> CallTime:
    """The time that `request` gives the whole call, from now on by `clock`."""
    return _NO_LIMIT if request.timeout is None else CallTime(request.timeout, clock)
