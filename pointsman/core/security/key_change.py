"""What of a virtual key can be changed, and what the trail tells of it. Pure; the secret of a key never changes."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from math import isfinite
from typing import TypeVar

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.money.amount import read_amount
from pointsman.core.money.budget import Period
from pointsman.core.security.audit import FieldChange
from pointsman.core.security.virtual_key import SCOPES, KeyScope, VirtualKey

_Value = TypeVar("_Value")
_MOST_A_MINUTE = 1_000_000_000
_WRONG_RATE = f"requests_per_minute: it is not between 1 and {_MOST_A_MINUTE:,}"
_LONGEST_NAME = 200


@attrs.frozen(kw_only=True)
class KeyChange:
    """What is to be otherwise: of what is absent nothing changes, null takes a limit away.

    `budget` is dollars as text; `models` are patterns such as `openai/*`, none means all; `expires` is in Unix seconds.
    """

    name: str | None = None
    scopes: list[KeyScope] | None = None
    models: list[str] | None = None
    budget: str | None = None
    period: Period | None = None
    requests_per_minute: int | None = None
    expires: float | None = None
    enabled: bool | None = None


def change_key(key: VirtualKey, change: KeyChange, given: Collection[str]) -> Result[VirtualKey, tuple[str, ...]]:
    """`key` with the fields of `change` that are `given`, or all that is wrong with them. What was spent stays."""
    usd = _dollars(change.budget)
    problems = tuple(problem for name, problem in _problems(change, usd) if name in given)
    if problems:
        return Failure(problems)

    def pick(name: str, new: _Value, old: _Value) -> _Value:
        return new if name in given else old

    return Success(
        attrs.evolve(
            key,
            name=pick("name", (change.name or "").strip(), key.name),
            scopes=pick("scopes", tuple(one for one in SCOPES if one in (change.scopes or ())), key.scopes),
            models=pick("models", tuple(change.models or ()), key.models),
            usd=pick("budget", None if isinstance(usd, Failure) else usd.unwrap(), key.usd),
            period=pick("period", change.period or "month", key.period),
            requests_per_minute=pick("requests_per_minute", change.requests_per_minute, key.requests_per_minute),
            expires=pick("expires", change.expires, key.expires),
            enabled=pick("enabled", bool(change.enabled), key.enabled),
        )
    )


def _problems(change: KeyChange, usd: Result[Decimal | None, str]) -> tuple[tuple[str, str], ...]:
    """What would be wrong with each field."""
    name, rate, expires = (change.name or "").strip(), change.requests_per_minute, change.expires
    return (
        *((("name", "name: it is empty"),) if not name else ()),
        *((("name", f"name: it is longer than {_LONGEST_NAME} characters"),) if len(name) > _LONGEST_NAME else ()),
        *((("budget", f"budget: {usd.failure()}"),) if isinstance(usd, Failure) else ()),
        *((("scopes", "scopes: there are none"),) if not change.scopes else ()),
        *((("requests_per_minute", _WRONG_RATE),) if rate is not None and not 1 <= rate <= _MOST_A_MINUTE else ()),
        *((("expires", "expires: it is not a time"),) if expires is not None and not isfinite(expires) else ()),
        *((("enabled", "enabled: it is neither true nor false"),) if change.enabled is None else ()),
    )


def _dollars(text: str | None) -> Result[Decimal | None, str]:
    if text is None or not text.strip():
        return Success(None)
    amount = read_amount(text)
    if amount == Success(Decimal(0)):
        return Failure("it is 0, which allows nothing; leave it out for no limit")
    return amount.map(lambda usd: usd)


_TOLD = ("name", "scopes", "models", "usd", "period", "requests_per_minute", "expires", "enabled")


def key_changes(old: VirtualKey, new: VirtualKey) -> tuple[FieldChange, ...]:
    """What differs between two states of a key."""
    before, after = _texts(old), _texts(new)
    return tuple(FieldChange(name, before[name], after[name]) for name in before if before[name] != after[name])


def _texts(key: VirtualKey) -> dict[str, str | None]:
    values = {"budget" if name == "usd" else name: getattr(key, name) for name in _TOLD}
    return {name: _text_of(value) for name, value in values.items()}


def _text_of(value: object) -> str | None:
    if value is None:
        return None
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
