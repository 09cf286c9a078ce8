"""Which models a key opens. A key speaks of names and of what they stand for; it knows no request and no socket."""

from __future__ import annotations

from pointsman.core.error import AuthenticationFailed, LLMError
from pointsman.core.routing.policy import AUTO
from pointsman.core.security.virtual_key import VirtualKey
from pointsman.services.app import App


async def refuse_model(app: App, key: VirtualKey | None, model: str) -> LLMError | None:
    """Why `key` may not ask for `model`; None where it may.

    It may where its patterns fit what the name stands for, with the default provider where it names none, or the name
    itself, if that is an alias or leads where it says: `openai/gpt-oss-20b` that another provider lists is not opened
    by `openai/*`.
    """
    if key is None or not key.models:
        return None
    names = app.manager.names
    target = await names.resolve(model)
    as_it_says = (model, f"{model.partition('/')[0]}/{model}")
    written = model if target in as_it_says or names.aliases.resolve(model) != model else None
    ref = None if target in ("", AUTO) else names.places.place(target)
    whole = target if ref is None or not ref.model else f"{ref.provider}/{ref.model}"
    if any(key.allows_model(name) for name in (target, whole, written) if name is not None):
        return None
    detail = f"the key {key.name!r} may not ask the model {model[:200]!r}"
    return AuthenticationFailed(detail=detail, status=403, local=True)
