"""Processes tell each other what somebody listens for, each event once, and texts only where they stay here."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import attrs
import pytest

from pointsman.adapters.web.events import KINDS, data_of
from pointsman.core.chat.event import TextDelta
from pointsman.core.json import JsonObject
from pointsman.core.notice import ConversationCreated, ResponseChunk, ResponseStart
from pointsman.services.event_bus import EventBus
from pointsman.services.event_exchange import RENEWAL_SECONDS, EventExchange
from pointsman.services.ports.change_hints import EventCarrier
from pointsman.services.tasks.together import background_tasks
from pointsman.testing import VirtualClock
from tests.patience import pass_on, until

Take = Callable[[JsonObject], None]


@attrs.define(eq=False)
class Line:
    """Carries to all others that are at the same one; and knows what it has carried."""

    is_private: bool
    takers: dict[int, Take] = attrs.field(factory=dict)
    carried: list[JsonObject] = attrs.field(factory=list)

    def end(self, number: int) -> EventCarrier:
        return _End(self, number)

    def names(self) -> list[object]:
        return [one["event"] for one in self.carried if "event" in one]


@attrs.frozen(eq=False)
class _End:
    line: Line
    number: int

    @property
    def is_private(self) -> bool:
        return self.line.is_private

    def send(self, message: JsonObject) -> None:
        self.line.carried.append(message)
        for number, take in self.line.takers.items():
            if number != self.number:
                take(message)

    async def run(self, take: Take) -> None:
        self.line.takers[self.number] = take
        await anyio.sleep_forever()


@attrs.frozen
class Two:
    """Two processes that have begun, and what lies between them."""

    here: EventExchange
    there: EventExchange
    siblings: Line
    shared: Line


def two() -> Two:
    siblings, shared, clock = Line(is_private=True), Line(is_private=False), VirtualClock()
    made = [
        EventExchange(EventBus(), clock, f"p{number}", KINDS, data_of, (siblings.end(number), shared.end(number)))
        for number in range(2)
    ]
    return Two(made[0], made[1], siblings, shared)


pytestmark = pytest.mark.anyio


async def test_what_happens_there_is_told_here_once_though_it_comes_two_ways() -> None:
    pair = two()
    async with background_tasks() as group:
        for one in (pair.here, pair.there):
            group.start_soon(one.run)
        await pass_on()
        with pair.here.listen(frozenset(("response_start", "conversation_created"))) as events:
            await until(lambda: pair.there.bus.wants(ResponseStart))
            pair.there.bus.publish(ResponseStart(id="1", model="m", tenant="ann"))
            pair.there.bus.publish(ConversationCreated(id="2", title="Levers"))
            heard = [await events.receive() for _ in range(2)]
            assert [(one.name, one.tenant, one.data["id"]) for one in heard] == [
                ("response_start", "ann", "1"),
                ("conversation_created", "", "2"),
            ]
            pair.here.bus.publish(ResponseStart(id="3", model="m"))
            await pass_on()
            assert events.statistics().current_buffer_used == 0
        await until(lambda: not pair.there.bus.wants(ResponseStart))
    assert pair.shared.names() == ["response_start", "conversation_created"]


async def test_pieces_of_answers_do_not_leave_the_machine() -> None:
    pair = two()
    async with background_tasks() as group:
        for one in (pair.here, pair.there):
            group.start_soon(one.run)
        await pass_on()
        with pair.here.listen(frozenset(("response_chunk",))) as events:
            await until(lambda: pair.there.bus.wants(ResponseChunk))
            pair.there.bus.publish(ResponseChunk(id="1", event=TextDelta("secret")))
            assert (await events.receive()).data["text"] == "secret"
    assert pair.siblings.names() == ["response_chunk"]
    assert pair.shared.names() == []


async def test_who_has_gone_without_a_word_is_told_nothing_any_more() -> None:
    pair = two()
    clock = pair.there.clock
    assert isinstance(clock, VirtualClock)
    async with background_tasks() as group:
        group.start_soon(pair.there.run)
        await pass_on()
        pair.shared.end(0).send({"from": "p9", "wants": ["response_start", "nothing known"]})
        await until(lambda: pair.there.bus.wants(ResponseStart))
        for _ in range(5):
            await clock.sleep(RENEWAL_SECONDS)
            await pass_on()
        assert not pair.there.bus.wants(ResponseStart)


async def test_what_is_no_message_does_no_harm() -> None:
    pair = two()
    async with background_tasks() as group:
        group.start_soon(pair.here.run)
        await pass_on()
        with pair.here.listen(frozenset(("response_start",))) as events:
            own: JsonObject = {"id": "p0-1", "event": "response_start", "time": 1.0}
            wrong: list[JsonObject] = [own, {"wants": 5}, {"id": "x"}, {}]
            for message in wrong:
                pair.shared.end(1).send(message)
            pair.shared.end(1).send({"id": "x-1", "event": "response_start", "time": 1.0})
            assert (await events.receive()).data == {}
