"""The combinator `cached`: equal questions are asked once. Knows nothing of chats; for those `Cached` is the client."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import anyio
import attrs
from returns.future import FutureResult
from returns.result import Result, Success

from pointsman.core.effect import effect, settle
from pointsman.services.programs.step import Timed

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")
_Error = TypeVar("_Error")


def cached(
    step: Callable[[_Key], FutureResult[_Value, _Error]], *, env: Timed, ttl: float = float("inf"), most: int = 1000
) -> Callable[[_Key], FutureResult[_Value, _Error]]:
    """Keep successes for `ttl` seconds, the `most` that were used last; failures are not kept.

    Equal keys that are asked at the same time are asked once, and share the outcome. Where the one who asks is
    cancelled, the next who waits asks in its place.
    """
    memo: _Memo[_Key, _Value, _Error] = _Memo(step, env, ttl, max(1, most))
    return effect(memo.get)


@attrs.define(eq=False)
class _Pending(Generic[_Value, _Error]):
    """A call under way; no result at its end means that it was cancelled, or raised."""

    ended: anyio.Event = attrs.field(factory=anyio.Event)
    result: Result[_Value, _Error] | None = None


@attrs.define(eq=False)
class _Memo(Generic[_Key, _Value, _Error]):
    step: Callable[[_Key], FutureResult[_Value, _Error]]
    env: Timed
    ttl: float
    most: int
    _values: OrderedDict[_Key, tuple[float, _Value]] = attrs.field(factory=OrderedDict)
    _calls: dict[_Key, _Pending[_Value, _Error]] = attrs.field(factory=dict)

    async def get(self, key: _Key) -> Result[_Value, _Error]:
        """The value that is kept, that of the call under way, or that of a new call."""
        while True:
            kept = self._values.get(key)
            if kept is not None and self.env.clock.monotonic() < kept[0]:
                self._values.move_to_end(key)
                return Success(kept[1])
            call = self._calls.get(key)
            if call is None:
                return await self._call(key)
            await call.ended.wait()
            if call.result is not None:
                return call.result

    async def _call(self, key: _Key) -> Result[_Value, _Error]:
        call: _Pending[_Value, _Error] = _Pending()
        self._calls[key] = call
        try:
            result = call.result = await settle(self.step(key))
        finally:
            del self._calls[key]
            call.ended.set()
        if isinstance(result, Success):
            self._keep(key, result.unwrap())
        return result

    def _keep(self, key: _Key, value: _Value) -> None:
        self._values[key] = (self.env.clock.monotonic() + self.ttl, value)
        self._values.move_to_end(key)
        while len(self._values) > self.most:
            self._values.popitem(last=False)
