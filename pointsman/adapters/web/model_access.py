"""Whether a caller's key opens a model. It is looked at what is asked in the end, not at how the caller wrote it."""

from __future__ import annotations

from pointsman.adapters.web.caller import Caller
from pointsman.core.error import AuthenticationFailed, LLMError
from pointsman.core.model import ModelRef, parse_model_ref
from pointsman.core.routing import AUTO
from pointsman.services.app import App


def model_refusal(caller: Caller, app: App, model: str, *, chat: bool = True) -> LLMError | None:
    """Why the caller's key may not ask `model`; None where it may. `chat` is False for what is never routed."""
    key = caller.key
    if key is None or any(key.allows_model(name) for name in _names(app, model, chat)):
        return None
    detail = f"the key {key.name!r} may not ask the model {model[:200]!r}"
    return AuthenticationFailed(detail=detail, status=403, local=True)


def _names(app: App, model: str, chat: bool) -> tuple[str, ...]:
    """What the model goes by: `auto`, or `provider/model`, of the default provider `model` alone as well."""
    routes = app.manager.planner.routes
    if chat and (model == AUTO or (not model and routes.always)):
        return (AUTO,)
    ref = _chat_ref(app, model) if chat else _plain_ref(app, model)
    if ref is None:
        return (model,)  # nobody is asked: the caller is told that there is no such provider
    full = f"{ref.provider}/{ref.model}"
    return (full, ref.model) if ref.provider == routes.default else (full,)


def _chat_ref(app: App, model: str) -> ModelRef | None:
    planner = app.manager.planner
    found = planner.resolve(model or f"{planner.routes.default}/")
    return found if isinstance(found, ModelRef) else None


def _plain_ref(app: App, model: str) -> ModelRef:
    """As `ByReference` reads it. Which model answers where none is named is the provider's own affair."""
    routes = app.manager.planner.routes
    named = "" if model == AUTO else model
    ref = parse_model_ref(named, routes.known | routes.default_models.keys())
    return ModelRef(ref.provider or routes.default, ref.model)
