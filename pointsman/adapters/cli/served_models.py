"""`pointsman local … --server`: the models of a server that somebody else runs, by the same verbs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.approval import ask_yes_or_no
from pointsman.adapters.cli.context import CliContext
from pointsman.adapters.cli.exit_codes import OK, USAGE, report_failure
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.error import Fault, ModelNotFound, ProviderError
from pointsman.core.json import dumps_text
from pointsman.core.models.local_model import in_bytes
from pointsman.core.models.served_model import DownloadProgress, ServedModel
from pointsman.core.settings import Settings
from pointsman.services.ports.model_server import ModelServer, TellProgress


async def manage_server(context: CliContext, named: str) -> int:
    """Do the action that the line names with the models of the server `named`."""
    options, terminal = context.options, context.terminal
    settings = unwrap_or_failure(await context.wiring.load_settings(options))
    if not isinstance(settings, Settings):
        return report_failure(settings, terminal)
    if options.action not in ("list", "ps") and not options.words:
        terminal.complain(f"`pointsman local {options.action}` needs a name. See `pointsman local --help`.")
        return USAGE
    async with context.wiring.open_model_server(named, settings) as opened:
        server = unwrap_or_failure(opened)
        if isinstance(server, Fault):
            return report_failure(server, terminal)
        return await _act(context, server)


async def _act(context: CliContext, server: ModelServer) -> int:
    options, terminal = context.options, context.terminal
    model, more = (options.words[0] if options.words else ""), options.words[1:]
    match options.action:
        case "list" | "ps":
            return await _list(server, terminal, only_running=options.action == "ps", as_json=options.json)
        case "info":
            return await _describe(server, model, terminal, as_json=options.json)
        case "get":
            with _progress(model, terminal) as tell:
                got = unwrap_or_failure(await server.get(model, tell))
            return _report(got, terminal, f"{model} is on the server", f"{model} is on the server already")
        case "load":
            loaded = unwrap_or_failure(await server.load(model))
            return _report(loaded, terminal, f"{model} is loaded", f"{model} is loaded already")
        case "unload":
            unloaded = unwrap_or_failure(await server.unload(model))
            return _report(unloaded, terminal, f"{model} is unloaded", f"{model} is not loaded")
        case "add" if not more:
            terminal.complain("`pointsman local add MODEL NAME --server …` needs the name that it gets there.")
            return USAGE
        case "add" if is_file_path(model):
            with _progress(more[0], terminal) as tell:
                sent = unwrap_or_failure(await server.upload(model, more[0], tell))
            return _report(sent, terminal, f"{more[0]} is made of {model}", "")
        case "add":
            made = unwrap_or_failure(await server.copy(model, more[0]))
            return _report(made, terminal, f"{more[0]} is made of {model}", "")
        case _:
            return await _remove(server, model, context)


def is_file_path(word: str) -> bool:
    """Whether a word names a file here, and no model there: by its end, or because it is one."""
    return word.lower().endswith(".gguf") or Path(word).is_file()


def _report(done: bool | ProviderError, terminal: Terminal, said: str, was_so: str) -> int:
    if isinstance(done, Fault):
        return report_failure(done, terminal)
    terminal.say(f"{said if done else was_so}.")
    return OK


async def _remove(server: ModelServer, model: str, context: CliContext) -> int:
    """Others may use it: a person is asked, and a pipe must say so."""
    terminal = context.terminal
    question = f"Remove {model} from the server, for all who use it?"
    if not context.options.yes and (terminal.piped_in or not await ask_yes_or_no(question)):
        terminal.complain(f"{model} is not removed; say so with --yes.")
        return USAGE
    removed = unwrap_or_failure(await server.remove(model))
    if removed is False:
        return report_failure(ModelNotFound(detail="the server has no such model", model=model), terminal)
    return _report(removed, terminal, f"{model} is removed from the server", "")


async def _list(server: ModelServer, terminal: Terminal, *, only_running: bool, as_json: bool) -> int:
    listed = unwrap_or_failure(await server.models())
    if not isinstance(listed, tuple):
        return report_failure(listed, terminal)
    models = [model for model in listed if model.is_in_memory or not only_running]
    if as_json:
        terminal.say_json(dumps_text([attrs.asdict(model) for model in models]))
    elif not models:
        terminal.say("No model is in the server's memory." if only_running else "The server has no model.")
    else:
        head = ("NAME", "SIZE", "KIND", "PARAMETERS", "CONTEXT", "MADE", "STATE", "MEMORY", "UNTIL")
        table(head, [_row(model) for model in models], terminal)
    return OK


def _row(model: ServedModel) -> tuple[str, ...]:
    return (
        model.id,
        "" if model.size_bytes is None else in_bytes(model.size_bytes),
        model.quantization or "",
        model.parameters or "",
        "" if model.context_length is None else f"{model.context_length:,}",
        (model.modified or "").partition("T")[0],
        model.state or "",
        "" if model.memory_bytes is None else in_bytes(model.memory_bytes),
        model.until or "",
    )


async def _describe(server: ModelServer, name: str, terminal: Terminal, *, as_json: bool) -> int:
    model = unwrap_or_failure(await server.describe(name))
    if isinstance(model, Fault):
        return report_failure(model, terminal)
    if as_json:
        terminal.say_json(dumps_text(attrs.asdict(model)))
        return OK
    head = ("name", "size", "kind", "parameters", "context", "made", "state", "memory", "until")
    rows = [
        *zip(head, _row(model), strict=True),
        ("architecture", model.architecture or ""),
        ("type", model.type or ""),
    ]
    for label, value in (*rows, ("capabilities", ", ".join(model.capabilities)), ("problem", model.problem)):
        if value:
            terminal.say(f"{label:<13}{value}")
    return OK


@contextmanager
def _progress(model: str, terminal: Terminal) -> Iterator[TellProgress]:
    """A bar for a person; for a file a line for each new thing that the server does."""
    if not terminal.err.isatty():
        said: list[str] = []

        def tell_line(progress: DownloadProgress) -> None:
            if progress.status not in said:
                said.append(progress.status)
                terminal.note(f"{model}: {progress.status}")

        yield tell_line
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(file=terminal.err), transient=True) as shown:
        task = shown.add_task(model, total=None)
        yield lambda told: shown.update(task, description=told.status, completed=told.completed, total=told.total)
