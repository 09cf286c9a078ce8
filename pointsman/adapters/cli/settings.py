"""`pointsman settings`: what is saved, changed and checked; keys are never shown."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.exit_codes import OK, exit_code, report_missing
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.settings_file import lines_beside_providers
from pointsman.adapters.cli.terminal import Terminal, typed_in
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError, InvalidRequest, LLMError, invalid_request
from pointsman.core.json import dumps_text
from pointsman.core.records.read import fields_of
from pointsman.core.records.values import Problems, Raw, outweigh
from pointsman.core.records.write import change_record, flatten, write_record
from pointsman.core.security.audit import AuditEntry, mask_key
from pointsman.core.security.secret import Secret
from pointsman.core.settings import ProviderSettings, Settings
from pointsman.services.ports.settings_store import StoredSettings
from pointsman.services.settings.settings_service import SettingsService, unknown


async def settings(desk: SettingsService, whole: Settings, options: Options, terminal: Terminal) -> int:
    """Do what is asked with the saved settings."""
    kept = unwrap_or_failure(await settle(desk.read()))
    if not isinstance(kept, StoredSettings):
        return _complain(kept, terminal)
    who = name_user()
    match options.action, options.words:
        case "list", []:
            return _list(whole, kept, options.json, terminal)
        case "show", [name]:
            return _show(whole, name, options.json, terminal)
        case "set", [name, *values] if values:
            kind = whole.providers[name].kind if name in whole.providers else name
            old = kept.providers.get(name) or ProviderSettings(name=name, kind=kind)
            typed = await type_values(values, terminal)
            return await _set(desk, old, typed, who, terminal)
        case "use", [name]:
            return await _use(desk, whole, name, who, terminal)
        case "delete", [name] if name not in kept.providers:
            return report_missing(unknown(name).detail, terminal)
        case "delete", [name]:
            return _report_outcome(await settle(desk.remove(name, who)), f"{name} is deleted.", terminal)
        case "export", []:
            terminal.say(_export(kept))
            return OK
        case "audit", []:
            return await _audit(desk, options.json, terminal)
        case _:
            return _complain(
                InvalidRequest(detail=f"say what is to be done: settings {USAGE[options.action]}", local=True), terminal
            )


USAGE = {
    "list": "list",
    "show": "show NAME",
    "set": "set NAME model=gpt-4o api_key=-  (- asks for the value; an empty one removes it)",
    "test": "test NAME",
    "use": "use NAME",
    "delete": "delete NAME",
    "export": "export",
    "import": "import [FILE]",
    "audit": "audit",
    "set-password": "set-password",
    "rotate-key": "rotate-key [--yes]  (--yes drops old keys also where other databases may share them)",
    "forget-secrets": "forget-secrets --yes",
}


def name_user() -> str:
    """The user of this machine who changes something, as the trail names them."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):
        return f"cli:{os.getuid()}"


def _list(whole: Settings, kept: StoredSettings, json: bool, terminal: Terminal) -> int:
    rows = [
        (
            name,
            one.kind,
            "active" if name == whole.default_provider else "" if one.enabled else "disabled",
            one.model or "",
            one.base_url or "",
            mask_key(one.api_key) if one.api_key else "",
            "saved" if name in kept.providers else "file or environment",
        )
        for name, one in whole.providers.items()
    ]
    keys = ("name", "kind", "state", "model", "base_url", "api_key", "source")
    if json:
        terminal.say(dumps_text([dict(zip(keys, row, strict=True)) for row in rows]))
        return OK
    if not rows:
        terminal.note("Nothing is set up. Save a provider: pointsman settings set openai api_key=-")
    table(tuple(key.upper().replace("_", " ") for key in keys), rows, terminal)
    return OK


def _show(whole: Settings, name: str, json: bool, terminal: Terminal) -> int:
    provider = whole.providers.get(name)
    if provider is None:
        return report_missing(unknown(name).detail, terminal)
    found = plain(provider)
    if json:
        terminal.say(dumps_text(found))
    else:
        table(("FIELD", "VALUE"), [(key, str(value)) for key, value in found.items()], terminal)
    return OK


def plain(provider: ProviderSettings) -> dict[str, object]:
    """A provider's settings as they may be seen: secrets masked, what is not set left out."""
    return {name: _visible(name, value) for name, value in flatten(write_record(provider))}


def _visible(name: str, value: object) -> object:
    if isinstance(value, Secret):
        return mask_key(value)
    return value.rsplit("@", 1)[-1] if name == "proxy" and isinstance(value, str) else value


async def _set(desk: SettingsService, old: ProviderSettings, words: Sequence[str], who: str, terminal: Terminal) -> int:
    changed = changed_by(old, words)
    if isinstance(changed, Failure):
        return _complain(changed.failure(), terminal)
    refused = desk.refuse_moved_secrets(old, changed.unwrap(), _names_in(words))
    if refused is not None:
        return _complain(refused, terminal)
    return _report_outcome(await settle(desk.put(changed.unwrap(), who)), f"{old.name} is saved.", terminal)


def _names_in(words: Sequence[str]) -> dict[str, object]:
    """The fields that `FIELD=VALUE` name, and of the headers which."""
    fields = [word.partition("=")[0] for word in words]
    headers = {field.partition(".")[2]: "" for field in fields if field.startswith("headers.")}
    return {**dict.fromkeys(fields), "headers": headers}


async def type_values(words: Sequence[str], terminal: Terminal) -> list[str]:
    """`FIELD=VALUE` each; of `FIELD=-` the value is read from the terminal, unseen, or from a pipe."""
    typed: list[str] = []
    for word in words:
        field, mark, text = word.partition("=")
        typed.append(f"{field}={await ask_value(field, terminal)}" if mark and text == "-" else word)
    return typed


def changed_by(provider: ProviderSettings, words: Sequence[str]) -> Result[ProviderSettings, InvalidRequest]:
    """`provider` with what `FIELD=VALUE` say."""
    patch = Raw({}, "")
    for word in words:
        field, mark, text = word.partition("=")
        if not mark:
            return _wrong(f"{word!r} is not of the form field=value")
        path = (field.lower() if field.startswith("headers.") else field).split(".")
        raw = Raw(text, field, text=True)
        for key in reversed(path):
            raw = Raw({key: raw}, field)
        patch = outweigh(patch, raw)
    problems = Problems()
    changed = change_record(provider, patch, problems)
    if changed is None:
        listed = tuple(problems.found)
        return Failure(invalid_request(*listed))
    return Success(changed)


async def ask_value(field: str, terminal: Terminal) -> str:
    """A value that is typed unseen, or comes through a pipe."""
    if terminal.piped_in:
        return (await terminal.read_line() or "").strip()
    return (await typed_in(partial(_getpass, f"{field}: "))).strip()


def _getpass(prompt: str) -> str:
    try:
        return getpass.getpass(prompt)
    except EOFError:
        return ""


async def _use(desk: SettingsService, whole: Settings, name: str, who: str, terminal: Terminal) -> int:
    if name not in whole.providers:
        return report_missing(unknown(name).detail, terminal)
    return _report_outcome(await settle(desk.activate(name, who)), f"{name} is asked from now on.", terminal)


def _export(kept: StoredSettings) -> str:
    """The saved settings as a settings file, without secrets."""
    secret = {field.name for field in fields_of(ProviderSettings) if field.is_secret}
    lines = [f"default_provider = {dumps_text(kept.active)}\n"] if kept.active else []
    for name, provider in kept.providers.items():
        lines.append(f"[providers.{name}]")
        for key, value in plain(provider).items():
            if key != "name" and key.partition(".")[0] not in secret:
                lines.append(f"{key} = {dumps_text(value)}")
        if provider.api_key:
            lines.append(f'# api_key_env = "{name.upper().replace("-", "_")}_API_KEY"  (keys are not exported)')
        lines.append("")
    return "\n".join(lines).rstrip()


async def import_file(desk: SettingsService, found: Result[Settings, ConfigurationError], terminal: Terminal) -> int:
    """Save the providers of a settings file, or of the environment; what the database does not keep is told."""
    if isinstance(found, Failure):
        return _complain(found.failure(), terminal)
    providers, who = found.unwrap().providers.values(), name_user()
    for provider in providers:
        done = await settle(desk.put(provider, who))
        if isinstance(done, Failure):
            return _complain(done.failure(), terminal)
        terminal.say(f"{provider.name} is saved.")
    if not providers:
        terminal.note("There is no provider in it.")
    unsaved = lines_beside_providers(found.unwrap())
    if unsaved:
        terminal.note("These belong into a settings file (`pointsman.toml`, or --config FILE), and are not saved:")
        terminal.say("\n".join(unsaved))
    return await _use_first(desk, found.unwrap().default_provider, who, terminal)


async def _use_first(desk: SettingsService, name: str | None, who: str, terminal: Terminal) -> int:
    """Ask `name` from now on, where nobody has been chosen yet."""
    kept = await settle(desk.read())
    if isinstance(kept, Failure):
        return _complain(kept.failure(), terminal)
    if name is None or kept.unwrap().active is not None:
        return OK
    return _report_outcome(await settle(desk.activate(name, who)), f"{name} is asked from now on.", terminal)


async def _audit(desk: SettingsService, json: bool, terminal: Terminal) -> int:
    found = unwrap_or_failure(await settle(desk.audit(200)))
    if not isinstance(found, tuple):
        return _complain(found, terminal)
    if json:
        terminal.say(dumps_text([attrs.asdict(entry) for entry in found]))
        return OK
    table(("TIME", "WHO", "WHAT", "TARGET", "CHANGES"), [_row(entry) for entry in found], terminal)
    return OK


def _row(entry: AuditEntry) -> tuple[str, ...]:
    changes = "; ".join(f"{one.field}: {one.old or '(none)'} -> {one.new or '(none)'}" for one in entry.changes)
    moment = datetime.fromtimestamp(entry.time, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return moment, entry.who, entry.what, entry.target, changes


def _report_outcome(outcome: Result[object, LLMError], said: str, terminal: Terminal) -> int:
    if isinstance(outcome, Failure):
        return _complain(outcome.failure(), terminal)
    terminal.say(said)
    return OK


def _wrong(detail: str) -> Failure[InvalidRequest]:
    return Failure(invalid_request(detail))


def _complain(error: LLMError, terminal: Terminal) -> int:
    terminal.complain(error)
    return exit_code(error)
