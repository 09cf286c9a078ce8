"""The exception that every failure of a plain call is. `errors.py` has one for each tag."""

from __future__ import annotations

from typing import Generic, TypeVar

from pointsman.core.error import LLMError

_Error_co = TypeVar("_Error_co", bound=LLMError, covariant=True)


class PointsmanError(Exception):
    """Any failure of a call; `error` is the tagged value and `str()` its sentence."""

    def __init__(self, error: LLMError) -> None:
        super().__init__(error)
        self._error = error

    @property
    def error(self) -> LLMError:
        """The tagged value: what failed where, what to do, whether a retry can help."""
        return self._error


class TaggedError(PointsmanError, Generic[_Error_co]):
    """A failure of one tag. Not `PointsmanError` itself: what an `except` of a generic class catches has no type."""

    def __init__(self, error: _Error_co) -> None:
        super().__init__(error)
        self._tagged = error

    @property
    def error(self) -> _Error_co:
        """As `PointsmanError.error`."""
        return self._tagged
