"""`pointsman backup`, `restore`, `migrate`, `sweep` and `erase`: what is kept, as a whole and for how long."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman.adapters.cli.approval import ask_yes_or_no
from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import OK, exit_code, report_failure
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.effect import settle
from pointsman.core.error import ConfigurationError, InvalidRequest, StorageError
from pointsman.core.json import JsonObject, dumps_text
from pointsman.core.security.user import User
from pointsman.core.security.virtual_key import VirtualKey
from pointsman.core.settings import Settings
from pointsman.services.ports.database_files import DatabaseCopy, ErasedTable, Person
from pointsman.services.retention import sweep as sweep_stores

_SEALED = (
    "What is encrypted is encrypted in it, too, and the encryption keys are not in it: keep them, and keep them"
    " elsewhere ({place})."
)
_KEYS_STAY = "Encryption keys are not in a database: if anything is encrypted, copy the file of its keys to {place}."


def _with_settings(run: Callable[[CliContext, Settings], Awaitable[int]]) -> Command:
    """A command that is given the settings; where they are wrong it says so."""

    async def with_settings(context: CliContext) -> int:
        read = context.read_settings()
        if isinstance(read, Failure):
            return report_failure(read.failure(), context.terminal)
        return await run(context, read.unwrap())

    return Command(with_settings)


@_with_settings
async def backup(context: CliContext, settings: Settings) -> int:
    """Copy the database to a file, while others use it."""
    options, terminal = context.options, context.terminal
    done = await context.wiring.back_up(settings, options.file, force=options.force)
    if isinstance(done, Failure):
        return report_failure(done.failure(), terminal)
    copy = done.unwrap()
    if options.json:
        terminal.say(dumps_text(_copy_json(copy)))
    else:
        terminal.say(f"Written to {copy.path}: {_contents(copy)}.")
    if copy.is_sealed:
        terminal.note(_SEALED.format(place=context.wiring.key_place(settings)))
    return OK


@_with_settings
async def restore(context: CliContext, settings: Settings) -> int:
    """Put a backup in the place of the database, which is kept."""
    options, terminal = context.options, context.terminal
    done = await context.wiring.restore(settings, options.file)
    if isinstance(done, Failure):
        return report_failure(done.failure(), terminal)
    restored = done.unwrap()
    old = restored.old
    if options.json:
        terminal.say(dumps_text({**_copy_json(restored.copy), "old": old}))
        return OK
    terminal.say(f"{restored.copy.path} is now as {options.file} was: {_contents(restored.copy)}.")
    if old is not None:
        terminal.say(f"What was there is in {old}; delete it when it is needed no more.")
    if restored.copy.is_sealed:
        terminal.note(f"It can be read with the keys of its time only ({context.wiring.key_place(settings)}).")
    return OK


@attrs.define
class _RowCounter:
    """One line that says how far it is, on a terminal."""

    terminal: Terminal
    _is_begun: bool = False

    def tell(self, table: str, done: int, total: int) -> None:
        """So many rows of a table have arrived."""
        if self.terminal.err.isatty():
            self._is_begun = True
            self.terminal.err.write(f"\r\x1b[2K{table}: {done} of {total}")
            self.terminal.err.flush()

    def end(self) -> None:
        """Take the line away."""
        if self._is_begun:
            self.terminal.err.write("\r\x1b[2K")
            self.terminal.err.flush()


@_with_settings
async def migrate(context: CliContext, settings: Settings) -> int:
    """Carry a database file to a server, or the rest of it."""
    options, terminal = context.options, context.terminal
    told = _RowCounter(terminal)
    done = await context.wiring.carry_over(settings, options.file, told.tell)
    told.end()
    if isinstance(done, Failure):
        return report_failure(done.failure(), terminal)
    tables = done.unwrap()
    if options.json:
        terminal.say(dumps_text({one.table: one.rows for one in tables}))
    else:
        rows = sum(one.rows for one in tables)
        terminal.say(f"Carried {rows} rows of {len(tables)} tables; counts and digests agree.")
    terminal.note(_KEYS_STAY.format(place=context.wiring.key_place(settings)))
    return OK


@_with_settings
async def sweep(context: CliContext, settings: Settings) -> int:
    """Delete what is older than `[keep]` says."""
    options, terminal = context.options, context.terminal
    async with context.wiring.open_stores(settings) as opened:
        if isinstance(opened, Failure):
            return report_failure(opened.failure(), terminal)
        done = await sweep_stores(opened.unwrap(), settings, context.wiring.clock().now())
    if isinstance(done, Failure):
        return report_failure(done.failure(), terminal)
    gone = done.unwrap()
    if options.json:
        terminal.say(dumps_text(dict(gone)))
    elif gone:
        terminal.say("Deleted: " + ", ".join(f"{count} of {kind}" for kind, count in gone.items()) + ".")
    else:
        terminal.note('Nothing is to be deleted; write usage = "400d" under [keep] into the settings file.')
    return OK


@_with_settings
async def erase(context: CliContext, settings: Settings) -> int:
    """Erase all that is kept of one key or user, and prove it."""
    options, terminal = context.options, context.terminal
    person = await _person(context, settings)
    if not isinstance(person, Person):
        return report_failure(person, terminal)
    if not options.yes and not await _confirm(person, terminal, as_json=options.json):
        terminal.complain("nothing was erased; say --yes to do it without asking.")
        return exit_code(InvalidRequest())
    done = await context.wiring.erase(settings, person)
    if isinstance(done, Failure):
        return report_failure(done.failure(), terminal)
    return _show_proof(done.unwrap(), options.json, terminal)


async def _person(
    context: CliContext, settings: Settings
) -> Person | StorageError | InvalidRequest | ConfigurationError:
    """Who is meant: a key by its id, also one that is deleted already, or a user by name."""
    id, name = context.options.key, context.options.user
    if bool(id) == bool(name):
        return InvalidRequest(detail="say whom: --key ID or --user NAME")
    async with context.wiring.open_stores(settings) as opened:
        stores = unwrap_or_failure(opened)
        if isinstance(stores, ConfigurationError):
            return stores
        keys = unwrap_or_failure(await settle(stores.keys.all()))
        users = unwrap_or_failure(await settle(stores.users.all()))
    if isinstance(keys, StorageError):
        return keys
    if isinstance(users, StorageError):
        return users
    return _known_user(name, users) if name else _known_key(id, keys, users)


def _known_user(name: str, users: Sequence[User]) -> Person:
    """Who signs in by `name`, or whom programs call so."""
    for user in users:
        if name in (user.name, user.id):
            return Person(tenant=user.tenant, user_id=user.id, user_name=user.name)
    return Person(tenant=name)


def _known_key(id: str, keys: Sequence[VirtualKey], users: Sequence[User]) -> Person | InvalidRequest:
    key = next((key for key in keys if key.id == id), None)
    if key is not None and key.owner:
        owner = next((user.name for user in users if user.id == key.owner), key.owner)
        detail = f"what is done with this key counts as {owner}'s; erase that by --user {owner}, or delete the key"
        return InvalidRequest(detail=detail)
    return Person(tenant=f"key:{id}", key_id=id, key_name="" if key is None else key.name)


async def _confirm(person: Person, terminal: Terminal, *, as_json: bool) -> bool:
    if terminal.piped_in or as_json:
        return False
    return await ask_yes_or_no(f"Erase all that is kept of {person.name}, for good?")


def _show_proof(tables: Iterable[ErasedTable], as_json: bool, terminal: Terminal) -> int:
    rows = list(tables)
    left = sum(one.after for one in rows)
    if as_json:
        found = {one.table: {"before": one.before, "after": one.after} for one in rows}
        terminal.say(dumps_text({"tables": found, "left": left}))
    else:
        table(("TABLE", "BEFORE", "AFTER"), [(one.table, str(one.before), str(one.after)) for one in rows], terminal)
        terminal.note("Sums of usage stay, as nobody's; the cache was emptied. Backups and exports still hold them.")
    if not left:
        return OK
    detail = f"{left} rows came again while they were erased; delete the key or stop the servers, and erase again"
    return report_failure(StorageError(detail=detail), terminal)


def _contents(copy: DatabaseCopy) -> str:
    return ", ".join(f"{count} {name}" for name, count in copy.counts.items()) + f", {copy.size} bytes"


def _copy_json(copy: DatabaseCopy) -> JsonObject:
    return {"path": copy.path, "bytes": copy.size, "encrypted": copy.is_sealed, **copy.counts}
