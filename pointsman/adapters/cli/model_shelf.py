"""`pointsman local`: the models on this machine: got, listed, forgotten; and the engines that run them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import OK, USAGE, report_failure
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.opened import LoadedModel, LocalModels
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.error import ModelNotFound, invalid_request
from pointsman.core.json import dumps_text
from pointsman.core.models.local_model import LocalModel, in_bytes
from pointsman.core.models.recommended import RECOMMENDED, TIER_WORDS
from pointsman.core.models.served_model import KNOWN_PORTS, FoundServer, hosts_of
from pointsman.core.settings import Settings
from pointsman.services.ports.engine import EngineOnMachine
from pointsman.services.ports.model_library import ModelOffer, Tell


@Command
async def local(context: CliContext) -> int:
    """Do the action that the line names."""
    options, terminal = context.options, context.terminal
    if options.server is not None:
        from pointsman.adapters.cli.served_models import manage_server

        return await manage_server(context, options.server)
    if options.action == "scan":
        return await scan_network(context, options.words[0] if options.words else "127.0.0.1")
    settings = unwrap_or_failure(context.wiring.read_settings(options.config))
    if not isinstance(settings, Settings):
        return report_failure(settings, terminal)
    models = context.wiring.local_models(settings)
    match options.action:
        case "list" if options.recommended:
            return _list_recommended(terminal, as_json=options.json)
        case "list":
            return await _list(models, terminal, as_json=options.json)
        case "ps":
            return _show_engines(models, terminal, as_json=options.json)
        case _ if not options.words:
            terminal.complain(f"`pointsman local {options.action}` needs a name. See `pointsman local --help`.")
            return USAGE
        case "load":
            return await _load(context, settings, options.words[0])
        case action:
            return await _do(action, models, options, terminal)


async def _do(action: str, models: LocalModels, options: Options, terminal: Terminal) -> int:
    """What is done to one model."""
    word, name = options.words[0], options.words[1] if len(options.words) > 1 else ""
    match action:
        case "get":
            return await _get(models, word, name, terminal)
        case "add":
            added = unwrap_or_failure(await models.shelf.add(word, name, options.base or ""))
            return _announce(added, terminal) if isinstance(added, LocalModel) else report_failure(added, terminal)
        case "rm":
            return await _remove(models, word, terminal)
        case "unload":
            ended = models.engines.end(word)
            terminal.say(f"{word}: {f'{ended} engine(s) ended' if ended else 'no engine runs'}")
            return OK
        case _:
            found = unwrap_or_failure(await models.shelf.find(word.partition("@")[0]))
            if not isinstance(found, LocalModel):
                return report_failure(found, terminal)
            _show_model(found, terminal, as_json=options.json)
            return OK


async def _list(models: LocalModels, terminal: Terminal, *, as_json: bool) -> int:
    listed = await models.shelf.models()
    if as_json:
        terminal.say_json(dumps_text([attrs.asdict(model) for model in listed]))
        return OK
    for folder in models.shelf.unreadable():
        terminal.note(f"Note: {folder}")
    if not listed:
        terminal.say("There is no model on this machine. `pointsman local get smollm2` gets a very small one (98 MB).")
        return OK
    running = {engine.model for engine in models.engines.running()}
    rows = [row for model in listed for row in _rows_of(model, is_running=model.name in running)]
    table(("NAME", "SIZE", "KIND", "PARAMETERS", "CONTEXT", "HELD BY", "STATE"), rows, terminal)
    return OK


def _rows_of(model: LocalModel, *, is_running: bool) -> Iterator[tuple[str, ...]]:
    """The model, and below it what it can be asked with."""
    yield (
        model.name,
        in_bytes(model.size_bytes),
        model.quantization or "",
        model.size_words or model.size_label,
        "" if model.context_length is None else f"{model.context_length:,}",
        model.holder,
        "running" if is_running else "",
    )
    for adapter in model.adapters:
        yield f"{model.name}@{adapter.name}", in_bytes(adapter.size_bytes), "adapter", "", "", "", ""


def _list_recommended(terminal: Terminal, *, as_json: bool) -> int:
    if as_json:
        rows = [{**attrs.asdict(model), "memory_bytes": model.memory_bytes} for model in RECOMMENDED]
        terminal.say_json(dumps_text(rows))
        return OK
    for tier, words in TIER_WORDS.items():
        terminal.say(f"{tier}: {words}")
        shown = [
            (
                model.source,
                model.parameters,
                in_bytes(model.size_bytes),
                in_bytes(model.memory_bytes),
                model.licence,
                model.use,
            )
            for model in RECOMMENDED
            if model.tier == tier
        ]
        table(("GET BY", "PARAMETERS", "SIZE", "MEMORY", "LICENCE", "FOR"), shown, terminal)
    terminal.say("Sizes are rounded. Get one: pointsman local get SOURCE; what it exactly is, is told before.")
    return OK


def _show_engines(models: LocalModels, terminal: Terminal, *, as_json: bool) -> int:
    running = models.engines.running()
    if as_json:
        terminal.say_json(dumps_text([attrs.asdict(engine) for engine in running]))
    elif not running:
        terminal.note("No engine runs. One is started when a model is asked: `pointsman generate -m local/NAME …`.")
    else:
        rows = [_engine_row(engine) for engine in running]
        table(("MODEL", "PID", "OF", "MEMORY", "AT ONCE", "CONTEXT"), rows, terminal)
    return OK


def _engine_row(engine: EngineOnMachine) -> tuple[str, ...]:
    memory = engine.memory if engine.memory is not None else engine.planned
    return (
        engine.model,
        str(engine.pid),
        str(engine.parent),
        in_bytes(memory),
        str(engine.slots),
        f"{engine.context:,}",
    )


async def _get(models: LocalModels, source: str, name: str, terminal: Terminal) -> int:
    offer = unwrap_or_failure(await models.shelf.offer(source, name))
    if not isinstance(offer, ModelOffer):
        return report_failure(offer, terminal)
    if offer.is_here:
        terminal.say(f"{offer.name} is here already; `pointsman local rm {offer.name}` removes it.")
        return OK
    terminal.note(_describe(offer))
    with _progress(offer, terminal) as tell:
        got = unwrap_or_failure(await models.shelf.get(offer, tell))
    return _announce(got, terminal) if isinstance(got, LocalModel) else report_failure(got, terminal)


def _describe(offer: ModelOffer) -> str:
    size = "of unknown size" if offer.size_bytes is None else in_bytes(offer.size_bytes)
    free = "" if offer.free is None else f"; {in_bytes(offer.free)} of disk are free"
    return f"{offer.name}: {size}, licence {offer.licence or 'not stated'}{free}. From {offer.source}."


@contextmanager
def _progress(offer: ModelOffer, terminal: Terminal) -> Iterator[Tell]:
    """A bar for a person; nothing for a file."""
    if not terminal.err.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(file=terminal.err), transient=True) as shown:
        task = shown.add_task(offer.name, total=offer.size_bytes)
        yield lambda count: shown.update(task, completed=count)


def _announce(model: LocalModel, terminal: Terminal) -> int:
    if model.is_adapter:
        asked = f"local/{model.base}@{model.name}"
        terminal.say(f'{model.name} is here. Ask the model with it: pointsman generate -m {asked} "Say hello."')
        return OK
    if model.is_embedder:
        terminal.say(f'{model.name} is here. Have it make vectors: pointsman embed -m local/{model.name} "A text."')
        return OK
    small = ", a very small model" if model.is_very_small else ""
    terminal.say(f'{model.name} is here{small}. Ask it: pointsman generate -m local/{model.name} "Say hello."')
    return OK


async def _remove(models: LocalModels, name: str, terminal: Terminal) -> int:
    removed = await models.shelf.remove(name)
    if isinstance(removed, Failure):
        return report_failure(removed.failure(), terminal)
    if not removed.unwrap():
        held = [model.holder for model in await models.shelf.models() if model.name == name]
        why = f"is held by {held[0]}: remove it there" if held else "is not here"
        return report_failure(ModelNotFound(detail=f"{name!r} {why}", model=name, local=True), terminal)
    models.engines.end(name)
    terminal.say(f"{name} is removed.")
    return OK


def _show_model(model: LocalModel, terminal: Terminal, *, as_json: bool) -> None:
    if as_json:
        terminal.say_json(dumps_text(attrs.asdict(model)))
        return
    facts = (
        ("name", model.name),
        ("title", model.title),
        ("architecture", model.architecture),
        ("parameters", model.size_words),
        ("kind", model.quantization or ""),
        ("context", "" if model.context_length is None else f"{model.context_length:,} tokens"),
        ("size", in_bytes(model.size_bytes)),
        ("licence", model.licence or "not stated"),
        ("made", "" if model.made_at is None else f"{datetime.fromtimestamp(model.made_at):%Y-%m-%d %H:%M}"),
        ("held by", model.holder),
        ("file", model.path),
        ("from", model.source),
        ("sha256", model.sha256),
        ("adapters", ", ".join(f"{model.name}@{adapter.name}" for adapter in model.adapters)),
    )
    for label, value in facts:
        if value:
            terminal.say(f"{label:<13}{value}")


async def _load(context: CliContext, settings: Settings, name: str) -> int:
    """Run the model's engine until the user has enough of it."""
    terminal = context.terminal
    async with context.wiring.run_local_model(name, settings) as running:
        loaded = unwrap_or_failure(running)
        if not isinstance(loaded, LoadedModel):
            return report_failure(loaded, terminal)
        terminal.say(f"{name} is loaded, and listens for programs on this machine (Ctrl-C unloads it):")
        terminal.say(f"  base URL {loaded.address}/v1")
        terminal.say(f"  API key  {loaded.key.reveal()}")
        terminal.note(f"{name}: {await loaded.wait()}.")
    return OK


async def scan_network(context: CliContext, network: str) -> int:
    """Look through `network`, and print what was found."""
    terminal = context.terminal
    hosts = hosts_of(network)
    if isinstance(hosts, Failure):
        problem = hosts.failure()
        return report_failure(invalid_request(problem), terminal)
    ports = ", ".join(map(str, KNOWN_PORTS))
    terminal.note(f"Looking at {len(hosts.unwrap()):,} address(es), at the ports {ports} …")
    found = await context.wiring.scan_hosts(hosts.unwrap(), announced=context.options.mdns)
    if context.options.json:
        terminal.say_json(dumps_text([attrs.asdict(server) for server in found]))
    elif not found:
        terminal.say("No server of models answers there.")
    else:
        table(("ADDRESS", "KIND", "MODELS"), [_row(server) for server in found], terminal)
        terminal.note(f"See its models: pointsman local list --server {found[0].address}")
    return OK


def _row(server: FoundServer) -> tuple[str, ...]:
    return server.address, server.kind, "wants a key" if server.models is None else str(server.models)
