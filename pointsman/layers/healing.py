"""Puts healing together: an App's client, budget and secrets, and a folder of this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from returns.result import Result

from pointsman.adapters.project.command_runner import LocalCommands
from pointsman.adapters.project.source_folder import DiskFolder
from pointsman.core.chat.request import ChatRequest
from pointsman.core.effect import settle
from pointsman.core.error import ChatError
from pointsman.core.money.cost import Cost
from pointsman.core.security.secret import Secret, may_name_secret
from pointsman.core.settings import Settings
from pointsman.services.app import App
from pointsman.services.evaluation.run_budget import RunBudget
from pointsman.services.healing.error_watch import ErrorWatcher, TellGroup
from pointsman.services.healing.healer import Approve, Healer
from pointsman.services.healing.patch_check import PatchCheck
from pointsman.services.healing.repair_asker import UNCACHED, RepairAsker
from pointsman.services.ports.sandbox import Sandbox

_LEAST = 8
"""Characters of a variable's value below which it is a word."""


def healer_for(
    app: App,
    folder: str = ".",
    *,
    approve: Approve,
    request: ChatRequest = UNCACHED,
    rounds: int = 3,
    budget: Decimal | None = None,
    on_terminal: bool = False,
) -> Healer:
    """What heals commands in `folder`: `healer_for(app, approve=approve_all).heal(["pytest", "-q"])`.

    `request` says which model is asked and how, without messages; `budget` is in dollars, for all questions together.
    """
    return Healer(
        asker=repair_asker(app, folder, request=request, budget=budget),
        runner=LocalCommands(Path(folder), on_terminal),
        approve=approve,
        rounds=rounds,
        publish=app.events.publish,
    )


def watcher_for(
    app: App,
    folder: str = ".",
    *,
    tell: TellGroup,
    request: ChatRequest = UNCACHED,
    budget: Decimal | None = None,
    most_asked: int = 50,
    per_minute: int = 10,
    check: tuple[str, ...] = (),
    sandbox: Sandbox | None = None,
) -> ErrorWatcher:
    """What follows a log of the program in `folder`; `tell` gets a report of each group of equal errors.

    Of `budget` dollars no more is spent; `most_asked` questions are asked in all, and `per_minute` in one.
    With `check`, a command that fails as the error does, proposed changes are judged in `sandbox`.
    """
    asker = repair_asker(app, folder, request=request, budget=budget)
    return ErrorWatcher(
        asker=asker,
        clock=app.clock,
        tell=tell,
        check=PatchCheck(sandbox, asker.folder, check) if check and sandbox is not None else None,
        most_asked=most_asked,
        per_minute=per_minute,
        publish=app.events.publish,
    )


def repair_asker(
    app: App, folder: str = ".", *, request: ChatRequest = UNCACHED, budget: Decimal | None = None
) -> RepairAsker:
    """What asks for repairs of the program in `folder`, through everything that `app` has around its models."""

    async def estimate(asked: ChatRequest) -> Result[Cost, ChatError]:
        return (await settle(app.manager.estimate(asked))).map(lambda found: found.most)

    return RepairAsker(
        client=app.client,
        folder=DiskFolder(Path(folder)),
        estimate=estimate,
        request=request,
        secrets=(*secrets_of(app.settings), *secret_variables(os.environ)),
        home=os.path.expanduser("~"),
        budget=RunBudget(budget),
    )


def secrets_of(settings: Settings) -> tuple[Secret, ...]:
    """The keys that the settings hold."""
    providers = settings.providers.values()
    keys = [provider.api_key for provider in providers if provider.api_key]
    return (*keys, *(header for provider in providers for header in provider.headers.values()))


def secret_variables(variables: Mapping[str, str]) -> tuple[Secret, ...]:
    """The values of variables whose names say that they are secrets."""
    return tuple(Secret(value) for name, value in variables.items() if may_name_secret(name) and len(value) >= _LEAST)
