"""`pointsman providers`: the table of providers, and which of them are set up."""

from __future__ import annotations

from returns.methods import unwrap_or_failure

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import OK, report_failure
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.core.json import dumps_text
from pointsman.core.settings import Settings


@Command
async def providers(context: CliContext) -> int:
    """Print every provider there is, and whether the settings say something of it."""
    options, terminal = context.options, context.terminal
    settings = unwrap_or_failure(await context.wiring.load_settings(options))
    if not isinstance(settings, Settings):
        return report_failure(settings, terminal)
    rows = [_row(name, settings) for name in [*PROVIDERS, *(n for n in settings.providers if n not in PROVIDERS)]]
    if options.json:
        keys = ("name", "title", "state", "base_url", "key_variable", "dialect")
        terminal.say(dumps_text([dict(zip(keys, row, strict=True)) for row in rows]))
        return OK
    table(("NAME", "TITLE", "STATE", "BASE URL", "KEY", "DIALECT"), rows, terminal)
    return OK


def _row(name: str, settings: Settings) -> tuple[str, ...]:
    given = settings.providers.get(name)
    row = PROVIDERS[given.kind if given else name]
    state = "default" if name == settings.default_provider else "set up" if given and _usable(name, settings) else ""
    url = (given.base_url if given else None) or row.base_url or ""
    return name, row.title, state, url, row.key_variables[0] if row.key_variables else "", row.dialect


def _usable(name: str, settings: Settings) -> bool:
    given = settings.providers[name]
    row = PROVIDERS[given.kind]
    return given.api_key is not None or not row.key_required or not row.key_headers.isdisjoint(given.headers)
