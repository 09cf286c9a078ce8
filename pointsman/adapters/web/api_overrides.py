"""What a user wants otherwise than everybody."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint
from pointsman.core.chat.request_defaults import OVERRIDES
from pointsman.core.effect import settle
from pointsman.core.error import LLMError


@attrs.frozen(kw_only=True)
class Overrides:
    """What a user wants otherwise than everybody; null is as everybody has it."""

    model: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    system: str | None = None


async def overrides(call: AnyCall) -> Result[Overrides, LLMError]:
    """Of `admin`, of a user (`user:` and their id), or of a key (`key:` and its id, or its name)."""
    own = call.site.running.overrides.get(call.path["user"], {})
    return Success(Overrides(**{name: own.get(name) for name in OVERRIDES}))  # type: ignore[arg-type]


async def override(call: ApiCall[Overrides, object]) -> Result[Overrides, LLMError]:
    """Change what is given; null forgets it."""
    for name in sorted(call.given):
        done = await settle(
            call.site.desk.override(call.path["user"], name, getattr(call.body, name), call.caller.name)
        )
        if isinstance(done, Failure):
            return Failure(done.failure())
    reloaded = await call.site.running.reload()
    return Failure(reloaded.failure()) if isinstance(reloaded, Failure) else await overrides(call)


ENDPOINTS = (
    ApiEndpoint(
        method="GET",
        path="/api/v1/users/{user}/overrides",
        summary="What a user wants otherwise than everybody",
        run=overrides,
    ),
    ApiEndpoint(
        method="PATCH",
        path="/api/v1/users/{user}/overrides",
        summary="Change what a user wants otherwise",
        run=override,
    ),
)
