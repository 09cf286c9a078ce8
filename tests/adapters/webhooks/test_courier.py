"""Events come to the webhook signed and in order; again where they are not taken; never to a private address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import attrs
import h11
from anyio.abc import ByteStream

from pointsman.adapters.web.events import data_of, kinds_of
from pointsman.adapters.webhooks.courier import Courier
from pointsman.core.json import as_object, loads
from pointsman.core.money.cost import FREE
from pointsman.core.notice import CacheHit, ConversationCreated
from pointsman.core.security.secret import Secret
from pointsman.core.webhook import Webhook, signature
from pointsman.services.event_bus import EventBus
from pointsman.testing import FixedRandom, VirtualClock
from tests.accepting import accepting
from tests.patience import until as until

SECRET = Secret("0123456789abcdef")


@attrs.define
class Receiver:
    """An HTTP server that takes down what it is sent, and answers by `statuses`, the last one again and again."""

    statuses: list[int]
    port: int = 0
    got: list[tuple[dict[str, str], bytes]] = attrs.field(factory=list)
    connections: int = 0

    async def serve(self, stream: ByteStream) -> None:
        """One request."""
        self.connections += 1
        async with stream:
            http = h11.Connection(h11.SERVER)
            headers: dict[str, str] = {}
            body = b""
            while True:
                event = http.next_event()
                if event is h11.NEED_DATA:
                    http.receive_data(await stream.receive())
                elif isinstance(event, h11.Request):
                    headers = {name.decode(): value.decode() for name, value in event.headers}
                elif isinstance(event, h11.Data):
                    body += bytes(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    break
            self.got.append((headers, body))
            status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
            if status:
                answer = http.send(h11.Response(status_code=status, headers=[("content-length", "0")])) or b""
                await stream.send(answer + (http.send(h11.EndOfMessage()) or b""))


@asynccontextmanager
async def receiving(*statuses: int) -> AsyncIterator[Receiver]:
    """A receiver on loopback."""
    receiver = Receiver(list(statuses))
    async with accepting(receiver.serve) as receiver.port:
        yield receiver


def courier(port: int, clock: VirtualClock | None = None, **fields: object) -> Courier:
    hook = Webhook(
        name="a",
        url=f"http://127.0.0.1:{port}/hook?a=b",
        events=("conversation_created",),
        secret=SECRET,
        allow_private=True,
    )
    return Courier(attrs.evolve(hook, **fields), data_of, clock or VirtualClock(1000.5), FixedRandom())  # type: ignore[arg-type]


async def test_events_come_signed_in_order_and_only_those_asked_for() -> None:
    bus = EventBus()
    async with receiving(204) as receiver, anyio.create_task_group() as group:
        group.start_soon(courier(receiver.port).run, bus, kinds_of(["conversation_created"]))
        await until(lambda: bus.wants(ConversationCreated))
        for name in ("a", "b", "c"):
            bus.publish(ConversationCreated(id=name, title="Ä"))
            bus.publish(CacheHit(model="m", age=1.0, saved=FREE))
        await until(lambda: len(receiver.got) == 3)
        group.cancel_scope.cancel()
    for (headers, body), name in zip(receiver.got, ("a", "b", "c"), strict=True):
        event = as_object(loads(body).unwrap())
        assert (event["type"], event["data"]) == ("conversation_created", {"id": name, "title": "Ä", "tenant": ""})
        assert headers["webhook-id"] == event["id"]
        assert headers["webhook-timestamp"] == "1000"
        assert headers["webhook-signature"] == signature(SECRET, headers["webhook-id"], 1000, body)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 3


async def test_what_is_not_taken_is_sent_again_with_the_same_id_and_then_lost() -> None:
    clock = VirtualClock(0.0)
    async with receiving(500, 0, 429, 200) as receiver:
        assert await courier(receiver.port, clock).bring("conversation_created", {}) is True
    assert len(receiver.got) == 4
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert clock.now() >= 1 + 2 + 4
    async with receiving(500) as receiver:
        assert await courier(receiver.port, clock, retries=2).bring("conversation_created", {}) is False
    assert len(receiver.got) == 3


async def test_a_private_address_is_not_connected_to() -> None:
    async with receiving(200) as receiver:
        for url in (f"http://127.0.0.1:{receiver.port}/", f"http://localhost:{receiver.port}/"):
            closed = courier(receiver.port, url=url, allow_private=False, retries=0)
            assert await closed.bring("conversation_created", {}) is False
    assert receiver.connections == 0


async def test_a_redirect_is_not_followed() -> None:
    async with receiving(302) as receiver:
        assert await courier(receiver.port, retries=0).bring("conversation_created", {}) is False
    assert receiver.connections == 1


async def test_nobody_there_is_a_failure_and_no_exception() -> None:
    assert await courier(9, retries=0).bring("conversation_created", {}) is False
