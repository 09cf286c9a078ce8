"""The couriers of a server: replaced when the webhooks change, while what is under way is brought to its end."""

from __future__ import annotations

from functools import partial

import anyio
import anyio.abc
import attrs

from pointsman.adapters.system.clock import SystemClock, SystemRandom
from pointsman.adapters.web.events import data_of, kinds_of
from pointsman.adapters.webhooks.courier import Courier
from pointsman.core.one_line import one_line
from pointsman.core.webhook import Webhook
from pointsman.services.app import App
from pointsman.services.event_bus import Subscription
from pointsman.services.tasks.background import run_guarded


@attrs.define(eq=False)
class Couriers:
    """Brings events to the webhooks of the App that `follow` was told last, in tasks of the group.

    What happened before a webhook was changed or taken away is brought to it as it was, again where it is not taken.
    """

    _group: anyio.abc.TaskGroup
    _sending: dict[str, tuple[Webhook, Subscription]] = attrs.field(factory=dict)
    _count: int = 0
    """How many couriers are under way."""
    _changed: anyio.Event = attrs.field(factory=anyio.Event)

    def follow(self, app: App) -> None:
        """Bring what happens from now on to the webhooks of `app`; those that are as they were go on."""
        wanted = {webhook.name: webhook for webhook in app.settings.webhooks}
        for name, (webhook, subscription) in list(self._sending.items()):
            if wanted.get(name) != webhook:
                subscription.end()
                del self._sending[name]
        for name, webhook in wanted.items():
            if name not in self._sending:
                self._sending[name] = (webhook, self._send(webhook, app))

    def _send(self, webhook: Webhook, app: App) -> Subscription:
        subscription = app.events.subscribe(*kinds_of(webhook.events), most=webhook.waiting)
        courier = Courier(webhook, data_of, app.clock, app.random)
        self._count += 1
        self._group.start_soon(self._deliver, courier, subscription)
        return subscription

    async def _deliver(self, courier: Courier, subscription: Subscription) -> None:
        try:
            name = f"webhook {one_line(courier.webhook.name)}"
            await run_guarded(name, partial(courier.deliver, subscription))
        finally:
            self._count -= 1
            self._changed.set()

    async def finish(self, seconds: float) -> None:
        """Take up nothing more, and bring what waits, for at most so many seconds."""
        for _, subscription in self._sending.values():
            subscription.end()
        self._sending.clear()
        with anyio.move_on_after(seconds, shield=True):
            while self._count:
                self._changed = anyio.Event()
                await self._changed.wait()


async def try_webhook(webhook: Webhook) -> str | None:
    """Send `webhook` a test; why it was not taken, or None where it was."""
    return await Courier(webhook, data_of, SystemClock(), SystemRandom()).try_once()
