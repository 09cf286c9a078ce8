"""Where settings are changed while the program runs: every change is checked, kept, and leaves a trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.chat.request_defaults import problem_of
from pointsman.core.effect import effect, settle
from pointsman.core.error import ConfigurationError, InvalidRequest, StorageError, invalid_request, wrong_input
from pointsman.core.json import Json, JsonObject, dumps_text
from pointsman.core.models.aliases import Aliases
from pointsman.core.records.secrets import Path
from pointsman.core.security.audit import AuditEntry, FieldChange, fingerprint, provider_changes
from pointsman.core.security.key_destination import moved_secrets
from pointsman.core.security.secret import Secret
from pointsman.core.settings import ProviderSettings
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.settings_store import SettingsStore, StoredSettings
from pointsman.services.settings.saved_values import changed_values, value_changes

_TRIES = 20
Checked: TypeAlias = Result[ProviderSettings, InvalidRequest]
Check: TypeAlias = Callable[[ProviderSettings], Checked]
_Noted: TypeAlias = FutureResult[None, StorageError]
DeskError: TypeAlias = StorageError | InvalidRequest


@attrs.frozen(kw_only=True)
class SettingsSources:
    """What the layers know of where settings come from.

    `check` says what is wrong with settings if these were saved, `places` where each comes from. `fixed` says why
    nothing that is saved counts, where that is so.
    """

    check: Callable[[StoredSettings], Result[object, ConfigurationError]] = Success
    places: Callable[[StoredSettings], Mapping[str, str]] = lambda stored: {}
    fixed: str | None = None


@attrs.frozen
class SettingsService:
    """Changes what `store` keeps. `check` says whether a provider's settings make sense, or gives them in order.

    `usual_address` is where a provider of a kind listens that has no address of its own.
    """

    store: SettingsStore
    clock: Clock
    check: Check
    usual_address: Callable[[str], str | None] = lambda kind: None
    sources: SettingsSources = attrs.field(factory=SettingsSources)

    def read(self) -> FutureResult[StoredSettings, StorageError]:
        """As `SettingsStore.read`."""
        return self.store.read()

    def refuse_moved_secrets(
        self, old: ProviderSettings, new: ProviderSettings, given: Mapping[str, object]
    ) -> InvalidRequest | None:
        """Why `old` may not become `new`: a secret that is not `given` with it would go to another address."""
        named = given.get("headers")
        headers = [str(name).lower() for name in named] if isinstance(named, Mapping) else []
        usual = self.usual_address(old.kind), self.usual_address(new.kind)
        problems = moved_secrets(old, new, given.keys(), headers, usual)
        if not problems:
            return None
        return wrong_input(problems)

    def note_test(
        self, provider: ProviderSettings, saved: ProviderSettings | None, who: str, what: str = "provider.test"
    ) -> _Noted:
        """Keep a trace of a test, before it is made: it sends the provider's key to the provider's address."""
        changes = () if saved is None else provider_changes(saved, provider)
        address = FieldChange("base_url", None, provider.base_url or self.usual_address(provider.kind))
        told = changes if any(one.field == "base_url" for one in changes) else (address, *changes)
        return self.note(what, provider.name, told, who)

    def note(self, what: str, target: str, changes: tuple[FieldChange, ...], who: str) -> _Noted:
        """Keep a trace of what `who` does that is no change of settings, before it is done."""
        return self.store.record(AuditEntry(time=self.clock.now(), who=who, what=what, target=target, changes=changes))

    @effect
    async def put(self, provider: ProviderSettings, who: str) -> Result[ProviderSettings, DeskError]:
        """Keep `provider`, new or in place of the one of its name."""
        checked = self.check(provider)
        if isinstance(checked, Failure):
            return Failure(checked.failure())
        one = checked.unwrap()

        def change(kept: StoredSettings) -> tuple[StoredSettings, str, tuple[FieldChange, ...]]:
            old = kept.providers.get(one.name)
            what = "provider.update" if old else "provider.create"
            return (
                attrs.evolve(kept, providers={**kept.providers, one.name: one}),
                what,
                provider_changes(old, one),
            )

        return (await self._change(change, who, one.name)).map(lambda _: one)

    @effect
    async def remove(self, name: str, who: str) -> Result[None, DeskError]:
        """Delete the provider `name`; if it was the active one, none is."""

        def change(kept: StoredSettings) -> tuple[StoredSettings, str, tuple[FieldChange, ...]] | InvalidRequest:
            if name not in kept.providers:
                return unknown(name)
            rest = {key: one for key, one in kept.providers.items() if key != name}
            active = None if kept.active == name else kept.active
            changes = provider_changes(kept.providers[name], None)
            return attrs.evolve(kept, providers=rest, active=active), "provider.delete", changes

        return (await self._change(change, who, name)).map(lambda _: None)

    @effect
    async def activate(self, name: str, who: str) -> Result[None, DeskError]:
        """Make `name` the provider that is asked where none is named. It need not be a stored one."""

        def change(kept: StoredSettings) -> tuple[StoredSettings, str, tuple[FieldChange, ...]]:
            changed = (FieldChange("active", kept.active, name),)
            return attrs.evolve(kept, active=name), "provider.activate", changed

        return (await self._change(change, who, name)).map(lambda _: None)

    @effect
    async def override(self, user: str, name: str, value: Json, who: str) -> Result[None, DeskError]:
        """What `user` wants otherwise than everybody, see `pointsman.core.chat.request_defaults`; None forgets it."""
        problem = problem_of(name, value)
        if problem is not None:
            return Failure(invalid_request(problem))

        def change(kept: StoredSettings) -> tuple[StoredSettings, str, tuple[FieldChange, ...]]:
            own = dict(kept.overrides.get(user, {}))
            old = own.pop(name, None)
            if value is not None:
                own[name] = value
            others = {key: one for key, one in kept.overrides.items() if key != user}
            overrides = {**others, user: own} if own else others
            changes = (FieldChange(name, _show_value(old), _show_value(value)),)
            return attrs.evolve(kept, overrides=overrides), "user.override", changes

        return (await self._change(change, who, user)).map(lambda _: None)

    @effect
    async def save_value(self, path: Path, value: Json, who: str) -> Result[StoredSettings, DeskError]:
        """Keep `value` for the setting that `path` leads to; None forgets what was kept, so that the file's counts.

        A secret that is `IS_SET` stays as it was kept. Gives what was kept before.
        """
        before: list[StoredSettings] = []

        def change(kept: StoredSettings) -> tuple[StoredSettings, str, tuple[FieldChange, ...]] | InvalidRequest:
            made = changed_values(kept.values, path, value)
            if isinstance(made, Failure):
                refused: InvalidRequest = made.failure()
                return refused
            wanted = attrs.evolve(kept, values=made.unwrap())
            checked = self.sources.check(wanted)
            if isinstance(checked, Failure):
                problems = tuple(one.removeprefix("saved settings: ") for one in checked.failure().problems)
                return wrong_input(problems, 422)
            before[:] = [kept]
            return wanted, "settings.save" if value is not None else "settings.forget", value_changes(kept, wanted)

        return (await self._change(change, who, ".".join(path))).map(lambda _: before[0])

    @effect
    async def restore_values(self, values: JsonObject, who: str, target: str) -> Result[None, DeskError]:
        """Keep `values` again: those after them do not work."""

        def change(kept: StoredSettings) -> tuple[StoredSettings, str, tuple[FieldChange, ...]]:
            wanted = attrs.evolve(kept, values=values)
            return wanted, "settings.undo", value_changes(kept, wanted)

        return (await self._change(change, who, target)).map(lambda _: None)

    @effect
    async def set_password(self, hashed: str, who: str) -> Result[None, DeskError]:
        """Keep the hash of the page's password."""

        def change(kept: StoredSettings) -> tuple[StoredSettings, str, tuple[FieldChange, ...]]:
            shown = tuple(fingerprint(Secret(one)) if one else None for one in (kept.password, hashed))
            return attrs.evolve(kept, password=hashed), "password.set", (FieldChange("password", *shown),)

        return (await self._change(change, who, "page")).map(lambda _: None)

    @effect
    async def set_alias(self, name: str, target: str | None, who: str) -> Result[None, DeskError]:
        """Let `name` stand for the model reference `target`; None forgets it."""

        def change(kept: StoredSettings) -> tuple[StoredSettings, str, tuple[FieldChange, ...]] | InvalidRequest:
            others = {key: one for key, one in kept.aliases.items() if key != name}
            if target is None and name not in kept.aliases:
                return _no_alias(name)
            aliases = others if target is None else {**others, name: target}
            for problem in (f"the alias {about!r}: {why}" for about, why in Aliases(aliases).problems()):
                return invalid_request(problem)
            changes = (FieldChange(name, kept.aliases.get(name), target),)
            return attrs.evolve(kept, aliases=aliases), "alias.set" if target else "alias.delete", changes

        return (await self._change(change, who, name)).map(lambda _: None)

    def audit(self, limit: int = 100, before: int | None = None) -> FutureResult[tuple[AuditEntry, ...], StorageError]:
        """As `SettingsStore.audit`."""
        return self.store.audit(limit, before)

    async def _change(self, change: _Change, who: str, target: str) -> Result[StoredSettings, DeskError]:
        """Read, change and write, again where somebody else was faster. What changes nothing leaves no trace."""
        for _ in range(_TRIES):
            read = await settle(self.store.read())
            if isinstance(read, Failure):
                return Failure(read.failure())
            changed = change(read.unwrap())
            if isinstance(changed, InvalidRequest):
                return Failure(changed)
            settings, what, changes = changed
            if settings == read.unwrap():
                return Success(settings)
            entry = AuditEntry(time=self.clock.now(), who=who, what=what, target=target, changes=changes)
            written = await settle(self.store.write(settings, entry))
            if isinstance(written, Failure):
                return Failure(written.failure())
            if written.unwrap():
                return Success(settings)
        return Failure(StorageError(detail="the settings are being changed by many at once; try again"))


_Change: TypeAlias = Callable[[StoredSettings], tuple[StoredSettings, str, tuple[FieldChange, ...]] | InvalidRequest]


def unknown(name: str) -> InvalidRequest:
    """There is no stored provider `name`."""
    problem = f"there is no saved provider {name!r}; `pointsman settings list` shows those there are"
    return invalid_request(problem)


def _no_alias(name: str) -> InvalidRequest:
    problem = f"there is no saved alias {name!r}; `pointsman aliases` shows those there are"
    return invalid_request(problem)


def _show_value(value: Json) -> str | None:
    return None if value is None else dumps_text(value)
