"""The sections of a settings file that are about the manager: routing, cache, limits, budgets, prices, experiments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pointsman.core.mcp_server import McpServer, mcp_problems
from pointsman.core.models.aliases import Aliases
from pointsman.core.money.budget import Budget
from pointsman.core.notice import EVENT_NAMES
from pointsman.core.prompts.personality import Personality
from pointsman.core.routing.breaker import BreakerPolicy
from pointsman.core.routing.experiment import Experiment
from pointsman.core.routing.rate import Limit
from pointsman.core.settings import (
    CacheSettings,
    MemorySettings,
    ModelSettings,
    RoutingSettings,
    TelemetrySettings,
    ToolSettings,
    UsageSettings,
    WindowSettings,
)
from pointsman.core.webhook import Webhook, webhook_problems
from pointsman.layers.settings_record import read_record
from pointsman.layers.settings_values import Problems, Raw, read_value

_ONE: dict[str, type[Any]] = {
    "routing": RoutingSettings,
    "cache": CacheSettings,
    "breaker": BreakerPolicy,
    "usage": UsageSettings,
    "telemetry": TelemetrySettings,
    "window": WindowSettings,
    "memory": MemorySettings,
    "tools": ToolSettings,
    "personality": Personality,
}
_MANY: dict[str, type[Any]] = {"limits": Limit, "models": ModelSettings}
_NAMED: dict[str, type[Any]] = {"budgets": Budget, "experiments": Experiment, "mcp": McpServer, "webhooks": Webhook}
_TEXTS = ("aliases",)
SECTIONS = {*_ONE, *_MANY, *_NAMED, *_TEXTS}


def read_sections(whole: Mapping[str, Raw], problems: Problems) -> dict[str, Any]:
    """The fields of `Settings` that these sections say something of."""
    found: dict[str, Any] = {}
    for name in SECTIONS & whole.keys():
        raw = whole[name]
        table = raw.value if isinstance(raw.value, dict) else {}
        if name in _ONE:
            # who says how to choose wants it to be done
            given = {"always": True, **table} if name == "routing" else table
            record = read_record(_ONE[name], given, raw.place, problems)
            if record is not None:
                found[name] = record
        elif name in _MANY:
            found[name] = {
                key: read_record(_MANY[name], item, f"{raw.place}.{key}", problems) for key, item in table.items()
            }
        elif name in _TEXTS:
            values = {key: read_value(Raw(item, f"{raw.place}.{key}"), str, problems) for key, item in table.items()}
            found[name] = {key: value for key, value in values.items() if value is not None}
        else:
            found[name] = tuple(
                read_record(_NAMED[name], item, f"{raw.place}.{key}", problems, name=key) for key, item in table.items()
            )
    _check(found, whole, problems)
    return found


def _check(found: Mapping[str, Any], whole: Mapping[str, Raw], problems: Problems) -> None:
    """What the types do not say."""
    for alias, problem in Aliases(found.get("aliases", {})).problems():
        problems.add(f"{whole['aliases'].place}.{alias}", problem)
    for budget in found.get("budgets", ()):
        if budget is not None and budget.usd is None and budget.tokens is None:
            problems.add(f"{whole['budgets'].place}.{budget.name}", "it has no limit; give usd or tokens")
        if budget is not None and "|" in budget.name:
            problems.add(f"{whole['budgets'].place}.{budget.name}", "its name has a |; leave that out")
    for name, limit in found.get("limits", {}).items():
        if limit is not None and 0 in (limit.requests_per_minute, limit.tokens_per_minute, limit.concurrent):
            problems.add(f"{whole['limits'].place}.{name}", "a limit of 0 lets nothing through; leave it out, or use 1")
    for experiment in found.get("experiments", ()):
        if experiment is not None and not experiment.variants and not experiment.shadow:
            problems.add(f"{whole['experiments'].place}.{experiment.name}", "it has neither variants nor shadow models")
    servers: tuple[McpServer | None, ...] = found.get("mcp", ())
    for server in filter(None, servers):
        for problem in mcp_problems(server):
            problems.add(f"{whole['mcp'].place}.{server.name}", problem)
    hooks: tuple[Webhook | None, ...] = found.get("webhooks", ())
    for hook in filter(None, hooks):
        for problem in webhook_problems(hook, EVENT_NAMES):
            problems.add(f"{whole['webhooks'].place}.{hook.name}", problem)
    personality = found.get("personality")
    for name, level in personality.traits.items() if personality is not None else ():
        if level is not None and level > 1:
            problems.add(f"{whole['personality'].place}.traits.{name}", f"{level:g} is not between 0 and 1")
    cache = found.get("cache")
    if cache is not None and cache.semantic is not None and not cache.semantic.model:
        problems.add(f"{whole['cache'].place}.semantic.model", "it needs the name of an embedding model")
