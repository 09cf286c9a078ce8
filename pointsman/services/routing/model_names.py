"""What a model's name means: an alias, a provider's name before a model, or the whole id of a listed model.

The only place in which aliases and model lists have a say. It holds no wire knowledge; lists come from the clients.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from returns.result import Failure

from pointsman.core.effect import settle
from pointsman.core.models.aliases import Aliases
from pointsman.core.models.model import Places
from pointsman.services.event_bus import Publish, give_up, publish_nowhere
from pointsman.services.ports.client import Client
from pointsman.services.ports.clock import Clock
from pointsman.services.tasks.background import Background
from pointsman.services.tasks.together import tasks_together

_MOST_NAMES = 1000
"""Names remembered, and letters of one; a client that makes them up must not fill the memory."""


@attrs.define(eq=False)
class ModelNames:
    """Makes names into references that mean the same to everybody below.

    Lists are asked for only where names alone do not decide, and only of those who may list such a name: see
    `Places.rivals`. Where only the provider that is named may, it is first asked for the model, and for its list when
    it knows none of that name. When lists are first needed a call waits `patience` seconds for them: who is slower
    lists nothing yet. They hold for `ttl` seconds; then they are asked for again in the background.
    """

    aliases: Aliases
    places: Places
    clients: Mapping[str, Client]
    clock: Clock
    background: Background
    ttl: float = 300.0
    patience: float = 1.0
    publish: Publish = publish_nowhere
    _listed: dict[str, frozenset[str]] = attrs.field(factory=dict, init=False, repr=False)
    _until: dict[str, float] = attrs.field(factory=dict, init=False, repr=False)
    _chosen: dict[str, str] = attrs.field(factory=dict, init=False, repr=False)
    _expires: float = attrs.field(default=0.0, init=False, repr=False)

    def resolve_at_once(self, name: str) -> str | None:
        """The reference that `name` stands for; None where the model lists decide and `resolve` is to be asked."""
        now = self.clock.monotonic()
        if now >= self._expires:
            self._chosen.clear()
            self._expires = now + self.ttl
        target = self._chosen.get(name)
        if target is None:
            target = self.aliases.resolve(name)
            if self.places.rivals(target):
                return None
            self._remember(name, target)
        return target

    async def resolve(self, name: str) -> str:
        """The reference that `name` stands for: `provider/id` where a provider lists it as a whole."""
        target = self.resolve_at_once(name)
        if target is None and self.is_tried_first(name):
            return self.aliases.resolve(name)
        return await self._look_up(name) if target is None else target

    async def resolve_whole(self, name: str) -> str:
        """As `resolve`, with the default provider where none is named: `provider/model`."""
        target = await self.resolve(name)
        ref = self.places.place(target)
        return target if ref is None or not ref.model else f"{ref.provider}/{ref.model}"

    def is_tried_first(self, name: str) -> bool:
        """Whether the provider that `name` names is to be asked for the model before anybody is asked for a list.

        What came of it is then said to `confirm`, or `resolve_missing` is asked what else the name stands for.
        """
        target = self.aliases.resolve(name)
        return name not in self._chosen and self.places.rivals(target) == (target.partition("/")[0],)

    def confirm(self, name: str, provider: str) -> None:
        """`provider` has answered for `name`; if it is the one that the name begins with, that one has the model."""
        target = self.aliases.resolve(name)
        if target.partition("/")[0] == provider:
            self._remember(name, target)

    async def resolve_missing(self, name: str) -> str | None:
        """Another reference for `name`, whose provider has said that it has no such model; None where there is none."""
        target = await self._look_up(name)
        return None if target == self.aliases.resolve(name) else target

    async def _look_up(self, name: str) -> str:
        target = self.aliases.resolve(name)
        rivals = self.places.rivals(target)
        listing = [rival for rival in rivals if target in await self._ids(rival, rivals)]
        vendor, _, model = target.partition("/")
        if listing and vendor in self.places.configured and model in await self._ids(vendor, (vendor,)):
            listing = []  # listed both ways: then the provider that was named is meant
        chosen = f"{listing[0]}/{target}" if listing else target
        self._remember(name, chosen)
        return chosen

    def _remember(self, name: str, target: str) -> None:
        if len(self._chosen) >= _MOST_NAMES:
            self._chosen.clear()
        self._chosen[name] = target

    async def _ids(self, provider: str, wanted: tuple[str, ...]) -> frozenset[str]:
        """The ids that `provider` lists. Where it was not asked yet, all of `wanted` are, at the same time."""
        now = self.clock.monotonic()
        if provider not in self._until:
            await self._ask_first([name for name in wanted if name not in self._until])
        elif now >= self._until[provider]:
            self._until[provider] = now + self.ttl
            self.background.start(lambda: self._ask(provider))
        return self._listed.get(provider, frozenset())

    async def _ask_first(self, providers: list[str]) -> None:
        async with self.clock.limit(self.patience), tasks_together() as group:
            for name in providers:
                group.start_soon(self._ask, name)
        for name in providers:
            if name not in self._until:  # it is slow: the next call may know more
                self._until[name] = self.clock.monotonic()

    async def _ask(self, provider: str) -> None:
        listed = await settle(self.clients[provider].models())
        give_up(listed, f"the model list of {provider}", self.publish)
        before = self._listed.get(provider, frozenset())
        # What it listed before stands where it cannot say so now; what is wrong with it, a call of it says.
        ids = before if isinstance(listed, Failure) else frozenset(model.id for model in listed.unwrap()) or before
        if ids != self._listed.get(provider):
            self._chosen.clear()
        self._listed[provider] = ids
        self._until[provider] = self.clock.monotonic() + self.ttl
