"""Brings the events of the bus to a webhook: in order, signed, again where they are not taken, never without bound."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeAlias

import anyio
import attrs
from returns.result import Success

from pointsman.adapters.net.network import SYSTEM, Network
from pointsman.adapters.webhooks.post import post
from pointsman.core.json import JsonObject, dumps
from pointsman.core.notice import Notice, NoticesLost
from pointsman.core.one_line import one_line
from pointsman.core.webhook import Webhook, signature
from pointsman.services.event_bus import EventBus, Subscription
from pointsman.services.ports.clock import Clock, Random
from pointsman.services.tasks.background import run_guarded

DataOf: TypeAlias = Callable[[Notice], JsonObject]
"""The data of the event that a notice is."""
_LOG = logging.getLogger("pointsman.webhooks")


@attrs.frozen
class Courier:
    """Brings what `data_of` makes of notices to `webhook`."""

    webhook: Webhook
    data_of: DataOf
    clock: Clock
    random: Random
    network: Network = SYSTEM

    async def run(self, bus: EventBus, kinds: Iterable[type[Notice]]) -> None:
        """Go on until cancelled."""
        await self.deliver(bus.subscribe(*kinds, most=self.webhook.waiting))

    async def deliver(self, subscription: Subscription) -> None:
        """Go on until `subscription` has ended and what waited then is brought too."""
        try:
            with subscription.notices as notices:
                async for notice in notices:
                    await self._tell(notice)
            if subscription.lost_count:
                await self._tell(NoticesLost(count=subscription.lost_count))
        finally:
            subscription.end()

    async def _tell(self, notice: Notice) -> None:
        if notice.name in self.webhook.events or isinstance(notice, NoticesLost):
            name = f"webhook {one_line(self.webhook.name)}"
            await run_guarded(name, lambda: self.bring(notice.name, self.data_of(notice)))

    async def bring(self, name: str, data: JsonObject) -> bool:
        """Post one event, again and again up to the bound; says whether it was taken."""
        id, began = self.random.new_id(), self.clock.now()
        body = dumps({"id": id, "type": name, "timestamp": began, "data": data})
        for retry in range(self.webhook.retries + 1):
            problem = await self._try(id, body)
            if problem is None:
                return True
            if retry < self.webhook.retries:
                _LOG.info("webhook %s: %s Trying again.", one_line(self.webhook.name), one_line(problem))
                await self.clock.sleep(min(_LONGEST_DELAY, _FIRST_DELAY * 2**retry) * (1 + self.random.uniform() / 4))
        _LOG.warning("webhook %s: the event %s was not taken and is lost.", one_line(self.webhook.name), id)
        return False

    async def try_once(self) -> str | None:
        """Post an event `test`, once; why it was not taken, or None where it was."""
        id = self.random.new_id()
        return await self._try(id, dumps({"id": id, "type": "test", "timestamp": self.clock.now(), "data": {}}))

    async def _try(self, id: str, body: bytes) -> str | None:
        """Why the event was not taken; None where it was."""
        now = int(self.clock.now())
        headers = {
            "content-type": "application/json",
            "user-agent": "pointsman",
            "webhook-id": id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(self.webhook.secret, id, now, body),
        }
        with anyio.move_on_after(self.webhook.timeout):
            outcome = await post(
                self.network, self.webhook.url, headers, body, allow_private=self.webhook.allow_private
            )
            if isinstance(outcome, Success):
                status = outcome.unwrap()
                return None if 200 <= status < 300 else f"it answered {status}."
            return outcome.failure()
        return f"it did not answer within {self.webhook.timeout:g} s."


_FIRST_DELAY, _LONGEST_DELAY = 1.0, 60.0
