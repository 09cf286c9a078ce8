"""What two processes tell and ask each other over a socket: a line of JSON each. Knows nothing of what it says."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from itertools import count

import anyio
import anyio.abc
import attrs
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from pointsman.core.json import Json, as_object, as_text, dumps, int_or_none, loads
from pointsman.services.tasks.background import run_guarded
from pointsman.services.tasks.together import tasks_together

_LONGEST = 2**24
"""The most bytes of one line."""
_MOST_WAITING = 10_000
"""Lines that wait for a slow reader; what comes then is dropped, for nobody may wait for who tells."""

Handler = Callable[[Json], Awaitable[Json]]


@attrs.define(eq=False)
class Channel:
    """One end. `handlers` says what is done with what the other end tells, or asks, under a name.

    Neither side trusts the other's timing: to tell never waits, and what was asked of a side that is gone is None.
    """

    stream: anyio.abc.ByteStream
    handlers: Mapping[str, Handler]
    closed: anyio.Event = attrs.field(factory=anyio.Event)
    """Set when the other side is gone."""
    _numbers: count[int] = attrs.field(factory=lambda: count(1), repr=False)
    _asked: dict[int, _Question] = attrs.field(factory=dict, repr=False)
    _lines: tuple[MemoryObjectSendStream[bytes], MemoryObjectReceiveStream[bytes]] = attrs.field(
        factory=lambda: anyio.create_memory_object_stream[bytes](_MOST_WAITING), repr=False
    )

    def tell(self, name: str, value: Json = None) -> None:
        """Tell the other side, at once; to one that is gone it is told in vain."""
        self._send({"tell": name, "value": value})

    async def ask(self, name: str, value: Json = None, seconds: float = math.inf) -> Json:
        """What the other side answers within `seconds`; else None."""
        number, question = next(self._numbers), _Question()
        if self.closed.is_set():
            return None
        self._asked[number] = question
        self._send({"ask": name, "id": number, "value": value})
        with anyio.move_on_after(seconds):
            await question.answered.wait()
        self._asked.pop(number, None)
        return question.answer

    async def run(self) -> None:
        """Take and send lines until the other side is gone."""
        try:
            async with tasks_together() as group:
                group.start_soon(self._write)
                await self._read(group)
                group.cancel_scope.cancel()
        finally:
            self.closed.set()
            for end in self._lines:
                end.close()
            for question in self._asked.values():
                question.answered.set()
            with anyio.CancelScope(shield=True):
                await anyio.aclose_forcefully(self.stream)

    def _send(self, message: dict[str, Json]) -> None:
        try:
            self._lines[0].send_nowait(dumps(message) + b"\n")
        except (anyio.WouldBlock, anyio.BrokenResourceError, anyio.ClosedResourceError):
            return

    async def _write(self) -> None:
        async for line in self._lines[1]:
            try:
                await self.stream.send(line)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                return  # who reads finds out, too

    async def _read(self, group: anyio.abc.TaskGroup) -> None:
        buffered = BufferedByteReceiveStream(self.stream)
        while True:
            try:
                line = await buffered.receive_until(b"\n", _LONGEST)
            except (
                anyio.EndOfStream,
                anyio.IncompleteRead,
                anyio.BrokenResourceError,
                anyio.ClosedResourceError,
                anyio.DelimiterNotFound,
            ):
                return
            await self._take(as_object(loads(line.decode("utf-8", "replace")).value_or({})), group)

    async def _take(self, message: dict[str, Json], group: anyio.abc.TaskGroup) -> None:
        value = message.get("value")
        if "answer" in message:
            question = self._asked.get(int_or_none(message["answer"]) or 0)
            if question is not None:
                question.answer = value
                question.answered.set()
        elif "ask" in message:
            group.start_soon(self._answer, as_text(message["ask"]), message.get("id"), value)
        else:
            await self._handle(as_text(message.get("tell")), value)

    async def _answer(self, name: str, number: Json, value: Json) -> None:
        self._send({"answer": number, "value": await self._handle(name, value)})

    async def _handle(self, name: str, value: Json) -> Json:
        handler, answers = self.handlers.get(name), list[Json]()
        if handler is None:
            return None  # the other side is of another version

        async def handle() -> None:
            answers.append(await handler(value))

        await run_guarded(f"what another process tells of {name!r}", handle)
        return answers[0] if answers else None


@attrs.define(eq=False)
class _Question:
    """Something that was asked, and the answer once there is one."""

    answered: anyio.Event = attrs.field(factory=anyio.Event)
    answer: Json = None
