"""`pointsman settings`: opens the database that it works on, rotates keys, sets the password, pings."""

from __future__ import annotations

import secrets

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.cli import settings as command
from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import OK, report_failure, report_missing, report_usage
from pointsman.adapters.cli.model_list import show_pings
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.passwords import SHORTEST, hash_password
from pointsman.core.security.secret import Secret
from pointsman.core.security.user import OWNER
from pointsman.core.settings import Settings
from pointsman.services.ports.key_rotation import Reencrypted
from pointsman.services.ports.settings_store import StoredSettings
from pointsman.services.ports.stores import Stores
from pointsman.services.settings.settings_service import SettingsService


@Command
async def settings(context: CliContext) -> int:
    """Do what is asked with what is saved in the database."""
    options, terminal, wiring = context.options, context.terminal, context.wiring
    first = context.read_settings()
    if isinstance(first, Failure):
        return report_failure(first.failure(), terminal)
    async with wiring.open_stores(first.unwrap()) as opened:
        if isinstance(opened, Failure):
            return report_failure(opened.failure(), terminal)
        stores = opened.unwrap()
        desk = wiring.settings_service(stores)
        if options.action in ("rotate-key", "forget-secrets"):
            return await _keys(stores, first.unwrap(), context)
        if options.action == "set-password":
            return await _set_password(desk, stores, terminal)
        if options.action == "import":
            for note in wiring.settings_notes(options.words[0]) if options.words else ():
                terminal.note(note)
            found = wiring.read_settings(options.words[0] if options.words else options.config)
            return await command.import_file(desk, found, terminal)
        stored = unwrap_or_failure(await settle(stores.settings.read()))
        if not isinstance(stored, StoredSettings):
            return report_failure(stored, terminal)
        whole = unwrap_or_failure(wiring.read_settings(options.config, stored))
        if not isinstance(whole, Settings):
            return report_failure(whole, terminal)
        if options.action == "test":
            return await _test(whole, context)
        return await command.settings(desk, whole, options, terminal)


async def _set_password(desk: SettingsService, stores: Stores, terminal: Terminal) -> int:
    text = await command.ask_value("password", terminal)
    if len(text) < SHORTEST:
        return report_usage(f"a password has at least {SHORTEST} characters", terminal)
    made = hash_password(Secret(text), secrets.token_bytes(16))
    done: Result[None, LLMError] = await settle(desk.set_password(made, command.name_user()))
    if isinstance(done, Success):
        done = (await settle(stores.sessions.remove_all(OWNER))).map(lambda _: None)
    return _finish(done, "The password of the page is set; who was signed in has to sign in again.", terminal)


async def _test(whole: Settings, context: CliContext) -> int:
    options, clock = context.options, context.wiring.clock()
    names = options.words or list(whole.providers)
    for unknown in (name for name in names if name not in whole.providers):
        return report_missing(
            f"there is no provider {unknown!r}; `pointsman settings list` shows them", terminal=context.terminal
        )
    chosen = {name: one for name, one in whole.providers.items() if name in names}
    async with context.wiring.open_clients(attrs.evolve(whole, providers=chosen)) as opened:
        if isinstance(opened, Failure):
            return report_failure(opened.failure(), context.terminal)
        return await show_pings(opened.unwrap(), clock, whole.default_provider, options, context.terminal)


async def _keys(stores: Stores, settings: Settings, context: CliContext) -> int:
    options, terminal = context.options, context.terminal
    entry = AuditEntry(time=context.wiring.clock().now(), who=command.name_user(), what=f"settings.{options.action}")
    if options.action == "forget-secrets":
        if not options.yes:
            return report_usage("every saved key and everything sealed is given up; say so by --yes", terminal)
        return _finish(await settle(stores.settings.forget_secrets(entry)), "All secrets are forgotten.", terminal)
    if stores.rotation is None:
        terminal.complain("there is no database, and nothing is encrypted; name one by POINTSMAN_DATABASE.")
        return 3
    place = context.wiring.shared_keys(settings)
    drop = options.yes or place is None
    rotated = await settle(stores.rotation.rotate(drop=drop))
    if isinstance(rotated, Failure):
        return report_failure(rotated.failure(), terminal)
    audited = await settle(stores.settings.record(entry))
    if isinstance(audited, Failure):
        terminal.complain(f"the audit log has no entry of this: {audited.failure()}")
    terminal.say(f"There is a new key. Sealed again with it: {_counts(rotated.unwrap())}.")
    terminal.say(_DROPPED if drop else _SHARED.format(place=place))
    return OK


_DROPPED = "The old keys are dropped: nothing in this database is encrypted with them any more."
_SHARED = (
    "The old keys stay in {place}, for other databases may be sealed with them. If none is, drop them by "
    "`pointsman settings rotate-key --yes`."
)


def _counts(done: Reencrypted) -> str:
    """`1 provider, 2 conversations, 3 messages, 4 memories`."""
    named = (
        (done.providers, "provider", "providers"),
        (done.conversations, "conversation", "conversations"),
        (done.messages, "message", "messages"),
        (done.memories, "memory", "memories"),
        (done.texts, "text of collections", "texts of collections"),
        (done.recordings, "recording", "recordings"),
    )
    return ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in named)


def _finish(outcome: Result[None, LLMError], sentence: str, terminal: Terminal) -> int:
    if isinstance(outcome, Failure):
        return report_failure(outcome.failure(), terminal)
    terminal.say(sentence)
    return OK
