"""`models`, `health` and `embed`: what a provider has, whether it is there, vectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs
from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.context import AppContext, asking_command
from pointsman.adapters.cli.exit_codes import OK, exit_code, report_failure, report_usage
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.terminal import Terminal, in_a_line
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.effect import settle
from pointsman.core.error import ChatError, InvalidRequest
from pointsman.core.json import Json, dumps_text
from pointsman.core.models.model import ModelInfo
from pointsman.services.health import health as ask_all
from pointsman.services.ports.client import Client, Ping
from pointsman.services.ports.clock import Clock
from pointsman.services.tasks.together import tasks_together


@asking_command
async def models(context: AppContext) -> int:
    """Print the models of the provider that is named, or of all of them; the exit code is 0 if any has answered."""
    options, terminal = context.options, context.terminal
    clients = _clients_to_ask(context)
    several = len(clients) > 1
    answers = await _model_lists(clients, context)
    found = [(name, model) for name, answer in answers.items() if isinstance(answer, tuple) for model in answer]
    failed = [(name, answer) for name, answer in answers.items() if not isinstance(answer, tuple)]
    if failed and len(failed) == len(answers):
        return report_failure(failed[0][1], terminal)
    for _, error in failed:
        terminal.note(f"Left out: {error}")
    if options.json:
        told = [
            {**attrs.asdict(model), **({"asked": f"{name}/{model.id}"} if several else {})} for name, model in found
        ]
        terminal.say(dumps_text(told))
        return OK
    if not found:
        terminal.note("No models are listed.")
    rows = [((f"{name}/" if several else "") + row[0], *row[1:]) for name, row in ((n, _row(m)) for n, m in found)]
    table(("MODEL", "TYPE", "STATE", "CONTEXT", "ARCHITECTURE", "QUANTIZATION"), rows, terminal)
    return OK


def _clients_to_ask(context: AppContext) -> Mapping[str, Client]:
    """The provider that the line names, by itself or by its address; else all."""
    app, options = context.app, context.options
    default = app.settings.default_provider or ""
    if default in app.clients and any((options.provider, options.base_url, options.model)):
        return {default: app.clients[default]}
    return app.clients


async def _model_lists(
    clients: Mapping[str, Client], context: AppContext
) -> Mapping[str, tuple[ModelInfo, ...] | ChatError]:
    """What each says, asked at once, in the order of `clients`."""
    found: dict[str, tuple[ModelInfo, ...] | ChatError] = {}

    async def ask(name: str, client: Client) -> None:
        found[name] = unwrap_or_failure(await settle(client.models(detailed=context.options.detailed)))

    async with tasks_together() as group:
        for name, client in clients.items():
            group.start_soon(ask, name, client)
    return {name: found[name] for name in clients if name in found}


def _row(model: ModelInfo) -> tuple[str, ...]:
    context = "" if model.context_length is None else f"{model.context_length:,}"
    return (
        model.id,
        model.type or "",
        model.state or "",
        context,
        model.architecture or "",
        model.quantization or "",
    )


@asking_command
async def health(context: AppContext) -> int:
    """Print who answers; the exit code is that of the default provider's failure, if it has one."""
    app, options, terminal = context.app, context.options, context.terminal
    return await show_pings(app.clients, app.clock, app.settings.default_provider, options, terminal)


async def show_pings(
    clients: Mapping[str, Client], clock: Clock, default: str | None, options: Options, terminal: Terminal
) -> int:
    """Ping `clients` and print who answers."""
    pings = (await settle(ask_all(clients, clock))).unwrap()
    if options.json:
        terminal.say(dumps_text([_ping_json(ping) for ping in pings]))
    else:
        table(("PROVIDER", "STATE", "LATENCY", "MODELS", ""), [_ping_row(ping) for ping in pings], terminal)
    down = [ping.error for ping in pings if ping.error and ping.provider == default]
    return exit_code(down[0]) if down else OK


def _ping_row(ping: Ping) -> tuple[str, ...]:
    state, why = ("ok", "") if ping.ok else ("down", ping.error.summary if ping.error else "")
    return ping.provider, state, f"{ping.latency_ms:.0f} ms", "" if ping.models is None else str(ping.models), why


def _ping_json(ping: Ping) -> Json:
    return {
        "provider": ping.provider,
        "ok": ping.ok,
        "latency_ms": ping.latency_ms,
        "timestamp": ping.timestamp,
        "models": ping.models,
        "error": None if ping.error is None else {"tag": ping.error.tag, "message": str(ping.error)},
    }


@asking_command
async def embed(context: AppContext) -> int:
    """Print one JSON line a text: the text's index and its vector."""
    app, options, terminal = context.app, context.options, context.terminal
    piped = await terminal.read_all() if terminal.piped_in and not options.text else ""
    if isinstance(piped, InvalidRequest):
        return report_failure(piped, terminal)
    texts = [text for text in options.text or piped.splitlines() if text.strip()]
    if not texts:
        problem = "there are no texts; give them as arguments or through a pipe"
        return report_usage(problem, terminal)
    request = EmbeddingRequest(
        options.model or "", tuple(texts), dimensions=options.dimensions, timeout=options.timeout
    )
    answer = unwrap_or_failure(await settle(app.client.embed(request)))
    if not isinstance(answer, EmbeddingResponse):
        return report_failure(answer, terminal)
    for item in answer.embeddings:
        terminal.say(dumps_text({"index": item.index, "text": texts[item.index], "vector": list(item.vector)}))
    for warning in answer.warnings:
        terminal.note(f"Note: {warning.text}")
    return OK


def table(head: Sequence[str], rows: Sequence[Sequence[str]], terminal: Terminal) -> None:
    """Columns for a person; tab-separated lines without a head for a pipe."""
    cells = [[in_a_line(cell) for cell in row] for row in rows]
    if not terminal.rich:
        for row in cells:
            terminal.say("\t".join(row))
        return
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    used = [number for number in range(len(head)) if any(row[number] for row in cells)]
    widths = [max(cell_len(row[number]) for row in (head, *cells)) for number in used]
    words = [max(cell_len(word) for row in (head, *cells) for word in (row[number].split() or [""])) for number in used]
    words = [width if width <= _SHORT else word for width, word in zip(widths, words, strict=True)]
    room = terminal.console().width - 2 * (len(used) - 1)
    if sum(words) > room or (len(used) >= _MANY_COLUMNS and sum(widths) > room):
        _print_blocks(head, cells, used, terminal)
        return
    drawn = Table(box=None, header_style="bold", pad_edge=False)
    for number, width in zip(used, _share(room, words, widths), strict=True):
        drawn.add_column(head[number], width=width)
    for row in cells:
        drawn.add_row(*(Text(row[number]) for number in used))
    terminal.console().print(drawn)


_MANY_COLUMNS = 6
"""With so many, lines of one or two words each would be hard to read."""
_SHORT = 16
"""Cells of a column are left in one piece up to this width: that of a minute."""


def _share(room: int, least: Sequence[int], most: Sequence[int]) -> list[int]:
    """The width of each column: its longest word, so that no name is broken, and what it needs of what is left."""
    widths, left = [*least], room - sum(least)
    narrow_first = sorted(range(len(most)), key=lambda number: most[number] - least[number])
    for done, number in enumerate(narrow_first):
        more = min(most[number] - least[number], left // (len(most) - done))
        widths[number] += more
        left -= more
    return widths


def _print_blocks(head: Sequence[str], cells: Sequence[Sequence[str]], used: Sequence[int], terminal: Terminal) -> None:
    """Where the columns are too many for the screen: each row as its name, and below it `head value` pairs."""
    from rich.padding import Padding
    from rich.text import Text

    console = terminal.console()
    for row in cells:
        console.print(Text(row[used[0]] or "(none)", style="bold", overflow="fold"))
        pairs = (f"{head[number].lower()} {row[number]}" for number in used[1:] if row[number])
        for line in _fill(pairs, console.width - 2):
            console.print(Padding(Text(line, overflow="fold"), (0, 0, 0, 2)))


def _fill(pairs: Iterable[str], width: int) -> list[str]:
    """Lines of as many pairs as have room in each; none is broken where it has room of its own."""
    from rich.cells import cell_len

    lines = list[str]()
    for pair in pairs:
        longer = f"{lines[-1]}  {pair}" if lines else pair
        if lines and cell_len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(pair)
    return lines
