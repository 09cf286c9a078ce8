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

_Item = TypeVar("_Item")
_Value = TypeVar("_Value")
_Error = TypeVar("_Error")


def _itself(item: object) -> Hashable:
    return item


def cached(
    step: Callable[[_Item], FutureResult[_Value, _Error]],
    *,
    env: Timed,
    ttl: float = float("inf"),
    most: int = 1000,
    key: Callable[[_Item], Hashable] = _itself,
) -> Callable[[_Item], FutureResult[_Value, _Error]]:
    """Keep successes for `ttl` seconds, the `most` that were used last; failures are not kept.

    Items with equal keys that are asked for at the same time are asked for once, and share the outcome. Where the one
    who asks is cancelled, the next who waits asks in its place. An item is its own `key` and must then be hashable; a
    `ChatRequest` is not. Whole chats are better kept by the cache of the settings, which knows what makes them equal.
    """
    memo: _Memo[_Item, _Value, _Error] = _Memo(step, env, ttl, max(1, most), key)
    return effect(memo.get)


@attrs.define(eq=False)
class _Pending(Generic[_Value, _Error]):
    """A call under way; no result at its end means that it was cancelled, or raised."""

    ended: anyio.Event = attrs.field(factory=anyio.Event)
    result: Result[_Value, _Error] | None = None


@attrs.define(eq=False)
class _Memo(Generic[_Item, _Value, _Error]):
    step: Callable[[_Item], FutureResult[_Value, _Error]]
    env: Timed
    ttl: float
    most: int
    key: Callable[[_Item], Hashable]
    _values: OrderedDict[Hashable, tuple[float, _Value]] = attrs.field(factory=OrderedDict)
    _calls: dict[Hashable, _Pending[_Value, _Error]] = attrs.field(factory=dict)

    async def get(self, item: _Item) -> Result[_Value, _Error]:
        """The value that is kept, that of the call under way, or that of a new call."""
        key = self.key(item)
        while True:
            kept = self._values.get(key)
            if kept is not None and self.env.clock.monotonic() < kept[0]:
                self._values.move_to_end(key)
                return Success(kept[1])
            call = self._calls.get(key)
            if call is None:
                return await self._call(key, item)
            await call.ended.wait()
            if call.result is not None:
                return call.result

    async def _call(self, key: Hashable, item: _Item) -> Result[_Value, _Error]:
        call: _Pending[_Value, _Error] = _Pending()
        self._calls[key] = call
        try:
            result = call.result = await settle(self.step(item))
        finally:
            del self._calls[key]
            call.ended.set()
        if isinstance(result, Success):
            self._keep(key, result.unwrap())
        return result

    def _keep(self, key: Hashable, value: _Value) -> None:
        self._values[key] = (self.env.clock.monotonic() + self.ttl, value)
        self._values.move_to_end(key)
        while len(self._values) > self.most:
            self._values.popitem(last=False)
