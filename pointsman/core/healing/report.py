"""What healing comes to: rounds, their fates, and what can hinder them, as typed values. Pure."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

import attrs

from pointsman.core.chat.response import ChatResponse, response_of
from pointsman.core.error import ChatError, Fault
from pointsman.core.healing.error_trace import ErrorTrace
from pointsman.core.healing.patch import Patch
from pointsman.core.money.cost import FREE, Cost


@attrs.frozen(kw_only=True)
class CommandNotStarted(Fault):
    """The command could not be started; `code` is what a shell would exit with (127 not found, 126 not allowed)."""

    hint: ClassVar[str] = "Check its name, and write it as you would in the shell, after `--`."
    code: int = 127


@attrs.frozen(kw_only=True)
class NothingNamed(Fault):
    """The error names no file that may be shown."""

    hint: ClassVar[str] = "Start it in the folder that holds the program; files elsewhere are never shown."


@attrs.frozen(kw_only=True)
class UnreadableAnswer(Fault):
    """The model's answer holds no change that can be made; `detail` says why, `answer` is what it wrote."""

    hint: ClassVar[str] = "Ask again, or another model with --model."
    answer: str = attrs.field(default="", repr=False)


@attrs.frozen(kw_only=True)
class PatchNotApplied(Fault):
    """A change was not made, or not taken back in all files; `detail` says in which it still is."""

    hint: ClassVar[str] = "Look at the file and start again."


HealingFailure: TypeAlias = ChatError | NothingNamed | UnreadableAnswer | PatchNotApplied
"""Why a round came to nothing."""


@attrs.frozen(kw_only=True)
class Proposal:
    """A change that a model proposes. `patch` holds the real texts, `shown` the same without secrets.

    `answer` is what the model said beside it, `files` are all that it was shown.
    """

    patch: Patch = attrs.field(repr=False)
    shown: Patch = attrs.field(repr=False)
    answer: str = ""
    files: tuple[str, ...] = ()
    response: ChatResponse = attrs.field(repr=False)

    @property
    def model(self) -> str:
        """Who answered, as `provider/model`."""
        return "/".join(filter(None, (self.response.provider, self.response.model)))

    @property
    def reference(self) -> str:
        """As `asked_model`."""
        return asked_model(self.response)


def asked_model(response: ChatResponse) -> str:
    """Who was asked, as `provider/model`: by this name routing knows it. Its answer may name a dated version."""
    last = response.attempts[-1] if response.attempts else None
    provider, model = (last.provider, last.model) if last else (response.provider, "")
    return "/".join(filter(None, (provider, model or response.model)))


@attrs.frozen(kw_only=True)
class CheckVerdict:
    """What a check in the sandbox said of a change.

    `healed`: it fails without the change and passes with it. `unhealed`: it fails with it, too. `unproved`: it passes
    without it, or that it passes with it proves nothing. `unchecked`: it could not be run. `detail` says why.
    """

    result: Literal["healed", "unhealed", "unproved", "unchecked"]
    detail: str = ""


@attrs.frozen(kw_only=True)
class GroupReport:
    """What came of asking about a group of equal errors; `count` is how many there were so far, `first` the first."""

    first: ErrorTrace
    count: int
    proposal: Proposal | None = None
    failure: HealingFailure | None = None
    check: CheckVerdict | None = None

    @property
    def cost(self) -> Cost:
        """What the question cost."""
        return _cost(self.proposal, self.failure)


@attrs.frozen(kw_only=True)
class GroupCount:
    """How often an error came, and whether a model was asked about it."""

    first: ErrorTrace
    count: int
    asked: bool


@attrs.frozen(kw_only=True)
class WatchSummary:
    """What came in while a log was followed. `beyond` counts errors of groups too many to be kept apart."""

    groups: tuple[GroupCount, ...]
    beyond: int = 0
    cost: Cost = FREE

    @property
    def errors(self) -> int:
        """All errors."""
        return sum(group.count for group in self.groups) + self.beyond


Fate: TypeAlias = Literal["healed", "unproved", "helped", "undone", "left", "declined", "unapproved", "failed"]
"""What came of a round.

`healed`: the command succeeds. `unproved`: it ends with 0, which proves nothing, see `doubt`; the change stays.
`helped`: it still fails, but came further, and the change stays. `undone`: it did not help, and was taken back.
`left`: it did not help, and could not be taken back in the files `left`, see `failure`. `declined`: the person said no.
`unapproved`: nobody could be asked. `failed`: nothing was changed, see `failure`.
"""


@attrs.frozen(kw_only=True)
class HealingRound:
    """One question and what came of it; `number` counts from 1.

    `doubt` says why what stays proves nothing; `left` are files that hold a change that did not help.
    """

    number: int
    error: ErrorTrace | None
    fate: Fate
    proposal: Proposal | None = None
    failure: HealingFailure | None = None
    doubt: str = ""
    left: tuple[str, ...] = ()

    @property
    def changed_files(self) -> tuple[str, ...]:
        """The files in which its change still is."""
        stays = self.proposal is not None and self.fate in ("healed", "unproved", "helped")
        return self.proposal.patch.paths if stays and self.proposal is not None else self.left

    @property
    def cost(self) -> Cost:
        """What the question cost."""
        return _cost(self.proposal, self.failure)


def _cost(proposal: Proposal | None, failure: HealingFailure | None) -> Cost:
    """What a question cost: of one that failed, what its answer cost."""
    if proposal is not None:
        return proposal.response.cost
    response = response_of(failure) if failure is not None else None
    return response.cost if response is not None else FREE


@attrs.frozen(kw_only=True)
class HealingReport:
    """What came of healing `command`. `code` is its exit code after the last run."""

    command: tuple[str, ...]
    code: int
    rounds: tuple[HealingRound, ...] = ()

    @property
    def is_healed(self) -> bool:
        """Whether the command failed at first and succeeds now, as far as that can be proved."""
        return self.code == 0 and bool(self.rounds) and not self.doubt

    @property
    def doubt(self) -> str:
        """Why what stays of the changes proves nothing; empty where it does."""
        return next((one.doubt for one in reversed(self.rounds) if one.doubt), "")

    @property
    def changed_files(self) -> tuple[str, ...]:
        """The files that are not as they were."""
        return tuple(sorted({path for one in self.rounds for path in one.changed_files}))

    @property
    def cost(self) -> Cost:
        """What all questions cost."""
        return sum((one.cost for one in self.rounds), FREE)

    @property
    def failure(self) -> HealingFailure | None:
        """What ended it, where that was no answer."""
        return self.rounds[-1].failure if self.rounds else None
