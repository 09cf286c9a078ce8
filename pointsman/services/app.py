"""The record of all services, and programs that need nothing but it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import attrs
from returns.context import RequiresContextFutureResult
from typing_extensions import TypeVar

from pointsman.core.error import LLMError
from pointsman.core.settings import Settings
from pointsman.services.event_bus import EventBus
from pointsman.services.manager import Manager
from pointsman.services.ports.client import Client
from pointsman.services.ports.clock import Clock, Random
from pointsman.services.ports.stores import Stores
from pointsman.services.ports.tracer import NO_TRACER, Tracer

_Value = TypeVar("_Value")
_Error = TypeVar("_Error", default=LLMError)


@attrs.frozen(kw_only=True)
class App:
    """Everything a program can ask of pointsman.

    `client` is asked by model reference and has everything around it: routing, fallback, cache, budgets, limits, usage
    records. It is the `manager`, which can also explain and report. `clients` are the providers one by one, by name,
    with what belongs to each: retries, circuit breaker, limits, budgets. `events` tells what happens, `tracer` begins
    spans. `documents` reads files of many kinds.
    `open_sandbox` opens a place where code of strangers runs, only when it is asked: it starts processes.
    """

    client: Client
    clients: Mapping[str, Client]
    clock: Clock
    random: Random
    settings: Settings
    manager: Manager
    stores: Stores
    events: EventBus
    open_sandbox: OpenSandbox
    documents: DocumentReader
    tracer: Tracer = NO_TRACER


if TYPE_CHECKING:
    from pointsman.services.documents.document_reader import DocumentReader
    from pointsman.services.ports.sandbox import OpenSandbox

    Program: TypeAlias = "RequiresContextFutureResult[_Value, _Error, App]"  # quoted for `--verifytypes`
else:
    Program = RequiresContextFutureResult[_Value, _Error, App]
"""A pipeline that needs an `App` and gives a value or an error; `pointsman.provide` runs it.

`Program[int]` fails with an `LLMError`, `Program[int, RateLimitExceeded | Mine]` with what it says.
"""
