"""What plug-ins are to the house: each group's objects made, checked, and put where the settings name them.

Nothing is loaded before it is named. What does not load is a typed failure that names the plug-in, its package and the
reason, where it would have been used; all else goes on.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from importlib import import_module
from inspect import signature
from typing import Any, TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.engines.folder_engines import FOLDER_KINDS
from pointsman.adapters.engines.llama_cpp import LLAMA_CPP
from pointsman.adapters.plugins.discovery import (
    installed_plugins,
    load_object,
    load_plugin,
    made_by,
    packages_of,
    plugins_called,
)
from pointsman.adapters.providers.installed import client_from, is_client
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.adapters.system.capacity import capacity_now
from pointsman.adapters.typed.tool import tool_of
from pointsman.core.database_address import show_database
from pointsman.core.documents.media_kind import OWN_ENDINGS
from pointsman.core.error import ConfigurationError
from pointsman.core.plugin import Plugin, PluginGroup, PluginReport, load_fault, plugin_fault
from pointsman.core.security.secret import Secret
from pointsman.core.settings import EngineSettings, PluginSettings, ProviderSettings, Settings
from pointsman.core.shared_address import show_shared
from pointsman.layers.tools import NAMES as BUILT_IN_TOOLS
from pointsman.services.engines.plugin_engines import ForeignEngines
from pointsman.services.middleware.plugin_middleware import ForeignMiddleware, MissingMiddleware
from pointsman.services.ports.client import Client
from pointsman.services.ports.engine import EngineStarter
from pointsman.services.ports.extractor import Extractor
from pointsman.services.ports.own_client import FailingClient
from pointsman.services.ports.stores import Stores
from pointsman.services.ports.tools import ToolFunction
from pointsman.services.tasks.user_code import call_user_code, run_user_code

_LOG = logging.getLogger("pointsman.plugins")
Wrap: TypeAlias = Callable[[Client], Client]
"""Puts a middleware around a client."""


# Tools


def plugin_tools(name: str, disabled: tuple[str, ...] = ()) -> Result[tuple[ToolFunction, ...], ConfigurationError]:
    """The tools that the plug-in `name` brings: one function, one `ToolFunction`, or several."""
    return load_plugin("tools", name, disabled).bind(lambda found: _tools_from(*found))


def _tools_from(plugin: Plugin, loaded: object) -> Result[tuple[ToolFunction, ...], ConfigurationError]:
    brought = loaded if isinstance(loaded, (tuple, list)) else (loaded,)
    tools: tuple[ToolFunction, ...] = ()
    for one in brought:
        made = _tool_from(plugin, one, alone=brought is not loaded)
        if isinstance(made, Failure):
            return Failure(made.failure())
        tools = (*tools, made.unwrap())
    return Success(tools) if tools else Failure(load_fault(plugin, "it gave no tool"))


def _tool_from(plugin: Plugin, one: object, *, alone: bool) -> Result[ToolFunction, ConfigurationError]:
    if isinstance(one, ToolFunction):
        return Success(one)
    if not callable(one):
        return Failure(load_fault(plugin, f"it gave a {type(one).__name__}; it must give a function or a tool"))
    made = call_user_code(partial(tool_of, one, name=plugin.name if alone else ""))
    if isinstance(made, Failure):
        return Failure(load_fault(plugin, made.failure()))
    return made.unwrap().alt(lambda error: load_fault(plugin, error.detail))


def tools_for_serving(settings: PluginSettings) -> tuple[ToolFunction, ...]:
    """The tools of plug-ins that the settings let a server offer; one that does not load is told in the log."""
    tools: list[ToolFunction] = []
    for name in settings.tools:
        loaded = plugin_tools(name, settings.disabled)
        if isinstance(loaded, Failure):
            _LOG.warning("the tool %r is not offered: %s", name, loaded.failure().detail)
        else:
            tools += loaded.unwrap()
    return tuple(tools)


def all_plugin_tools(disabled: tuple[str, ...]) -> tuple[tuple[ToolFunction, ...], tuple[str, ...]]:
    """The tools of all plug-ins, and what is wrong with those that bring none."""
    tools: list[ToolFunction] = []
    problems: list[str] = []
    for plugin in installed_plugins():
        if plugin.group != "tools" or plugin.is_among(disabled) or plugin.name in BUILT_IN_TOOLS:
            continue
        loaded = plugin_tools(plugin.name, disabled)
        tools += loaded.value_or(())
        problems += [] if isinstance(loaded, Success) else [loaded.failure().detail]
    return tuple(tools), tuple(dict.fromkeys(problems))


# Middleware


def plugin_middleware(settings: Settings) -> tuple[Wrap, ...]:
    """What the settings put around all requests, the outermost first. One that does not load lets nothing through."""
    return tuple(partial(_wrap, name, settings.plugins.disabled) for name in settings.plugins.middleware)


def _wrap(name: str, disabled: tuple[str, ...], inner: Client) -> Client:
    made = load_plugin("middleware", name, disabled).bind(lambda found: _middleware_from(*found, inner))
    if isinstance(made, Failure):
        return MissingMiddleware(inner, plugin_fault(f"plugins.middleware: {made.failure().detail}"))
    return made.unwrap()


def _middleware_from(plugin: Plugin, loaded: object, inner: Client) -> Result[Client, ConfigurationError]:
    made = made_by(plugin, loaded, inner) if callable(loaded) else Success[object](loaded)
    if isinstance(made, Failure):
        return Failure(made.failure())
    client = made.unwrap()
    if not callable(loaded) or not is_client(client) or client is inner:
        kind = type(client).__name__
        return Failure(load_fault(plugin, f"it gave a {kind}; it must be a function of a client that gives another"))
    return Success(ForeignMiddleware(client, f"the middleware {plugin.name} of the package {plugin.package}"))


# Engines


def plugin_engine(settings: EngineSettings, disabled: tuple[str, ...]) -> Result[EngineStarter, ConfigurationError]:
    """The engine that `engine.kind` names, where it is none of our own."""
    return (
        load_plugin("engines", settings.kind, disabled)
        .bind(lambda found: _engine_from(*found, settings))
        .alt(lambda error: plugin_fault(f"engine.kind: {error.detail}"))
    )


def _engine_from(plugin: Plugin, loaded: object, settings: EngineSettings) -> Result[EngineStarter, ConfigurationError]:
    made = Success(loaded) if _is_engine(loaded) else made_by(plugin, loaded, settings)
    if isinstance(made, Failure):
        return Failure(made.failure())
    starter: Any = made.unwrap()
    if not _is_engine(starter):
        kind = type(starter).__name__
        return Failure(load_fault(plugin, f"it gave a {kind}; it must give an `EngineStarter`"))
    title = f"the engine {plugin.name} of the package {plugin.package}"
    return Success(ForeignEngines(starter, title, capacity_now))


def _is_engine(made: object) -> bool:
    return (
        not isinstance(made, type)
        and callable(getattr(made, "start", None))
        and callable(getattr(made, "capacity", None))
    )


# Extractors


def plugin_extractor(ending: str, disabled: tuple[str, ...]) -> Result[Extractor, ConfigurationError]:
    """Who reads files of that ending, which is the name of the plug-in."""
    return load_plugin("extractors", ending, disabled).bind(lambda found: _extractor_from(*found))


def _extractor_from(plugin: Plugin, loaded: object) -> Result[Extractor, ConfigurationError]:
    made = Success(loaded) if _is_extractor(loaded) else made_by(plugin, loaded, None)
    if isinstance(made, Failure):
        return Failure(made.failure())
    extractor: Any = made.unwrap()
    if not _is_extractor(extractor):
        return Failure(load_fault(plugin, f"it gave a {type(extractor).__name__}; it must give an `Extractor`"))
    return Success(extractor)


def _is_extractor(made: object) -> bool:
    return not isinstance(made, type) and hasattr(made, "media_types") and callable(getattr(made, "extract", None))


# Stores


def named_stores(settings: PluginSettings) -> Mapping[str, str]:
    """The stores that plug-ins are named for: the name of the plug-in by that of the store."""
    named: dict[str, str | None] = attrs.asdict(settings.stores)
    return {store: name for store, name in named.items() if name}


_ENCRYPTED = frozenset({"conversations", "memories"})
"""What `encrypted` promises to keep so."""


@asynccontextmanager
async def with_plugin_stores(stores: Stores, settings: Settings) -> AsyncIterator[Result[Stores, ConfigurationError]]:
    """`stores` with those of plug-ins in their place, until the scope ends. One that does not open is a failure.

    Nothing takes its place: what is to be kept there must not be kept elsewhere in silence.
    """
    changes: dict[str, Any] = {}
    async with AsyncExitStack() as stack:
        for store, name in named_stores(settings.plugins).items():
            opened = await _open_store(store, name, settings, stack)
            if isinstance(opened, Failure):
                yield Failure(plugin_fault(f"plugins.stores.{store}: {opened.failure().detail}"))
                return
            changes[store] = opened.unwrap()
        yield Success(attrs.evolve(stores, **changes))


async def _open_store(
    store: str, name: str, settings: Settings, stack: AsyncExitStack
) -> Result[object, ConfigurationError]:
    if settings.encrypted and store in _ENCRYPTED:
        return Failure(plugin_fault("`encrypted` is set, and a plug-in's store is not encrypted by us; take one away"))
    loaded = load_plugin("stores", name, settings.plugins.disabled)
    if isinstance(loaded, Failure):
        return Failure(loaded.failure())
    plugin, recipe = loaded.unwrap()
    made = made_by(plugin, recipe, without_secrets(settings))
    if isinstance(made, Failure):
        return Failure(made.failure())
    scope = made.unwrap()
    if not isinstance(scope, AbstractAsyncContextManager):
        return Failure(load_fault(plugin, f"it gave a {type(scope).__name__}; it must give a scope"))
    entered = await run_user_code(lambda: stack.enter_async_context(scope))
    if isinstance(entered, Failure):
        return Failure(load_fault(plugin, entered.failure()))
    result = entered.unwrap()
    opened: object = result if not isinstance(result, Result) else result.value_or(None)
    if isinstance(result, Failure):
        return Failure(load_fault(plugin, str(result.failure())))
    lacking = _lacking_methods(store, opened)
    return Failure(load_fault(plugin, f"it has no {', '.join(lacking)}")) if lacking else Success(opened)


def without_secrets(settings: Settings) -> Settings:
    """`settings` as a store of a plug-in is given them: keys of providers, passwords and the like are none of it."""
    bare: Settings = _take_secrets_out(settings)
    return attrs.evolve(
        bare,
        database=None if settings.database is None else show_database(settings.database),
        shared=None if settings.shared is None else show_shared(settings.shared),
        webhooks=(),  # their addresses, and what starts a server of tools, are secrets themselves, often enough
        mcp=(),
    )


def _take_secrets_out(value: Any) -> Any:
    if isinstance(value, Secret):
        return Secret("")
    if attrs.has(type(value)):
        changes = {
            field.alias or field.name: _take_secrets_out(getattr(value, field.name))
            for field in attrs.fields(type(value))
            if field.init
        }
        return attrs.evolve(value, **changes)
    if isinstance(value, Mapping):
        return {key: _take_secrets_out(one) for key, one in value.items()}
    return tuple(map(_take_secrets_out, value)) if isinstance(value, tuple) else value


def _lacking_methods(store: str, opened: object) -> list[str]:
    """The methods of the port that are not there."""
    called = Stores.__annotations__[store]
    file = re.sub("(?<=[a-z])(?=[A-Z])", "_", called).lower()  # a port has a file of its own name
    port: type = getattr(import_module(f"pointsman.services.ports.{file}"), called)
    names = [name for name in dir(port) if not name.startswith("_") and callable(getattr(port, name))]
    return [name for name in names if not callable(getattr(opened, name, None))]


# All of them


def plugin_reports(settings: Settings) -> tuple[PluginReport, ...]:
    """How it stands with each plug-in that is installed. It loads all that are not switched off, one by one."""
    return tuple(_report(plugin, settings) for plugin in installed_plugins())


def _report(plugin: Plugin, settings: Settings) -> PluginReport:
    if plugin.is_among(settings.plugins.disabled):
        return PluginReport(plugin=plugin, state="off")
    if plugin.name in _OWN_NAMES.get(plugin.group, ()):
        return PluginReport(plugin=plugin, state="hidden", detail="pointsman has one of its own under this name")
    others = plugins_called(plugin.group, plugin.name)
    if len(others) > 1:
        return PluginReport(plugin=plugin, state="doubled", detail=f"it is installed by {packages_of(others)}")
    checked = load_object(plugin).bind(partial(_CHECKS[plugin.group], plugin))
    if isinstance(checked, Failure):
        return PluginReport(plugin=plugin, state="broken", detail=checked.failure().detail)
    return PluginReport(plugin=plugin, state="ready")


_OWN_NAMES: Mapping[PluginGroup, Iterable[str]] = {
    "providers": tuple(PROVIDERS),
    "tools": BUILT_IN_TOOLS,
    "engines": ("auto", LLAMA_CPP, *FOLDER_KINDS),
    "extractors": OWN_ENDINGS,
}


def _check_provider(plugin: Plugin, loaded: object) -> Result[object, ConfigurationError]:
    if not _is_made_alone(loaded):
        return Success(loaded)
    return client_from(plugin, loaded, ProviderSettings(name=plugin.name))


def _check_engine(plugin: Plugin, loaded: object) -> Result[object, ConfigurationError]:
    return _engine_from(plugin, loaded, EngineSettings()) if _is_made_alone(loaded) else Success(loaded)


def _check_middleware(plugin: Plugin, loaded: object) -> Result[object, ConfigurationError]:
    return _middleware_from(plugin, loaded, FailingClient(plugin_fault("nobody is asked")))


def _check_recipe(plugin: Plugin, loaded: object) -> Result[object, ConfigurationError]:
    if callable(loaded):
        return Success(loaded)
    return Failure(load_fault(plugin, f"it is a {type(loaded).__name__}; it must be a function"))


def _is_made_alone(loaded: object) -> bool:
    """Whether it needs no settings: what does is not made for a list, where it may lack some."""
    if not callable(loaded):
        return True
    return not call_user_code(lambda: signature(loaded).parameters).value_or({})


_CHECKS: Mapping[PluginGroup, Callable[[Plugin, object], Result[object, ConfigurationError]]] = {
    "providers": _check_provider,
    "engines": _check_engine,
    "tools": _tools_from,
    "middleware": _check_middleware,
    "stores": _check_recipe,
    "extractors": _extractor_from,
}
