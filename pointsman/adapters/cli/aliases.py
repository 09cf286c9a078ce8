"""`pointsman aliases`: names of one's own for models, and the model that is asked where none is named."""

from __future__ import annotations

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import OK, report_failure, report_missing, report_usage
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.settings import name_user
from pointsman.core.effect import settle
from pointsman.core.json import dumps_text
from pointsman.core.settings import ProviderSettings, Settings
from pointsman.services.ports.settings_store import StoredSettings
from pointsman.services.ports.stores import Stores
from pointsman.services.settings.settings_service import SettingsService


@Command
async def aliases(context: CliContext) -> int:
    """Do what is asked with the aliases of file, environment and database."""
    terminal, wiring = context.terminal, context.wiring
    first = unwrap_or_failure(context.read_settings())
    if not isinstance(first, Settings):
        return report_failure(first, terminal)
    async with wiring.open_stores(first) as opened:
        stores = unwrap_or_failure(opened)
        if not isinstance(stores, Stores):
            return report_failure(stores, terminal)
        stored = unwrap_or_failure(await settle(stores.settings.read()))
        if not isinstance(stored, StoredSettings):
            return report_failure(stored, terminal)
        whole = unwrap_or_failure(wiring.read_settings(context.options.config, stored))
        if not isinstance(whole, Settings):
            return report_failure(whole, terminal)
        return await _act(wiring.settings_service(stores), whole, stored, context)


async def _act(desk: SettingsService, whole: Settings, stored: StoredSettings, context: CliContext) -> int:
    terminal = context.terminal
    match context.options.action, context.options.words:
        case "list", []:
            return _list(whole, stored, context)
        case "set", [name, target]:
            done = await settle(desk.set_alias(name, target, name_user()))
            said = f"{name} is {target} from now on."
        case "delete", [name]:
            if name not in stored.aliases:
                return report_missing(f"there is no saved alias {name!r}; `pointsman aliases` lists them", terminal)
            done = await settle(desk.set_alias(name, None, name_user()))
            said = f"{name} is no alias any more."
        case "default", []:
            provider = whole.providers.get(whole.default_provider or "")
            known = "" if provider is None else f"{provider.name}/{provider.model or ''}".rstrip("/")
            terminal.say(known or "No provider is set up.")
            return OK
        case "default", [reference]:
            return await _choose_default(desk, whole, stored, reference, context)
        case _:
            return report_usage("say what is to be done: aliases set NAME PROVIDER/MODEL", terminal)
    if isinstance(done, Failure):
        return report_failure(done.failure(), terminal)
    terminal.say(said)
    return OK


def _list(whole: Settings, stored: StoredSettings, context: CliContext) -> int:
    if context.options.json:
        context.terminal.say_json(dumps_text(dict(whole.aliases)))
        return OK
    if not whole.aliases:
        context.terminal.note("There are no aliases; make one: pointsman aliases set fast ollama/qwen3")
    rows = [
        (name, target, "saved" if name in stored.aliases else "file or environment")
        for name, target in whole.aliases.items()
    ]
    table(("ALIAS", "MODEL", "SOURCE"), rows, context.terminal)
    return OK


async def _choose_default(
    desk: SettingsService, whole: Settings, stored: StoredSettings, reference: str, context: CliContext
) -> int:
    """Save `provider/model` (or an alias of it) as what is asked where no model is named."""
    terminal = context.terminal
    name, slash, model = whole.aliases.get(reference, reference).partition("/")
    if not slash or not model:
        known = ", ".join(whole.providers) or "none is set up"
        return report_usage(f"{reference!r} is not of the form provider/model; providers: {known}", terminal)
    given = whole.providers.get(name)
    usual = ProviderSettings(name=name, kind=given.kind if given is not None else name)
    old = stored.providers.get(name, usual)
    kept = await settle(desk.put(attrs.evolve(old, model=model), name_user()))
    done = await settle(desk.activate(name, name_user())) if not isinstance(kept, Failure) else kept
    if isinstance(done, Failure):
        return report_failure(done.failure(), terminal)
    terminal.say(f"{name}/{model} is asked from now on.")
    return OK
