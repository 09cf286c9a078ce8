"""Any store, but failing: what a program does then can be tried without breaking a disk."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from typing import TypeVar, cast

import attrs
from returns.future import FutureResult

from pointsman.core.error import StorageError

_Store = TypeVar("_Store")
_FULL = StorageError(detail="the store fails, as the test wants it")


def failing(store: _Store, error: StorageError = _FULL, *, methods: Collection[str] = (), after: int = 0) -> _Store:
    """`store`, whose `methods` (default: all that are awaited for a `Result`) fail with `error`.

    The first `after` calls of them still work. What is not awaited works as before: a `Cipher`, a `Scoreboard`.
    """
    return cast("_Store", _FailingStore(store, error, frozenset(methods), after))


@attrs.define
class _FailingStore:
    _store: object
    _error: StorageError
    _methods: frozenset[str]
    _left: int

    def __getattr__(self, name: str) -> object:
        value = getattr(self._store, name)
        if not _is_effect(value) or (self._methods and name not in self._methods):
            return value

        def call(*args: object, **kwargs: object) -> object:
            if self._left > 0:
                self._left -= 1
                return value(*args, **kwargs)
            return FutureResult.from_failure(self._error)

        return call


def _is_effect(value: object) -> bool:
    """Whether it is a function that is awaited for a `Result`: lifted by `effect`, or annotated so."""
    if not callable(value):
        return False
    is_coroutine = inspect.iscoroutinefunction(value)
    lifted = inspect.iscoroutinefunction(inspect.unwrap(value)) and not is_coroutine
    gives = str(getattr(value, "__annotations__", {}).get("return", ""))
    return lifted or gives.startswith(("FutureResult", "Pending")) or (is_coroutine and gives.startswith("Result["))
