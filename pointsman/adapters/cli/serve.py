"""`pointsman serve` and `pointsman simulate`: say where they are to be found, and run until they are stopped."""

from __future__ import annotations

import anyio
from returns.result import Failure

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import BY_TAG, OK, report_failure
from pointsman.adapters.cli.opened import RunningServer
from pointsman.adapters.cli.stopping import StopOrder, obey_hang_ups, stop_signals
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.json import JsonObject, dumps_text
from pointsman.core.settings import Settings

_BASES = (("OpenAI", "/v1"), ("Anthropic", ""), ("Gemini", ""), ("Ollama", ""))


@Command
async def serve(context: CliContext) -> int:
    """Serve the gateway, the API and the page."""
    terminal = context.terminal
    settings = context.read_settings_alone()
    if isinstance(settings, Failure):
        return report_failure(settings.failure(), terminal)
    worked = await context.wiring.work(settings.unwrap(), context.options)
    if worked is not None:  # the supervisor says what there is to say
        return OK if worked else BY_TAG["ConfigurationError"]
    order = StopOrder(terminal)
    async with stop_signals(order):
        with order.opening:
            return await _serve_until_stopped(context, settings.unwrap(), order)
    return OK


async def _serve_until_stopped(context: CliContext, settings: Settings, order: StopOrder) -> int:
    options, terminal = context.options, context.terminal
    async with context.wiring.open_server(settings, options) as opened:
        if isinstance(opened, Failure):
            return report_failure(opened.failure(), terminal)
        server = opened.unwrap()
        order.ending = server.ending
        announce(server, terminal)
        if options.open:
            import webbrowser

            webbrowser.open(page_address(server))
        async with obey_hang_ups(server.replace):
            await server.ending.over.wait()
    cut = server.ending.cut_count
    terminal.note(f"Stopped; {'one call was' if cut == 1 else f'{cut} calls were'} cut short." if cut else "Stopped.")
    return OK


def page_address(server: RunningServer) -> str:
    """Where a browser opens the page; with the word that signs it in, if there is one."""
    return f"{server.address}/{'#link=' + server.link if server.link else ''}"


def announce(server: RunningServer, terminal: Terminal) -> None:
    """Say where to open it, and which base URLs the vendors' SDKs take."""
    if terminal.as_json:
        terminal.say_json(dumps_text(_announcement(server)))
        return
    if server.demo:
        terminal.say("Nothing is set up and no local server answers: models are simulated until you save a provider.")
        terminal.say("A real one, very small, is got by `pointsman local get smollm2` (98 MB).")
    else:
        terminal.say(f"Asking {server.default_provider} where no model is named.")
    bases = " · ".join(f"{name} {server.address}{path}" for name, path in _BASES)
    terminal.say(f"Base URLs: {bases}")
    if server.workers > 1:
        terminal.say(f"{server.workers} workers serve; SIGHUP replaces them one after the other.")
        if not server.shares_limits:
            terminal.say(
                "Each of them counts rate limits for itself; the setting `shared` names a Redis for one count."
            )
    terminal.say(f"Open {page_address(server)}  (Ctrl-C stops)")


def _announcement(server: RunningServer) -> JsonObject:
    return {
        "address": server.address,
        "base_urls": {name.lower(): f"{server.address}{path}" for name, path in _BASES},
        "page": page_address(server),
        "default_provider": server.default_provider,
        "demo": server.demo,
    }


@Command
async def simulate(context: CliContext) -> int:
    """Serve every dialect on one address, and say which base URLs there are."""
    options, terminal = context.options, context.terminal
    order = StopOrder(terminal)
    try:
        async with stop_signals(order):
            with order.opening:
                return await _simulate_until_stopped(context)
    except OSError as problem:
        reason = problem.strerror or problem
        terminal.complain(f"{options.host}:{options.port} cannot be listened on: {reason}. Use another --port.")
        return BY_TAG["NetworkError"]
    return OK


async def _simulate_until_stopped(context: CliContext) -> int:
    options, terminal = context.options, context.terminal
    async with context.wiring.open_simulator(options) as opened:
        if isinstance(opened, Failure):
            return report_failure(opened.failure(), terminal)
        simulator = opened.unwrap()
        if terminal.as_json:
            bases = {kind: f"{simulator.address}{path}" for kind, path in simulator.paths.items()}
            terminal.say_json(dumps_text({"address": simulator.address, "base_urls": bases}))
            await anyio.sleep_forever()
        terminal.say(f"Simulated models at {simulator.address} (Ctrl-C stops). Base URLs:")
        for kind, path in simulator.paths.items():
            terminal.say(f"  {kind:<17} {simulator.address}{path}")
        await anyio.sleep_forever()
    return OK
