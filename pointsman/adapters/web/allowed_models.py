"""Which models a key opens. A key speaks of names and of what they stand for; it knows no request and no socket."""

from __future__ import annotations

from pointsman.core.error import AuthenticationFailed, LLMError
from pointsman.core.model import Places
from pointsman.core.routing import AUTO
from pointsman.core.virtual_key import VirtualKey
from pointsman.services.app import App


async def refuse_model(app: App, key: VirtualKey | None, model: str) -> LLMError | None:
    """Why `key` may not ask for `model`; None where it may.

    It may where its patterns fit what the name stands for, or the name itself, if that is an alias or leads where it
    says: `openai/gpt-oss-20b` that another provider lists is not opened by `openai/*`.
    """
    if key is None or not key.models:
        return None
    names = app.manager.names
    target = await names.resolve(model)
    written = model if target == model or names.aliases.resolve(model) != model else None
    if any(map(key.allows_model, filter(None, (target, _whole_reference(names.places, target), written)))):
        return None
    detail = f"the key {key.name!r} may not ask the model {model!r}"
    return AuthenticationFailed(detail=detail, status=403, local=True)


def _whole_reference(places: Places, target: str) -> str | None:
    """`provider/model`, also where the provider is the default one and goes without saying; None where a router chooses."""
    ref = places.place(target) if target not in ("", AUTO) else None
    return None if ref is None or ref.provider is None else f"{ref.provider}/{ref.model}"
