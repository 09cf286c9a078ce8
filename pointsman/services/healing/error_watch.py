"""Follows a log as a stream of errors: groups equal ones, asks once about each group, reports. It changes nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, Callable, Iterable
from typing import TypeAlias

import anyio
import attrs
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from returns.result import Failure

from pointsman.core.healing.error_kind import kind_of_error
from pointsman.core.healing.error_trace import ErrorGroup, ErrorTrace
from pointsman.core.healing.report import GroupCount, GroupReport, WatchSummary
from pointsman.core.healing.trace_reader import TraceReader
from pointsman.core.money.cost import FREE, Cost
from pointsman.core.security.masking import SecretMask
from pointsman.services.event_bus import Publish, publish_nowhere
from pointsman.services.healing.outcome import record_failure, record_outcome
from pointsman.services.healing.patch_check import PatchCheck
from pointsman.services.healing.repair_asker import RepairAsker
from pointsman.services.ports.clock import Clock
from pointsman.services.tasks.together import tasks_together

TellGroup: TypeAlias = Callable[[GroupReport], None]
_MOST_GROUPS = 1_000
"""That are kept apart; errors of further ones are only counted."""
_QUIET = 1.0
"""Seconds without a line after which an error is taken to be whole."""
_MINUTE = 60.0


@attrs.define
class _Group:
    first: ErrorTrace
    count: int = 1
    asked: bool = False


@attrs.define(eq=False)
class ErrorWatcher:
    """Watches one log. `summary` may be read at any time, also after it was cancelled.

    At most `most_asked` groups are asked about, and `per_minute` in a minute; `check` judges what is proposed.
    """

    asker: RepairAsker
    clock: Clock
    tell: TellGroup
    check: PatchCheck | None = None
    most_asked: int = 50
    per_minute: int = 10
    publish: Publish = publish_nowhere
    _groups: dict[ErrorGroup, _Group] = attrs.field(factory=dict, init=False, repr=False)
    _beyond: int = attrs.field(default=0, init=False)
    _cost: Cost = attrs.field(default=FREE, init=False)
    _reader: TraceReader = attrs.field(factory=TraceReader, init=False, repr=False)
    _lines: int = attrs.field(default=0, init=False)
    _asked_at: deque[float] = attrs.field(factory=deque, init=False, repr=False)

    @property
    def summary(self) -> WatchSummary:
        """What has come in so far, without secrets."""
        mask = SecretMask(self.asker.secrets)
        traces = ((_hide_secrets(one.first, mask), one) for one in self._groups.values())
        groups = (GroupCount(first=first, count=one.count, asked=one.asked) for first, one in traces)
        return WatchSummary(groups=tuple(groups), beyond=self._beyond, cost=self._cost)

    async def watch(self, lines: AsyncIterable[str]) -> WatchSummary:
        """Read `lines` to their end, and ask about all that came."""
        sender, receiver = anyio.create_memory_object_stream[_Group](self.most_asked)
        with receiver:
            async with tasks_together() as group, sender:
                group.start_soon(self._ask_each, receiver)
                async with tasks_together() as reading:
                    reading.start_soon(self._end_when_quiet, sender)
                    async for line in lines:
                        self._lines += 1
                        self._count(self._reader.feed(line), sender)
                    reading.cancel_scope.cancel()
                self._count(self._reader.finish(), sender)
        return self.summary

    async def _end_when_quiet(self, sender: MemoryObjectSendStream[_Group]) -> None:
        """Nothing may ever follow the last line of an error."""
        while True:
            before = self._lines
            await self.clock.sleep(_QUIET)
            if self._lines == before:
                self._count(self._reader.finish(), sender)

    def _count(self, traces: Iterable[ErrorTrace], sender: MemoryObjectSendStream[_Group]) -> None:
        for trace in traces:
            known = self._groups.get(trace.group)
            if known is not None:
                known.count += 1
            elif len(self._groups) >= _MOST_GROUPS:
                self._beyond += 1
            else:
                self._groups[trace.group] = added = _Group(trace)
                if sum(one.asked for one in self._groups.values()) < self.most_asked:
                    added.asked = True
                    sender.send_nowait(added)

    async def _ask_each(self, receiver: MemoryObjectReceiveStream[_Group]) -> None:
        async for group in receiver:
            await self._wait_for_turn()
            self.tell(await self._ask(group))

    async def _wait_for_turn(self) -> None:
        """Wait until fewer than `per_minute` questions were asked within a minute."""
        if len(self._asked_at) >= self.per_minute:
            await self.clock.sleep(self._asked_at.popleft() + _MINUTE - self.clock.monotonic())
        self._asked_at.append(self.clock.monotonic())

    async def _ask(self, group: _Group) -> GroupReport:
        trace = group.first
        context = await self.asker.gather(trace.text or trace.title, (trace,))
        proposed = await self.asker.propose(context)
        if isinstance(proposed, Failure):
            failed = GroupReport(
                first=_hide_secrets(trace, context.mask), count=group.count, failure=proposed.failure()
            )
            self._cost += failed.cost
            if self.check is not None:  # without one, what is well made is not counted either
                record_failure(self.publish, kind_of_error(trace), proposed.failure())
            return failed
        proposal = proposed.unwrap().proposal
        self._cost += proposal.response.cost
        verdict = await self.check.judge(proposal.patch) if self.check is not None else None
        if verdict is not None and verdict.result in ("healed", "unhealed"):
            record_outcome(self.publish, kind_of_error(trace), proposal.reference, healed=verdict.result == "healed")
        return GroupReport(
            first=_hide_secrets(trace, context.mask), count=group.count, proposal=proposal, check=verdict
        )


def _hide_secrets(trace: ErrorTrace, mask: SecretMask) -> ErrorTrace:
    """`trace` as it may be reported."""
    return attrs.evolve(trace, message=mask.hide_in_output(trace.message), text=mask.hide_in_output(trace.text))
