"""What the command line says of routing, caching and recording, as options of a call."""

from __future__ import annotations

import argparse

import attrs

from pointsman.core.chat.options import STRATEGIES, CallOptions
from pointsman.core.chat.request import ChatRequest
from pointsman.services.app import App


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Put the options on a command that asks."""
    group = parser.add_argument_group("which way")
    group.add_argument("--task", metavar="NAME", help="what it is for: analysis, ui_generation, general, …")
    group.add_argument("--strategy", choices=STRATEGIES, help="what the models are ranked by")
    group.add_argument("--order", action="append", default=[], metavar="MODEL", help="ask these, in this order")
    group.add_argument("--cache", choices=("use", "refresh", "off"), default="use", help="answers from the cache")
    group.add_argument("--tag", action="append", default=[], metavar="NAME", help="for usage and budgets")
    group.add_argument("--tenant", default="", metavar="NAME", help="for whom, for usage and budgets")


def chosen(request: ChatRequest, options: argparse.Namespace, app: App) -> ChatRequest:
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
