"""Work for other machines: which executor the settings mean, and how a worker of a cluster comes by its place.

A worker opens its place by its own settings. No key, address or path of the machine that asks is sent to it.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.util import find_spec

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.system.clock import SystemRandom
from pointsman.adapters.system.executor import LocalExecutor
from pointsman.core.error import ChatError, ConfigurationError, NetworkError, configuration_error
from pointsman.layers.recipes import open_sandbox
from pointsman.services.ports.client import Client
from pointsman.services.ports.executor import ClientExecutor, SandboxExecutor
from pointsman.services.ports.sandbox import Sandbox, SandboxError

_MISSING = "`cluster` needs a package that is not installed: pip install 'pointsman[dask]'"
_ASKED_AT_ONCE = 16
"""Requests to models that are under way on one worker."""


@asynccontextmanager
async def open_executor(
    sandbox: Sandbox, cluster: str | None
) -> AsyncIterator[Result[SandboxExecutor, SandboxError | ConfigurationError]]:
    """Who works in a sandbox like `sandbox`: the workers of `cluster`; without one this machine, in that very one."""
    cores = os.cpu_count() or 1
    if cluster is None:
        yield Success(LocalExecutor.of(sandbox, cores))
        return
    if find_spec("distributed") is None:
        yield Failure(_missing())
        return
    from pointsman.adapters.dask.executor import open_dask_executor
    from pointsman.adapters.dask.worker_place import PlaceRecipe

    recipe = PlaceRecipe(f"pointsman: sandbox {sandbox.name}", partial(open_sandbox, sandbox.name), cores)
    async with open_dask_executor(cluster, recipe, _sandbox_problem, SystemRandom().new_id) as opened:
        yield opened.map(lambda executor: executor)


@asynccontextmanager
async def open_readers(cluster: str) -> AsyncIterator[Result[ClientExecutor, ChatError | ConfigurationError]]:
    """The workers of `cluster` (`tcp://host:8786`), who ask models by their own settings; closed with the scope.

    A `ConfigurationError` where the extra `[dask]` is missing, a `NetworkError` where the cluster does not answer.
    """
    if find_spec("distributed") is None:
        yield Failure(_missing())
        return
    from pointsman.adapters.dask.executor import open_dask_executor
    from pointsman.adapters.dask.worker_place import PlaceRecipe

    recipe: PlaceRecipe[Client[ChatError], ChatError] = PlaceRecipe(
        "pointsman: client", open_own_client, _ASKED_AT_ONCE
    )
    async with open_dask_executor(cluster, recipe, _network_problem, SystemRandom().new_id) as opened:
        yield opened.map(lambda executor: executor)


@asynccontextmanager
async def open_own_client() -> AsyncIterator[Result[Client[ChatError], ConfigurationError]]:
    """On a worker: the client of an App by the settings of this machine, with its database."""
    from pointsman.core.effect import settle
    from pointsman.layers.app import open_app
    from pointsman.layers.live import live
    from pointsman.layers.settings import Arguments
    from pointsman.layers.settings.found import own_database
    from pointsman.layers.settings.saved import load_all_settings

    loaded = await settle(load_all_settings(Arguments(), None))
    if isinstance(loaded, Failure):
        yield Failure(loaded.failure())
        return
    settings = loaded.unwrap()
    settings = attrs.evolve(settings, database=settings.database or own_database())
    async with open_app(live, settings) as opened:
        yield opened.map(lambda app: app.client)


def _missing() -> ConfigurationError:
    return configuration_error(_MISSING)


def _sandbox_problem(why: str) -> SandboxError:
    return SandboxError(detail=why)


def _network_problem(why: str) -> ChatError:
    return NetworkError(detail=why)
