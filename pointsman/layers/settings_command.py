"""What `pointsman settings` works on, put together: the store, the desk, the vault."""

from __future__ import annotations

import argparse
import secrets

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result

from pointsman.adapters.cli import settings as command
from pointsman.adapters.cli.catalogue import show_pings
from pointsman.adapters.cli.exit_codes import OK, exit_code
from pointsman.adapters.cli.terminal import Terminal
from pointsman.adapters.system.clock import SystemClock
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, LLMError
from pointsman.core.security.audit import AuditEntry
from pointsman.core.security.passwords import SHORTEST, hashed
from pointsman.core.security.secret import Secret
from pointsman.core.settings import Settings
from pointsman.layers.live import http_clients, load_settings
from pointsman.layers.settings import Arguments
from pointsman.layers.settings_stored import checked
from pointsman.layers.stores import by_settings, key_source, keys_are_shared
from pointsman.services.ports.key_rotation import Resealed
from pointsman.services.ports.settings_store import StoredSettings
from pointsman.services.ports.stores import Stores
from pointsman.services.settings.settings_service import SettingsDesk


async def run_settings(settings: Settings, options: argparse.Namespace, terminal: Terminal) -> int:
    """Do what is asked with what is saved in the database of `settings`."""
    async with by_settings(settings) as opened:
        if isinstance(opened, Failure):
            return _complain(opened.failure(), terminal)
        stores = opened.unwrap()
        desk = SettingsDesk(stores.settings, SystemClock(), checked)
        if options.action in ("rotate-key", "forget-secrets"):
            return await _keys(stores, settings, options, terminal)
        if options.action == "set-password":
            return await _set_password(desk, terminal)
        if options.action == "import":
            found = load_settings(Arguments(), options.words[0] if options.words else options.config)
            return await command.import_file(desk, found, terminal)
        stored = unwrap_or_failure(await settle(stores.settings.read()))
        if not isinstance(stored, StoredSettings):
            return _complain(stored, terminal)
        whole = unwrap_or_failure(load_settings(Arguments(), options.config, stored=stored))
        if not isinstance(whole, Settings):
            return _complain(whole, terminal)
        if options.action == "test":
            return await _test(whole, options, terminal)
        return await command.settings(desk, whole, options, terminal)


async def _set_password(desk: SettingsDesk, terminal: Terminal) -> int:
    text = command.asked("password", terminal)
    if len(text) < SHORTEST:
        terminal.complain(f"a password has at least {SHORTEST} characters")
        return exit_code(InvalidRequest())
    made = hashed(Secret(text), secrets.token_bytes(16))
    return _told(await settle(desk.set_password(made, "cli")), "The password of the page is set.", terminal)


async def _test(whole: Settings, options: argparse.Namespace, terminal: Terminal) -> int:
    names = options.words or list(whole.providers)
    chosen = {name: one for name, one in whole.providers.items() if name in names}
    async with http_clients(attrs.evolve(whole, providers=chosen), SystemClock()) as clients:
        return await show_pings(clients, SystemClock(), whole.default_provider, options, terminal)


async def _keys(stores: Stores, settings: Settings, options: argparse.Namespace, terminal: Terminal) -> int:
    entry = AuditEntry(time=SystemClock().now(), who="cli", what=f"settings.{options.action}")
    if options.action == "forget-secrets":
        if not options.yes:
            terminal.complain("every saved key and everything sealed is given up; say so by --yes")
            return 2
        return _told(await settle(stores.settings.forget_secrets(entry)), "All secrets are forgotten.", terminal)
    if stores.rotation is None:
        terminal.complain("there is no database, and nothing is sealed; name one by POINTSMAN_DATABASE")
        return 3
    drop = options.yes or not keys_are_shared(settings)
    rotated = await settle(stores.rotation.rotate(drop=drop))
    if isinstance(rotated, Failure):
        return _complain(rotated.failure(), terminal)
    audited = await settle(stores.settings.record(entry))
    if isinstance(audited, Failure):
        terminal.complain(f"the audit log has no entry of this: {audited.failure()}")
    terminal.say(f"There is a new key. Sealed again with it: {_counted(rotated.unwrap())}.")
    place = key_source(settings).place
    terminal.say(_DROPPED if drop else _SHARED.format(place=place))
    return OK


_DROPPED = "The old keys are dropped: nothing in this database is sealed with them any more."
_SHARED = (
    "The old keys stay in {place}, for other databases may be sealed with them. If none is, drop them by "
    "`pointsman settings rotate-key --yes`."
)


def _counted(done: Resealed) -> str:
    """`1 provider, 2 conversations, 3 messages, 4 memories`."""
    named = (
        (done.providers, "provider", "providers"),
        (done.conversations, "conversation", "conversations"),
        (done.messages, "message", "messages"),
        (done.memories, "memory", "memories"),
    )
    return ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in named)


def _told(outcome: Result[None, LLMError], said: str, terminal: Terminal) -> int:
    if isinstance(outcome, Failure):
        return _complain(outcome.failure(), terminal)
    terminal.say(said)
    return OK


def _complain(error: LLMError, terminal: Terminal) -> int:
    terminal.complain(error)
    return exit_code(error)
