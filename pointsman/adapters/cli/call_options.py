"""What the command line says of routing, caching and recording, as options of a call."""

from __future__ import annotations

import attrs

from pointsman.adapters.cli.options import Options
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.request import ChatRequest
from pointsman.services.app import App


def choose_options(request: ChatRequest, options: Options, app: App) -> ChatRequest:
    """`request` with what the command line says; a provider or model named there is named in the request too.

    Temperature, length and time are said of the call, whoever answers it: a fallback, too, is asked with them.
    """
    named = any(getattr(options, name, None) for name in ("provider", "model", "base_url"))
    asked = CallOptions(
        task=options.task,
        strategy=options.strategy,
        order=tuple(options.order),
        cache=options.cache,
        tags=tuple(options.tag),
        tenant=options.tenant,
    )
    model = f"{app.settings.default_provider}/" if named else request.model
    limits = {name: getattr(options, name, None) for name in ("temperature", "max_tokens", "timeout")}
    said = {name: value for name, value in limits.items() if value is not None}
    return attrs.evolve(request, model=model, options=asked, **said)
