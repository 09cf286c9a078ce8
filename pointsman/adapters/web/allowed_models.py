"""Which models a key opens. A key speaks of names and of what they stand for; it knows no request and no socket."""

from __future__ import annotations

from collections.abc import Iterable

from returns.result import Failure, Result, Success

from pointsman.core.error import AuthenticationFailed
from pointsman.core.models.model import ModelInfo, ModelRef, exactly
from pointsman.core.routing.policy import AUTO
from pointsman.core.security.virtual_key import VirtualKey
from pointsman.services.app import App

_AS_PLANNED: Result[tuple[str, ...], AuthenticationFailed] = Success(())
"""Who asks without a key, or by one that opens all: whatever the planner chooses may answer."""


async def find_allowed_models(
    app: App, key: VirtualKey | None, model: str
) -> Result[tuple[str, ...], AuthenticationFailed]:
    """The patterns of the models that may answer who asks for `model` by `key`; or why `key` may not ask for it.

    It may where its patterns fit what the name stands for, with the default provider where it names none, or the name
    itself, if that is an alias or leads where it says: `openai/gpt-oss-20b` that another provider lists is not opened
    by `openai/*`. What a name stands for is open with it; what else is tried must fit a pattern. By `auto` the router
    chooses among what the other patterns open, or among all where there is no other.
    """
    if key is None or not key.models:
        return _AS_PLANNED
    names = app.manager.names
    target = await names.resolve(model)
    as_it_says = (model, f"{model.partition('/')[0]}/{model}")
    written = model if target in as_it_says or names.aliases.resolve(model) != model else None
    ref = None if target in ("", AUTO) else app.manager.planner.resolve(target)
    whole = str(ref) if isinstance(ref, ModelRef) else target
    if not any(key.allows_model(name) for name in (target, whole, written) if name is not None):
        detail = f"the key {key.name!r} may not ask the model {model[:200]!r}"
        return Failure(AuthenticationFailed(detail=detail, status=403, local=True))
    if target in ("", AUTO):
        return Success(tuple(pattern for pattern in key.models if pattern not in (AUTO, model)))
    return Success((*key.models, exactly(whole)))


def open_models(app: App, key: VirtualKey | None, listed: Iterable[ModelInfo]) -> tuple[ModelInfo, ...]:
    """Those of `listed` that `key` opens: by their id, or, of an alias, by what it stands for."""
    if key is None or not key.models:
        return tuple(listed)
    return tuple(model for model in listed if any(map(key.allows_model, _names_of(app, model.id))))


def _names_of(app: App, id: str) -> tuple[str, ...]:
    if id == AUTO:
        return (id,)
    target = app.manager.names.aliases.resolve(id)
    ref = app.manager.planner.resolve(target)
    return (id, str(ref)) if isinstance(ref, ModelRef) else (id,)
