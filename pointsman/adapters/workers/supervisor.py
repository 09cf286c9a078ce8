"""Starts workers, starts others for those that die, replaces them one by one, ends them. Knows not what they serve."""

from __future__ import annotations

import hmac
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial

import anyio
import anyio.abc
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.workers.channel import Channel, Handler
from pointsman.adapters.workers.place import VARIABLE
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, int_or_none
from pointsman.services.tasks.background import run_guarded
from pointsman.services.tasks.together import tasks_together

_LOG = logging.getLogger("pointsman.server")
_BEAT_LIMIT = 60.0
"""Seconds without a sign of life after which a worker that serves is ended: its event loop stands still."""
_SETTLING = 45.0
"""Seconds that a worker has after its `drain` to tell, settle and close; then it is ended."""
_GRACE = 5.0
"""Seconds that workers have where the supervisor itself is ended before it has begun to serve."""
_STEADY = 60.0
"""Seconds for which a worker has to live so that its end counts as the first."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 30.0
_PATIENCE = 2.0
"""Seconds in which the other workers say what they have counted."""


@attrs.define(eq=False)
class _Worker:
    """A process that serves, or is about to."""

    place: int
    number: int
    """Counts all that were ever started."""
    channel: Channel | None = None
    facts: JsonObject | None = None
    """What it has told of itself once it was ready."""
    failure: JsonObject | None = None
    """Why it never will be."""
    settled: anyio.Event = attrs.field(factory=anyio.Event)
    """Set when it is ready, or gone."""
    gone: anyio.Event = attrs.field(factory=anyio.Event)
    is_leaving: bool = False
    """Whether it was told to end."""
    successor: _Worker | None = None
    began: float = attrs.field(factory=anyio.current_time)
    heard: float = attrs.field(factory=anyio.current_time)
    calls: int = 0
    kill: Callable[[], None] = lambda: None

    @property
    def serves(self) -> bool:
        """Whether it takes connections."""
        return self.facts is not None and not self.is_leaving and not self.gone.is_set()

    def tell(self, name: str, value: Json = None) -> None:
        if self.channel is not None:
            self.channel.tell(name, value)

    def leave(self) -> None:
        self.is_leaving = True
        self.tell("end")


@attrs.define(eq=False)
class Supervisor:
    """Keeps `count` workers that run `command`, all accepting from `listeners`, which it holds and never reads.

    It is their `pointsman.adapters.cli.wiring.ServerEnding`: `begin` lets them drain, `hasten` ends them at once. Where
    it dies, however it dies, their channel closes, and they end as if they were told to.
    """

    count: int
    command: tuple[str, ...]
    listeners: tuple[socket.socket, ...]
    link: str | None
    """The word by which one may sign in, once, at whichever worker."""
    drain: float = 30.0
    """Seconds that calls under way have to come to their end."""
    merge: Callable[[Json, Json], Json] = lambda one, other: other
    """Adds up what two workers have counted."""
    cut_count: int = 0
    """How many calls were cut short, as far as workers have told."""
    begun: anyio.Event = attrs.field(factory=anyio.Event)
    over: anyio.Event = attrs.field(factory=anyio.Event)
    """Set when every worker is gone."""
    _renewal: anyio.Event = attrs.field(factory=anyio.Event, repr=False)
    _changed: anyio.Event = attrs.field(factory=anyio.Event, repr=False)
    _places: dict[int, _Worker] = attrs.field(factory=dict, repr=False)
    _live: list[_Worker] = attrs.field(factory=list, repr=False)
    _group: anyio.abc.TaskGroup | None = attrs.field(default=None, repr=False)
    _on_duty: _Worker | None = attrs.field(default=None, repr=False)
    _deaths: dict[int, int] = attrs.field(factory=dict, repr=False)
    _started: int = 0
    _counted: Json = attrs.field(default=None, repr=False)
    """What those have counted that are gone."""

    @property
    def calls(self) -> int:
        """How many calls were under way a second ago."""
        return sum(worker.calls for worker in self._live)

    def begin(self) -> None:
        """Let all drain and end."""
        self.begun.set()
        for worker in self._live:
            worker.leave()

    def hasten(self) -> None:
        """Let nothing go on any longer."""
        self.begin()
        for worker in self._live:
            worker.tell("hasten")

    def replace(self) -> None:
        """Put a new worker in the place of each, one after the other: the old one goes when the new one serves."""
        self._renewal.set()

    async def run(self, *, task_status: anyio.abc.TaskStatus[Result[JsonObject, JsonObject]]) -> None:
        """Until all have ended. It has started when all serve, or is a failure where the first one cannot."""
        try:
            async with tasks_together() as group:
                self._group = group
                first = await self._start(0)
                await first.settled.wait()
                if first.facts is None:
                    await first.gone.wait()
                    task_status.started(Failure(first.failure or {}))
                    return
                self._places[0] = first
                for place in range(1, self.count):
                    self._places[place] = await self._start(place)
                for worker in tuple(self._places.values()):
                    await worker.settled.wait()
                task_status.started(Success(first.facts))
                group.start_soon(self._keep_replacing)
                await self.begun.wait()
                await self._await_end()
                group.cancel_scope.cancel()
        finally:
            self.over.set()

    async def _await_end(self) -> None:
        with anyio.move_on_after(self.drain + _SETTLING):
            while self._live:
                self._changed = anyio.Event()
                await self._changed.wait()
        for worker in tuple(self._live):
            _LOG.warning("worker %d has not ended in time, and is killed", worker.number)
            worker.kill()
            await worker.gone.wait()

    async def _start(self, place: int) -> _Worker:
        assert self._group is not None, "it runs"
        self._started += 1
        worker = _Worker(place, self._started)
        await self._group.start(self._attend, worker)
        return worker

    async def _attend(self, worker: _Worker, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        """From its birth to its death; and then another takes its place."""
        self._live.append(worker)
        try:
            await self._watch(worker, task_status)
        except OSError as problem:  # no process more, no memory, no descriptor
            _LOG.warning("worker %d cannot be started: %s", worker.number, problem.strerror or problem)
            task_status.started()
        finally:
            self._live.remove(worker)
            worker.gone.set()
            worker.settled.set()
            self._changed.set()
        self._pass_duty()
        await self._restart(worker)

    async def _watch(self, worker: _Worker, task_status: anyio.abc.TaskStatus[None]) -> None:
        ours, theirs = socket.socketpair()
        stream = await anyio.abc.UNIXSocketStream.from_socket(ours)
        worker.channel = Channel(stream, self._handlers(worker))
        handed = [theirs.fileno(), *(one.fileno() for one in self.listeners)]
        environment = {**os.environ, VARIABLE: f"{worker.number}:{','.join(map(str, handed))}"}
        environment.pop("NOTIFY_SOCKET", None)  # to the service manager the supervisor speaks
        with theirs:
            process = await anyio.open_process(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=None,
                stderr=None,
                env=environment,
                pass_fds=handed,
                start_new_session=True,  # Ctrl-C is for the supervisor, who tells them
            )
        worker.kill = process.kill
        if self.begun.is_set():
            worker.leave()
        task_status.started()
        try:
            async with tasks_together() as group:
                group.start_soon(worker.channel.run)
                group.start_soon(self._end_if_stuck, worker)
                await process.wait()
                with anyio.move_on_after(_PATIENCE):
                    await worker.channel.closed.wait()  # what it said last has come
                group.cancel_scope.cancel()
        finally:
            if process.returncode is None:
                with anyio.CancelScope(shield=True), anyio.move_on_after(_GRACE):
                    await process.wait()  # its channel is closed
            if process.returncode is None:
                process.kill()

    def _handlers(self, worker: _Worker) -> Mapping[str, Handler]:
        async def note_ready(value: Json) -> Json:
            worker.facts = as_object(value)
            worker.settled.set()
            self._pass_duty()
            return None

        async def note_failure(value: Json) -> Json:
            worker.failure = as_object(value)
            return None

        async def note_beat(value: Json) -> Json:
            worker.heard, worker.calls = anyio.current_time(), int_or_none(value) or 0
            return None

        async def note_end(value: Json) -> Json:
            told = as_object(value)
            self.cut_count += int_or_none(told.get("cut")) or 0
            self._counted = self.merge(self._counted, told.get("counted"))
            return None

        return {
            "ready": note_ready,
            "failed": note_failure,
            "beat": note_beat,
            "over": note_end,
            "link": self._take_link,
            "counts": partial(self._count_others, worker),
            "cast": partial(self._cast, worker),
        }

    async def _take_link(self, token: Json) -> Json:
        if self.link is None or not hmac.compare_digest(as_text(token).encode("utf-8", "replace"), self.link.encode()):
            return False
        self.link = None
        return True

    async def _count_others(self, asking: _Worker, _: Json) -> Json:
        """What all the others have counted, those that are gone too."""
        counted: list[Json] = [self._counted]

        async def ask(worker: _Worker) -> None:
            if worker.channel is not None:
                counted.append(await worker.channel.ask("counts", None, _PATIENCE))

        async with tasks_together() as group:
            for worker in self._live:
                if worker is not asking and worker.facts is not None:
                    group.start_soon(ask, worker)
        return counted

    async def _cast(self, telling: _Worker, message: Json) -> Json:
        """Hand on to all the others what one tells."""
        for worker in self._live:
            if worker is not telling and worker.facts is not None:
                worker.tell("cast", message)
        return None

    def _pass_duty(self) -> None:
        """Have one of those that serve do what is to be done once."""
        if self._on_duty is not None and self._on_duty.serves:
            return
        self._on_duty = next((worker for worker in self._live if worker.serves), None)
        if self._on_duty is not None:
            self._on_duty.tell("duty")

    async def _end_if_stuck(self, worker: _Worker) -> None:
        await worker.settled.wait()
        worker.heard = anyio.current_time()
        while True:
            await anyio.sleep(_BEAT_LIMIT / 4)
            if anyio.current_time() - worker.heard > _BEAT_LIMIT:
                _LOG.warning("worker %d has given no sign of life for %g s, and is killed", worker.number, _BEAT_LIMIT)
                worker.kill()
                return

    async def _restart(self, dead: _Worker) -> None:
        """Start another in the place of `dead`, unless that is done already, or all end."""
        if dead.successor is not None:
            await dead.successor.settled.wait()
        if self._places.get(dead.place) is not dead or self.begun.is_set():
            return
        pause = self._pause(dead)
        why = as_text((dead.failure or {}).get("detail"))
        reason = f": {why}" if why else ""
        _LOG.warning("worker %d is gone%s; another is started in %g s", dead.number, reason, pause)
        with anyio.move_on_after(pause):
            await self.begun.wait()
        if not self.begun.is_set():
            self._places[dead.place] = await self._start(dead.place)

    def _pause(self, dead: _Worker) -> float:
        """The first death is answered at once; where one follows the other, it is waited longer and longer."""
        lived = anyio.current_time() - dead.began
        deaths = self._deaths[dead.place] = 0 if lived > _STEADY else self._deaths.get(dead.place, -1) + 1
        return 0.0 if not deaths else min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (deaths - 1))

    async def _keep_replacing(self) -> None:
        while True:
            await self._renewal.wait()
            self._renewal = anyio.Event()
            await run_guarded("the replacement of workers", self._replace_all)

    async def _replace_all(self) -> None:
        for place in range(self.count):
            if self.begun.is_set() or not await self._replace_one(self._places[place]):
                return

    async def _replace_one(self, old: _Worker) -> bool:
        """Whether another serves in the place of `old`. If it cannot, `old` goes on."""
        old.successor = new = await self._start(old.place)
        await new.settled.wait()
        if new.facts is None:
            old.successor = None
            why = as_text((new.failure or {}).get("detail")) or "it ended before it served"
            _LOG.warning("the workers are not replaced, and go on as they are: %s", why)
            return False
        self._places[old.place] = new
        old.leave()
        self._pass_duty()
        return True


def own_command() -> tuple[str, ...]:
    """The command line of this process, as it was given."""
    return (sys.executable, *sys.orig_argv[1:])


def texts_of(value: Json) -> tuple[str, ...]:
    """A list of texts, as a worker tells it."""
    return tuple(as_text(one) for one in as_list(value))
