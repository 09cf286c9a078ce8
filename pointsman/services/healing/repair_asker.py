"""Asks a model for a repair, within a budget, and reads a change out of its answer. It applies nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, place_error, response_of
from pointsman.core.error import BudgetExceeded, ChatError, ConfigurationError
from pointsman.core.healing.error_trace import ErrorTrace
from pointsman.core.healing.patch import Patch, explanation, read_patch
from pointsman.core.healing.question import Attempted, HealingRequest, write_question
from pointsman.core.healing.report import HealingFailure, NothingNamed, PatchNotApplied, Proposal, UnreadableAnswer
from pointsman.core.money.cost import Cost
from pointsman.core.security.masking import SecretMask
from pointsman.core.security.secret import Secret
from pointsman.services.evaluation.run_budget import RunBudget, cost_of_failure
from pointsman.services.healing.context import USUAL_LIMITS, ContextLimits, HealingContext, gather_context
from pointsman.services.ports.client import CHAT, Client
from pointsman.services.ports.run_store import most_charged
from pointsman.services.ports.source_folder import FileChange, SourceFolder

Estimate: TypeAlias = Callable[[ChatRequest], Awaitable[Result[Cost, ChatError]]]
"""The most that a request can cost."""

TASK = "heal"
"""The task, and the tag of the usage records, of all that is asked here."""
UNCACHED = ChatRequest("", (), options=CallOptions(cache="off"))
"""Asks the default model, or the one that routing chooses, and never a cache: each question may be the last hope."""
_ERROR_CHARACTERS = 4_000
"""Of the error's end that routing sees."""


@attrs.frozen(kw_only=True)
class ProposedChange:
    """A proposal, and its change as bytes for the folder."""

    proposal: Proposal
    changes: dict[str, FileChange] = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class RepairAsker:
    """Asks for repairs of the program in `folder`.

    `request` says who is asked and how, without messages. `secrets` are hidden beside what looks like one; `home` is
    the user's own folder, which is hidden too. With a limit in `budget`, what `estimate` does not know is not asked.
    """

    client: Client
    folder: SourceFolder
    estimate: Estimate = attrs.field(repr=False)
    request: ChatRequest = UNCACHED
    secrets: tuple[Secret, ...] = ()
    home: str = ""
    limits: ContextLimits = USUAL_LIMITS
    budget: RunBudget = attrs.field(factory=RunBudget)

    async def gather(
        self, output: str, traces: Sequence[ErrorTrace], command: str = "", mask: SecretMask | None = None
    ) -> HealingContext:
        """What would be shown of an error; with the `mask` of an earlier question equal secrets have equal marks."""
        return await gather_context(
            self.folder,
            output,
            traces,
            limits=self.limits,
            mask=mask or SecretMask(self.secrets),
            home=self.home,
            beside=command,
        )

    async def propose(
        self, context: HealingContext, command: str = "", attempted: tuple[Attempted, ...] = ()
    ) -> Result[ProposedChange, HealingFailure]:
        """The change that the model proposes."""
        if not context.files:
            return Failure(_nothing_named(context))
        shown = HealingRequest(
            error=context.error,
            files=context.shown,
            command=context.mask.hide_in_output(command),
            attempted=attempted,
        )
        answered = unwrap_or_failure(await self._ask(self._complete(shown)))
        return _read(answered, context) if isinstance(answered, ChatResponse) else Failure(answered)

    def _complete(self, shown: HealingRequest) -> ChatRequest:
        options = self.request.options
        tags = tuple(dict.fromkeys((*options.tags, TASK)))
        error = shown.error[-_ERROR_CHARACTERS:]
        asked = attrs.evolve(options, task=options.task or TASK, tags=tags, error=error)
        return attrs.evolve(self.request, messages=write_question(shown), options=asked)

    async def _ask(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        if self.budget.limit is None:
            return await self.client.call(CHAT, request)
        most = unwrap_or_failure(await self.estimate(request))
        if not isinstance(most, Cost):
            return Failure(most)
        if not most.complete:
            return Failure(_unknown_price(request.model))
        if not await self.budget.hold(most):
            return Failure(_over_budget(self.budget, most))
        charged = most
        try:
            result = await self.client.call(CHAT, self.budget.limit_tries(request))
            charged = _amount_charged(result, most)
        finally:
            self.budget.book(most, charged)
        return result


def _amount_charged(result: Result[ChatResponse, ChatError], most: Cost) -> Cost:
    came = unwrap_or_failure(result)
    if isinstance(came, ChatResponse):
        cost = came.cost
    else:
        response = response_of(came)
        cost = response.cost if response is not None else cost_of_failure(came, most)
    return most_charged(cost, most)


def _read(response: ChatResponse, context: HealingContext) -> Result[ProposedChange, HealingFailure]:
    """The answer as a change of the real files: marks of secrets become the secrets of the same file again."""
    read = read_patch(response.text, context.shown)
    if isinstance(read, Failure):
        detail = f"the answer cannot be used: {read.failure()}"
        return Failure(place_error(UnreadableAnswer(detail=detail, answer=response.text, response=response), response))
    shown = read.unwrap()
    after = {path: context.mask.restore(text, context.shown[path]) for path, text in shown.after.items()}
    patch = Patch({path: context.files[path].source.text for path in after}, after)
    changes: dict[str, FileChange] = {}
    for path, text in after.items():
        source = context.files[path].source
        written = source.write(text)
        if written is None:
            detail = f"{path} is written in {source.encoding}, which lacks a letter of the change"
            return Failure(PatchNotApplied(detail=detail, response=response))
        changes[path] = FileChange(source.raw, written)
    proposal = Proposal(
        patch=patch,
        shown=shown,
        answer=explanation(response.text, context.shown),
        files=tuple(context.files),
        response=response,
    )
    return Success(ProposedChange(proposal=proposal, changes=changes))


def _nothing_named(context: HealingContext) -> NothingNamed:
    why = "; ".join(f"{one.path}: {one.reason}" for one in context.withheld[:3])
    return NothingNamed(detail=f"the error names no file that can be shown{f' ({why})' if why else ''}")


def _over_budget(budget: RunBudget, most: Cost) -> BudgetExceeded:
    detail = f"not asked, for it can cost {most}, and {budget.used:f} of {budget.limit:f} dollars are spent"
    return BudgetExceeded(budget="healing", limit=budget.limit, spent=budget.used, detail=detail, local=True)


def _unknown_price(model: str) -> ConfigurationError:
    problem = f"the price of {model or 'the model'} is not known, so the budget cannot be kept"
    detail = f"{problem}; give its price in the settings, under [models], or leave --budget out"
    return ConfigurationError(detail=detail, problems=(problem,), local=True, remedy="")
