"""`pointsman users`: list, invite, change and delete who may sign in beside the owner."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.context import StoresCommand, StoresContext
from pointsman.adapters.cli.exit_codes import OK, report_failure
from pointsman.adapters.cli.field_words import budget_text, read_changes, read_period, read_switch
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.options import Options
from pointsman.adapters.cli.settings import name_user
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.conversations.conversation_text import minute
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, LLMError
from pointsman.core.json import dumps_text
from pointsman.core.security.user import ROLES, Invitation, Role, User
from pointsman.services.authority.user_service import UserChange, UserService, no_user

_DAYS = 7.0
USAGE = {
    "list": "list",
    "invite": "invite [admin|member|viewer]",
    "set": "set NAME role=member budget=20 …",
    "delete": "delete NAME",
}


@StoresCommand
async def users(context: StoresContext) -> int:
    """Do what is asked with the users of the database."""
    service = UserService(context.stores.users, context.clock)
    done = await _act(service, context.options, context.terminal, name_user())
    return OK if done is None else report_failure(done, context.terminal)


async def _act(service: UserService, options: Options, terminal: Terminal, who: str) -> LLMError | None:
    match options.action, options.words:
        case "list", []:
            return await _list(service, options, terminal)
        case "invite", [] | [_]:
            return await _invite(service, options, who, terminal)
        case "set", [name, *values] if values:
            return await _set(service, name, values, who, terminal)
        case "delete", [name]:
            return await _delete(service, name, who, terminal)
        case _:
            return InvalidRequest(detail=f"say what is to be done: users {USAGE[options.action]}", local=True)


async def _list(service: UserService, options: Options, terminal: Terminal) -> LLMError | None:
    found = unwrap_or_failure(await settle(service.store.all()))
    if not isinstance(found, tuple):
        return found
    if options.json:
        terminal.say_json(dumps_text([_facts(user) for user in found]))
        return None
    if not found:
        terminal.note("There is nobody but the owner; invite somebody: pointsman users invite")
    table(("ID", "NAME", "ROLE", "SINCE", "BUDGET", "STATE"), [_row(user) for user in found], terminal)
    return None


def _row(user: User) -> tuple[str, ...]:
    budget = budget_text(user.usd, user.period)
    return user.id, user.name, user.role, minute(user.created), budget, "" if user.enabled else "disabled"


def _facts(user: User) -> dict[str, object]:
    """What may be told of a user: all but the password's hash."""
    plain = attrs.asdict(user, filter=lambda field, _: field.name not in ("password", "usd"))
    return {**plain, "budget": None if user.usd is None else str(user.usd)}


async def _invite(service: UserService, options: Options, who: str, terminal: Terminal) -> LLMError | None:
    asked = options.words[0] if options.words else "member"
    roles: dict[str, Role] = {one: one for one in ROLES}
    role = roles.get(asked)
    if role is None:
        return InvalidRequest(detail=f"{asked!r} is not one of {', '.join(ROLES)}", local=True)
    word = secrets.token_urlsafe(24)
    made = unwrap_or_failure(await settle(service.invite(word, role, _DAYS * 86400, who)))
    if not isinstance(made, Invitation):
        return made
    if options.json:
        terminal.say_json(dumps_text({"invitation": word, "role": role, "expires": made.expires}))
        return None
    terminal.say(f"#invite={word}")
    terminal.note(
        f"Whoever opens the page's address with this behind it (http://127.0.0.1:8787/#invite=…) becomes a {role}, "
        f"once, until {minute(made.expires)}."
    )
    return None


async def _set(service: UserService, name: str, words: Sequence[str], who: str, terminal: Terminal) -> LLMError | None:
    read = unwrap_or_failure(read_user_fields(words))
    if isinstance(read, InvalidRequest):
        return read
    found = await _find(service, name)
    if not isinstance(found, User):
        return found
    done = unwrap_or_failure(await settle(service.change(found.id, *read, who)))
    if not isinstance(done, User):
        return done
    terminal.say(f"{done.name} is changed, in every process.")
    return None


async def _delete(service: UserService, name: str, who: str, terminal: Terminal) -> LLMError | None:
    found = await _find(service, name)
    if not isinstance(found, User):
        return found
    gone = unwrap_or_failure(await settle(service.remove(found.id, who)))
    if gone is None:
        terminal.say(f"{found.name} is deleted; their sessions and keys are over.")
    return gone


async def _find(service: UserService, name: str) -> User | LLMError:
    """The user whose id or name it is."""
    by_id = unwrap_or_failure(await settle(service.store.find(name)))
    if by_id is not None:
        return by_id
    by_name = unwrap_or_failure(await settle(service.store.find_named(name)))
    return no_user(name) if by_name is None else by_name


def read_user_fields(words: Sequence[str]) -> Result[tuple[UserChange, frozenset[str]], InvalidRequest]:
    """What `FIELD=VALUE` say of a user, and which fields they name."""
    return read_changes(words, _READERS, UserChange())


def _read_role(change: UserChange, text: str) -> Result[UserChange, str]:
    role: Role | None = next((one for one in ROLES if one == text), None)
    if role is None:
        return Failure(f"{text!r} is not one of {', '.join(ROLES)}")
    return Success(attrs.evolve(change, role=role))


_READERS: Mapping[str, Callable[[UserChange, str], Result[UserChange, str]]] = {
    "name": lambda change, text: Success(attrs.evolve(change, name=text)),
    "role": _read_role,
    "budget": lambda change, text: Success(attrs.evolve(change, budget=text or None)),
    "period": lambda change, text: read_period(text).map(lambda period: attrs.evolve(change, period=period)),
    "enabled": lambda change, text: read_switch(text).map(lambda switch: attrs.evolve(change, enabled=switch)),
}
