"""Heals a command that fails: run, ask, show, apply after a yes, run again; what did not help is taken back.

Cancelled at any moment it leaves every file whole: as it was, or as the change says that was allowed.
"""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.effect import effect
from pointsman.core.healing.error_kind import kind_of_error
from pointsman.core.healing.patch import Patch
from pointsman.core.healing.progress import FailedRun, failed_run, has_helped
from pointsman.core.healing.proof import doubt_of_run
from pointsman.core.healing.question import Attempted
from pointsman.core.healing.report import (
    CommandNotStarted,
    Fate,
    HealingFailure,
    HealingReport,
    HealingRound,
    PatchNotApplied,
    Proposal,
    UnreadableAnswer,
)
from pointsman.core.healing.trace_reader import read_traces, without_colours
from pointsman.core.security.masking import SecretMask
from pointsman.services.event_bus import Publish, publish_nowhere
from pointsman.services.healing.context import HealingContext
from pointsman.services.healing.outcome import record_failure, record_outcome, take_back
from pointsman.services.healing.repair_asker import ProposedChange, RepairAsker
from pointsman.services.ports.command_runner import CommandRun, CommandRunner, Show

Approve: TypeAlias = Callable[[Proposal], Awaitable[bool | None]]
"""Whether a change may be applied; None where there is nobody to ask."""
_ATTEMPT_CHARACTERS = 4_000
"""Of the output after a change that did not help, which the next question quotes."""


async def approve_all(proposal: Proposal) -> bool:
    """Every change is allowed."""
    return True


async def approve_nothing(proposal: Proposal) -> None:
    """Nobody can be asked: changes are shown, and not made."""
    return


@attrs.frozen
class RoundBegins:
    """A round begins: the model is about to be asked, and is shown this."""

    number: int
    context: HealingContext


HealingStep: TypeAlias = RoundBegins | HealingRound
"""What is told while it goes on: a round as it begins, and as it has ended."""
Tell: TypeAlias = Callable[[HealingStep], None]


def _tell_nobody(step: HealingStep) -> None:
    return


def show_nothing(data: bytes, stream: str) -> None:
    """For who does not want to see what a command prints."""


@attrs.define
class _Healing:
    """What is known of a command while it is healed; `run` is that of the files as they are."""

    command: tuple[str, ...]
    run: CommandRun
    mask: SecretMask
    rounds: list[HealingRound] = attrs.field(factory=list)
    attempted: tuple[Attempted, ...] = ()

    @property
    def line(self) -> str:
        """The command as one would type it."""
        return shlex.join(self.command)


@attrs.frozen(kw_only=True)
class Healer:
    """Heals commands in the folder of `asker`, in at most `rounds` questions each.

    `approve` is asked before anything is changed. `show` gets what the command prints, `tell` what happens.
    """

    asker: RepairAsker
    runner: CommandRunner
    approve: Approve
    rounds: int = 3
    show: Show = show_nothing
    tell: Tell = _tell_nobody
    publish: Publish = publish_nowhere

    @effect
    async def heal(self, command: Sequence[str]) -> Result[HealingReport, CommandNotStarted]:
        """Run `command`, and heal it if it fails."""
        ran = await self.runner.run(command, self.show)
        if isinstance(ran, Failure):
            return Failure(ran.failure())
        healing = _Healing(tuple(command), ran.unwrap(), SecretMask(self.asker.secrets))
        while healing.run.code and len(healing.rounds) < self.rounds:
            ended = await self._round(healing)
            healing.rounds.append(ended)
            self.tell(ended)
            if _is_over(ended):
                break
        return Success(HealingReport(command=healing.command, code=healing.run.code, rounds=tuple(healing.rounds)))

    async def _round(self, healing: _Healing) -> HealingRound:
        before = _read_run(healing.run)
        context = await self.asker.gather(before.output, before.traces, healing.line, healing.mask)
        begun = HealingRound(number=len(healing.rounds) + 1, error=before.last, fate="failed")
        self.tell(RoundBegins(begun.number, context))
        proposed = await self.asker.propose(context, healing.line, healing.attempted)
        if isinstance(proposed, Failure):
            return self._fail(begun, proposed.failure())
        change = proposed.unwrap()
        if any(one.diff == change.proposal.shown.diff for one in healing.attempted):
            return self._fail(begun, _repeats(change.proposal))
        begun = attrs.evolve(begun, proposal=change.proposal)
        allowed = await self.approve(change.proposal)
        if not allowed:
            return attrs.evolve(begun, fate="unapproved" if allowed is None else "declined")
        return await self._try(change, healing, before, begun)

    def _fail(self, begun: HealingRound, failure: HealingFailure) -> HealingRound:
        record_failure(self.publish, kind_of_error(begun.error), failure)
        return attrs.evolve(begun, failure=failure)

    async def _try(
        self, change: ProposedChange, healing: _Healing, before: FailedRun, begun: HealingRound
    ) -> HealingRound:
        """Apply the change, run the command with it, and take it back if that is no better."""
        written = await self.asker.folder.write(change.changes)
        if isinstance(written, Failure):
            return attrs.evolve(begun, failure=written.failure())
        ran = await self.runner.run(healing.command, self.show)
        run = ran.value_or(None) or CommandRun(code=ran.failure().code)  # it may itself be what was changed
        after = _read_run(run)
        has_ended_well = run.code == 0
        helped = has_ended_well or has_helped(before, after, change.proposal.patch)
        doubt = _doubt_of(healing, before, after, change.proposal.patch, has_ended_well) if helped else ""
        if not doubt:
            record_outcome(self.publish, kind_of_error(before.last), change.proposal.reference, healed=helped)
        if helped:
            healing.run = run
            fate: Fate = "helped" if not has_ended_well else "unproved" if doubt else "healed"
            return attrs.evolve(begun, fate=fate, doubt=doubt)
        left = await take_back(self.asker.folder, change.changes)
        if left:
            healing.run = run
            return attrs.evolve(begun, fate="left", left=tuple(left), failure=_still_there(left))
        printed = await self.asker.gather(after.output, (), mask=healing.mask)
        attempt = Attempted(diff=change.proposal.shown.diff, error=printed.error[-_ATTEMPT_CHARACTERS:])
        healing.attempted = (*healing.attempted, attempt)
        return attrs.evolve(begun, fate="undone")


def _read_run(run: CommandRun) -> FailedRun:
    """What a run printed, and the errors in it; its error stream counts where it tells of an error by itself."""
    output, errors = without_colours(run.output), without_colours(run.errors)
    traces = read_traces(errors.splitlines()) or read_traces(output.splitlines())
    return failed_run(output, traces)


def _doubt_of(healing: _Healing, before: FailedRun, after: FailedRun, patch: Patch, ended_well: bool) -> str:
    """Why a change that seems to help proves nothing; one on top of a doubtful one proves no more than that."""
    earlier = next((one.doubt for one in healing.rounds if one.doubt), "") if ended_well else ""
    return earlier or doubt_of_run(before.output, after.output, patch, ended_well=ended_well)


def _still_there(left: Mapping[str, str]) -> PatchNotApplied:
    why = "; ".join(dict.fromkeys(left.values()))
    return PatchNotApplied(detail=f"it did not help, but the change is still in {', '.join(left)}: {why}")


def _repeats(proposal: Proposal) -> UnreadableAnswer:
    detail = "it proposes a change again that did not help"
    response = proposal.response
    return UnreadableAnswer(
        detail=detail,
        answer=response.text,
        response=response,
        provider=response.provider or None,
        model=response.model or None,
    )


def _is_over(ended: HealingRound) -> bool:
    """Whether another round would be no use."""
    if ended.fate == "failed":
        return not isinstance(ended.failure, UnreadableAnswer)
    return ended.fate in ("healed", "unproved", "left", "declined", "unapproved")
