"""What the command line says of a call (routing, cache, recording), as its options; and what would have no effect."""

from __future__ import annotations

import attrs

from pointsman.adapters.cli.options import Options
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.request import ChatRequest
from pointsman.core.records.values import near
from pointsman.core.routing.policy import TASKS
from pointsman.core.settings import Settings
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


def problem_of(options: Options, settings: Settings) -> str | None:
    """Why the line cannot mean what it says; None where it can."""
    task = (options.task or "").partition(":")[0]
    known = {*TASKS, *settings.routing.tasks}
    if task and task not in known:
        return f"there is no task {task!r}{near(task, known)}; there are {', '.join(sorted(known))}"
    if any(not model.strip() for model in options.order):
        return "--order names no model; write --order provider/model"
    if options.order and getattr(options, "model", None):
        return "-m and --order both say who is asked; leave one of them out"
    if getattr(options, "set", None) and options.template is None:
        return "--set is for --template; name one, or leave it out"
    return None
