"""`pointsman plugins`: what other packages bring, whether it loads, and a new one to begin with."""

from __future__ import annotations

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import OK, USAGE, report_failure
from pointsman.adapters.cli.model_list import table
from pointsman.core.json import dumps_text
from pointsman.core.plugin import PluginReport
from pointsman.core.settings import Settings


@Command
async def plugins(context: CliContext) -> int:
    """Do the action that the line names."""
    if context.options.action == "new":
        return _write_new(context)
    return _list(context)


def _list(context: CliContext) -> int:
    terminal = context.terminal
    settings = unwrap_or_failure(context.wiring.read_settings(context.options.config))
    if not isinstance(settings, Settings):
        return report_failure(settings, terminal)
    found = context.wiring.plugins(settings)
    if context.options.json:
        rows = [{**attrs.asdict(one.plugin), "state": one.state, "detail": one.detail} for one in found.reports]
        terminal.say_json(dumps_text(rows))
        return OK
    for package in found.unreadable:
        terminal.note(f"Note: the metadata of the package {package} cannot be read, so what it brings is not known.")
    if not found.reports:
        terminal.note("No plug-in is installed. `pointsman plugins new NAME` writes one to begin with.")
        return OK
    table(("GROUP", "NAME", "PACKAGE", "VERSION", "STATE", ""), [_row(one) for one in found.reports], terminal)
    return OK


def _row(report: PluginReport) -> tuple[str, ...]:
    plugin = report.plugin
    return plugin.group, plugin.name, plugin.package, plugin.version, report.state, report.detail


def _write_new(context: CliContext) -> int:
    terminal, words = context.terminal, context.options.words
    if not words:
        terminal.complain("`pointsman plugins new` needs a name. See `pointsman plugins --help`.")
        return USAGE
    name, groups = words[0], tuple(words[1:]) or ("tools", "providers")
    written = context.wiring.write_plugin(name, groups)
    if isinstance(written, Failure):
        return report_failure(written.failure(), terminal)
    terminal.say(f"{name}/ is written. Next: cd {name}, pip install -e ., pytest, pointsman plugins")
    return OK
