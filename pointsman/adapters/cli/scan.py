"""`pointsman local scan`: servers of models on this machine, or on a local network that the person names."""

from __future__ import annotations

import attrs
from returns.result import Failure

from pointsman.adapters.cli.context import CliContext
from pointsman.adapters.cli.exit_codes import OK, report_failure
from pointsman.adapters.cli.model_list import table
from pointsman.core.error import InvalidRequest
from pointsman.core.json import dumps_text
from pointsman.core.models.server_scan import KNOWN_PORTS, FoundServer, hosts_of


async def scan_network(context: CliContext, network: str) -> int:
    """Look through `network`, and print what was found."""
    terminal = context.terminal
    hosts = hosts_of(network)
    if isinstance(hosts, Failure):
        problem = hosts.failure()
        return report_failure(InvalidRequest(detail=problem, problems=(problem,), local=True), terminal)
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
