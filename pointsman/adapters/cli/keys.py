"""`pointsman keys`: list, create, change and delete the keys of the server. A key is shown once, when it is made."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.context import StoresCommand, StoresContext
from pointsman.adapters.cli.exit_codes import OK, report_failure
from pointsman.adapters.cli.field_words import budget_text, read_changes, read_period, read_switch
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.options import Options, moment
from pointsman.adapters.cli.settings import name_user
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.conversations.conversation_text import minute
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, LLMError
from pointsman.core.json import dumps_text
from pointsman.core.security.key_change import KeyChange
from pointsman.core.security.virtual_key import PREFIX, SCOPES, VirtualKey
from pointsman.services.authority.key_service import KeyFailure, KeyService, no_key

_Done = TypeVar("_Done")
USAGE = {
    "list": "list",
    "create": "create NAME [scopes=chat,read] [models=openai/*] [budget=5.00] [expires=30d] …",
    "set": "set KEY budget=5.00 …",
    "delete": "delete KEY",
}


@StoresCommand
async def keys(context: StoresContext) -> int:
    """Do what is asked with the keys of the database."""
    service = KeyService(context.stores.keys, context.clock)
    done = await _act(service, context.options, context.terminal, name_user())
    return OK if done is None else report_failure(done, context.terminal)


async def _act(service: KeyService, options: Options, terminal: Terminal, who: str) -> LLMError | None:
    match options.action, options.words:
        case "list", []:
            return await _list(service, options, terminal)
        case "create", [name, *values]:
            return await _create(service, name, values, options, who, terminal)
        case "set", [name, *values] if values:
            return await _set(service, name, values, who, terminal)
        case "delete", [name]:
            return await _delete(service, name, who, terminal)
        case _:
            return InvalidRequest(detail=f"say what is to be done: keys {USAGE[options.action]}", local=True)


async def _list(service: KeyService, options: Options, terminal: Terminal) -> LLMError | None:
    found = unwrap_or_failure(await settle(service.store.all()))
    if not isinstance(found, tuple):
        return found
    if options.json:
        terminal.say_json(dumps_text([_facts(key) for key in found]))
        return None
    if not found:
        terminal.note("No key was given out; make one: pointsman keys create NAME")
    table(
        ("ID", "KEY", "NAME", "SCOPES", "MODELS", "BUDGET", "A MINUTE", "EXPIRES", "STATE"),
        list(map(_row, found)),
        terminal,
    )
    return None


def _row(key: VirtualKey) -> tuple[str, ...]:
    return (
        key.id,
        key.prefix,
        key.name,
        ", ".join(key.scopes),
        ", ".join(key.models) or "all",
        budget_text(key.usd, key.period),
        str(key.requests_per_minute or ""),
        "" if key.expires is None else minute(key.expires),
        "" if key.enabled else "disabled",
    )


def _facts(key: VirtualKey) -> dict[str, object]:
    """What may be told of a key: all but its digest."""
    plain = attrs.asdict(key, filter=lambda field, _: field.name not in ("digest", "usd"))
    return {**plain, "budget": None if key.usd is None else str(key.usd)}


async def _create(
    service: KeyService, name: str, words: Sequence[str], options: Options, who: str, terminal: Terminal
) -> LLMError | None:
    read = unwrap_or_failure(read_fields((f"name={name.removeprefix('name=')}", *words), service.clock.now()))
    if isinstance(read, InvalidRequest):
        return read
    text = PREFIX + secrets.token_urlsafe(32)
    made = unwrap_or_failure(await settle(service.make(text, *read, who)))
    if not isinstance(made, VirtualKey):
        return made
    if options.json:
        terminal.say_json(dumps_text({**_facts(made), "key": text}))
        return None
    terminal.say(text)
    terminal.note(f"This is the key {made.name!r} ({made.id}); it is not shown again.")
    return None


async def _set(service: KeyService, name: str, words: Sequence[str], who: str, terminal: Terminal) -> LLMError | None:
    read = unwrap_or_failure(read_fields(words, service.clock.now()))
    if isinstance(read, InvalidRequest):
        return read
    found = await _find(service, name)
    if not isinstance(found, VirtualKey):
        return found
    done = await settle(service.change(found.id, *read, who))
    return _report(done, f"{found.name} is changed, in every process.", terminal)


async def _delete(service: KeyService, name: str, who: str, terminal: Terminal) -> LLMError | None:
    found = await _find(service, name)
    if not isinstance(found, VirtualKey):
        return found
    gone = await settle(service.delete(found.id, who))
    return _report(gone, f"{found.name} is deleted.", terminal)


def _report(done: Result[_Done, KeyFailure], sentence: str, terminal: Terminal) -> LLMError | None:
    problem: KeyFailure | None = done.failure() if isinstance(done, Failure) else None
    if problem is None:
        terminal.say(sentence)
    return problem


async def _find(service: KeyService, name: str) -> VirtualKey | LLMError:
    """The key whose id is `name`, else the only one of that name."""
    every = unwrap_or_failure(await settle(service.store.all()))
    if not isinstance(every, tuple):
        return every
    found = [key for key in every if key.id == name] or [key for key in every if key.name == name]
    if len(found) > 1:
        return InvalidRequest(detail=f"{len(found)} keys are called {name!r}; say which by its id", local=True)
    return found[0] if found else no_key(name)


def read_fields(words: Sequence[str], now: float) -> Result[tuple[KeyChange, frozenset[str]], InvalidRequest]:
    """What `FIELD=VALUE` say of a key, and which fields they name."""
    return read_changes(words, {**_READERS, "expires": partial(_read_end, now)}, KeyChange())


def _read_name(change: KeyChange, text: str) -> Result[KeyChange, str]:
    return Success(attrs.evolve(change, name=text))


def _read_scopes(change: KeyChange, text: str) -> Result[KeyChange, str]:
    words = _parts(text)
    wrong = [one for one in words if one not in SCOPES]
    if wrong:
        return Failure(f"{wrong[0]!r} is not one of {', '.join(SCOPES)}")
    return Success(attrs.evolve(change, scopes=[one for one in SCOPES if one in words]))


def _read_models(change: KeyChange, text: str) -> Result[KeyChange, str]:
    return Success(attrs.evolve(change, models=_parts(text)))


def _parts(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _read_budget(change: KeyChange, text: str) -> Result[KeyChange, str]:
    return Success(attrs.evolve(change, budget=text or None))


def _read_rate(change: KeyChange, text: str) -> Result[KeyChange, str]:
    if text and not (text.isdecimal() and len(text) < 12):
        return Failure(f"{text!r} is not a whole number")
    return Success(attrs.evolve(change, requests_per_minute=int(text) if text else None))


def _read_end(now: float, change: KeyChange, text: str) -> Result[KeyChange, str]:
    """A date, or so long from now: `30d`."""
    read = moment(text, now) if text else None
    if text and read is None:
        return Failure(f"{text!r} is not a moment; write 30d or 2027-01-31")
    return Success(attrs.evolve(change, expires=read if read is None or "-" in text else 2 * now - read))


_READERS: Mapping[str, Callable[[KeyChange, str], Result[KeyChange, str]]] = {
    "name": _read_name,
    "scopes": _read_scopes,
    "models": _read_models,
    "budget": _read_budget,
    "period": lambda change, text: read_period(text).map(lambda period: attrs.evolve(change, period=period)),
    "requests_per_minute": _read_rate,
    "enabled": lambda change, text: read_switch(text).map(lambda switch: attrs.evolve(change, enabled=switch)),
}
