"""Reads a document that is too long for one request by parts: notes on each, merged until one answer is left.

No request passes the window, no more than some are under way, and what it will cost is known before. Knows clients by
their port, and no format.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from math import ceil
from typing import TypeAlias

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import ReadingProgress
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Warning
from pointsman.core.chat.token_estimate import estimate_request, estimate_text
from pointsman.core.chat.usage import NOTHING, UNKNOWN, Usage
from pointsman.core.documents.chunk import Chunk, split_document
from pointsman.core.documents.citation import cited_places
from pointsman.core.documents.document import Document, Passage
from pointsman.core.documents.document_error import DocumentError, EmptyDocument
from pointsman.core.documents.reading_prompts import ReadingTask
from pointsman.core.effect import effect, settle
from pointsman.core.error import (
    BudgetExceeded,
    ChatError,
    ContextTooLarge,
    ReadingEstimate,
)
from pointsman.core.money.cost import FREE, Cost
from pointsman.services.documents.sight import is_seen, may_be_blind
from pointsman.services.evaluation.run_budget import RunBudget, cost_of_failure
from pointsman.services.manager import Estimate, Manager
from pointsman.services.ports.client import Client
from pointsman.services.ports.executor import ClientExecutor
from pointsman.services.programs.many import traverse
from pointsman.services.tasks.off_loop import LARGE_BODY, run_off_loop

ReadingError: TypeAlias = DocumentError | ChatError
USUAL_WINDOW = 8_000
"""Tokens of a request where the model's window is not known."""
WIDEST_WINDOW = 32_000
"""Tokens of a request where nobody asks for more: beyond it models overlook what stands in the middle."""
LEAST_WINDOW = 600
_MOST_NOTES, _LEAST_NOTES = 1_000, 64
_MARGIN = 32
"""Tokens left free for what an estimate of the whole rounds up."""


Tell: TypeAlias = Callable[[ReadingProgress], None]


@attrs.frozen(kw_only=True)
class ReadingPlan:
    """How a document is to be read: in which parts, by how many requests (or a few more), and for what they cost."""

    task: ReadingTask
    parts: tuple[Chunk, ...] = attrs.field(repr=False)
    window: int
    """Tokens that a request and its answer have together, at most."""
    model: str
    """Who is asked first."""
    expected: Cost
    most: Cost
    is_blind: bool = False
    """Whether that one is known to see no pictures, so that of a document which has some only the text is read."""

    @property
    def requests(self) -> int:
        """How many are made: one for each part, and those that merge the notes."""
        count, total = len(self.parts), len(self.parts)
        while count > 1:
            count = ceil(count / self.notes_at_once)
            total += count
        return total

    @property
    def notes_at_once(self) -> int:
        """How many notes are merged by one request; always two at least."""
        return max(2, self.room // (self.task.most_output + _MARGIN))

    @property
    def room(self) -> int:
        """Tokens of the document, or of notes, in one request."""
        return _room(self.task, self.window)

    @property
    def hides_pictures(self) -> bool:
        """Whether the document has pictures that the model does not see."""
        return bool(self.task.document.pictures) and not self.task.pictures

    @property
    def is_free(self) -> bool:
        """Whether it is known to cost nothing, as on this machine: that needs nobody's leave."""
        return self.most.usd is not None and not self.most.amount

    @property
    def estimate(self) -> ReadingEstimate:
        """What it takes, as an error tells it."""
        return ReadingEstimate(parts=len(self.parts), requests=self.requests, expected=self.expected, most=self.most)

    def __str__(self) -> str:
        tokens = sum(part.tokens for part in self.parts)
        known = self.expected.usd is not None
        cost = f"It should cost {self.expected}, and at most {self.most}." if known else "What it costs is not known."
        return (
            f"{self.task.document.name} has about {tokens:,} tokens: it is read in {len(self.parts)} parts, by "
            f"{self.requests} requests of at most {self.window:,} tokens to {self.model}. {cost}"
        )


@attrs.frozen(kw_only=True)
class DocumentAnswer:
    """What came of it. `places` are those of the document that it cites, in its order."""

    text: str
    places: tuple[str, ...] = ()
    requests: int = 1
    cost: Cost = FREE
    model: str = ""
    warnings: tuple[str, ...] = ()
    response: ChatResponse = attrs.field(factory=ChatResponse, eq=False, repr=False)
    """The last answer, with the tokens, the cost and the warnings of all of them."""


async def check_window(
    manager: Manager, request: ChatRequest, window: int | None = None
) -> Result[None, ContextTooLarge]:
    """Whether `request`, with its documents whole, fits `window`: by default the model's, where that is known."""
    estimated = await settle(manager.estimate(request))
    if isinstance(estimated, Failure):
        return Success(None)  # the request itself says what is wrong
    known = estimated.unwrap()
    most, tokens = window or known.context_length, known.input_tokens + known.output_tokens
    if most is None or tokens <= most:
        return Success(None)
    said = f"with its files the question and its answer have about {tokens:,} tokens, and {known.model} takes {most:,}"
    return Failure(ContextTooLarge(detail=said, token_count=tokens, limit=most, local=True))


async def plan_reading(
    manager: Manager,
    document: Document,
    task: str,
    template: ChatRequest,
    window: int | None = None,
    *,
    with_pictures: bool = False,
) -> Result[ReadingPlan, ReadingError]:
    """How `document` is read for `task`; nobody is asked. `window` is in tokens, else what the model has, bounded.

    Its pictures are shown if `with_pictures`, all of it fits at once, and the model is not known to see none.
    """
    seen = document.pictures if with_pictures else ()
    if not document.text.strip() and not seen:
        return Failure(_no_text(document))
    first = await settle(manager.estimate(attrs.evolve(template, messages=())))
    if isinstance(first, Failure):
        return Failure(first.failure())
    known = first.unwrap()
    wide = _choose_window(known, window)
    wanted = ReadingTask(
        document=document,
        task=task,
        template=template,
        most_output=min(template.max_tokens or _MOST_NOTES, max(_LEAST_NOTES, wide // 6)),
    )
    room = _room(wanted, wide)
    if wide < LEAST_WINDOW or room < LEAST_WINDOW // 4:
        said = f"a window of {wide} tokens is too small to read {document.name} by parts"
        return Failure(ContextTooLarge(detail=said, limit=wide, local=True))
    large = len(document.text) > LARGE_BODY
    parts = await run_off_loop(lambda: split_document(document, room), large=large) or (Chunk(text="", tokens=0),)
    looked, is_blind = attrs.evolve(wanted, pictures=seen), False
    if seen and len(parts) == 1 and estimate_request(looked.whole(parts[0].text)) + wanted.most_output <= wide:
        is_blind = bool(document.text.strip()) and not await is_seen(manager, looked.whole(parts[0].text))
        wanted = wanted if is_blind else looked
    elif not document.text.strip():
        return Failure(_no_text(document))
    plan = ReadingPlan(
        task=wanted, parts=parts, window=wide, model=known.model, expected=FREE, most=FREE, is_blind=is_blind
    )
    return await _with_cost(manager, plan)


def _no_text(document: Document) -> EmptyDocument:
    return EmptyDocument(source=document.name, detail="it holds no text; have its pictures described first")


async def read_by_plan(
    manager: Manager,
    plan: ReadingPlan,
    *,
    parallel: int = 4,
    budget: Decimal | None = None,
    tell: Tell = lambda progress: None,
    readers: ClientExecutor | None = None,
) -> Result[DocumentAnswer, ReadingError]:
    """Do it: at most `parallel` requests at once, for at most `budget` dollars together. `tell` hears how far it is.

    `readers` ask for the notes on the parts, perhaps on other machines; what merges the notes is asked here.
    """
    if budget is not None and plan.expected.amount > budget:
        return Failure(_too_dear(plan, budget))
    reader = _PartReader(manager, plan, RunBudget(budget), parallel, tell, ReadingProgress(len(plan.parts)), readers)
    return await reader.read()


def _choose_window(known: Estimate, asked: int | None) -> int:
    if asked is not None:
        return min(asked, known.context_length or asked)
    return min(known.context_length or USUAL_WINDOW, WIDEST_WINDOW)


def _room(task: ReadingTask, window: int) -> int:
    """What the frame, the words and the answer leave of `window`."""
    frame = max(
        estimate_request(task.part(Chunk(text="", tokens=0), 9999, 9999)),
        estimate_request(task.merge((), "page 9999 to page 9999")),
        estimate_request(task.conclude(())),
    )
    return window - frame - task.most_output - _MARGIN


async def _with_cost(manager: Manager, plan: ReadingPlan) -> Result[ReadingPlan, ReadingError]:
    """`plan` with what it costs: the largest request as often as there are requests."""
    largest = max(plan.parts, key=lambda part: part.tokens)
    request = plan.task.part(largest, len(plan.parts), len(plan.parts))
    if plan.task.pictures:
        request = plan.task.whole(largest.text)
    estimated = await settle(manager.estimate(request))
    return estimated.map(
        lambda one: attrs.evolve(
            plan, expected=_times(one.expected, plan.requests), most=_times(one.most, plan.requests)
        )
    )


def _times(cost: Cost, count: int) -> Cost:
    return Cost(cost.amount * count, cost.complete)


def _too_dear(plan: ReadingPlan, budget: Decimal) -> BudgetExceeded:
    said = f"{plan.requests} requests are expected to cost {plan.expected}, and ${budget} are allowed"
    return BudgetExceeded(detail=said, budget="--budget", limit=budget, spent=Decimal(0), local=True)


async def ask_there(client: Client[ChatError], request: ChatRequest) -> Result[ChatResponse, ChatError]:
    """The work of a reader: one request to the client of its machine."""
    return await settle(client.chat(request))


@attrs.define
class _PartReader:
    """One reading."""

    manager: Manager
    plan: ReadingPlan
    budget: RunBudget
    parallel: int
    tell: Tell
    progress: ReadingProgress
    readers: ClientExecutor | None = None
    _usage: Usage = NOTHING
    _cut: bool = False
    _refused: bool = False
    """Whether a request with the pictures was refused, and one without them took its place."""

    async def read(self) -> Result[DocumentAnswer, ReadingError]:
        task, parts = self.plan.task, self.plan.parts
        if len(parts) == 1:
            answer = await self._ask(task.whole(parts[0].text))
            if task.pictures and task.document.text.strip() and may_be_blind(answer):
                self._refused = True
                answer = await self._ask(attrs.evolve(task, pictures=()).whole(parts[0].text))
            self._count_part()
            return answer.map(self._answer)
        notes = await settle(traverse(effect(self._note), limit=self.parallel)(enumerate(parts, 1)))
        while isinstance(notes, Success) and len(self._groups(notes.unwrap())) > 1:
            groups = self._groups(notes.unwrap())
            notes = await settle(traverse(effect(self._merge), limit=self.parallel)(groups))
        if isinstance(notes, Failure):
            return Failure(notes.failure())
        concluded = await self._ask(task.conclude(notes.unwrap()))
        return concluded.map(self._answer)

    async def _note(self, numbered: tuple[int, Chunk]) -> Result[str, ReadingError]:
        number, part = numbered
        answer = await self._ask(self.plan.task.part(part, number, len(self.plan.parts)), self.readers)
        self._count_part()
        return answer.map(lambda response: self._shorten(f"Notes on part {number}", part.span, response.text))

    async def _merge(self, notes: Sequence[str]) -> Result[str, ReadingError]:
        if len(notes) == 1:
            return Success(notes[0])
        answer = await self._ask(self.plan.task.merge(notes, "some parts of the document"))
        return answer.map(lambda response: self._shorten("Merged notes", "", response.text))

    async def _ask(
        self, request: ChatRequest, readers: ClientExecutor | None = None
    ) -> Result[ChatResponse, ReadingError]:
        """One request, held back in the budget while it is under way."""
        if self.budget.limit is None:
            answer = await self._chat(request, readers)
            self._count(answer, answer.map(lambda response: response.cost).value_or(FREE))
            return answer
        estimated = await settle(self.manager.estimate(request))
        if isinstance(estimated, Failure):
            return Failure(estimated.failure())
        most = estimated.unwrap().most
        if not await self.budget.hold(most):
            return Failure(self._budget_error())
        answer = await self._chat(self.budget.limit_tries(request), readers)
        charged = cost_of_failure(answer.failure(), most) if isinstance(answer, Failure) else answer.unwrap().cost
        self.budget.book(most, charged)
        self._count(answer, charged)
        return answer

    async def _chat(self, request: ChatRequest, readers: ClientExecutor | None) -> Result[ChatResponse, ChatError]:
        if readers is None:
            return await settle(self.manager.chat(request))
        named = attrs.evolve(request, model=self.plan.model)  # which model is the default may differ there
        return await readers.run(ask_there, named)

    def _budget_error(self) -> BudgetExceeded:
        done = f"{self.progress.read} of {self.progress.parts} parts are read"
        limit, used = self.budget.limit, self.budget.used
        return BudgetExceeded(detail=done, budget="--budget", limit=limit, spent=used, local=True)

    def _groups(self, notes: Sequence[str]) -> list[tuple[str, ...]]:
        """Notes that one request can have together, in order."""
        groups: list[tuple[str, ...]] = []
        taken: list[str] = []
        tokens = 0
        for note in notes:
            size = estimate_text(note) + 2
            if taken and (tokens + size > self.plan.room):
                groups.append(tuple(taken))
                taken, tokens = [], 0
            taken.append(note)
            tokens += size
        return [*groups, tuple(taken)] if taken else groups

    def _shorten(self, what: str, span: str, said: str) -> str:
        """A note under its heading, cut to what was asked for where the model wrote more."""
        heading = f"{what} ({span}):" if span else f"{what}:"
        room = self.plan.room // 2 - estimate_text(heading) - 8
        most = max(_LEAST_NOTES // 2, min(self.plan.task.most_output, room))
        if estimate_text(said) > most:
            self._cut = True
            passage = Document(name="notes", media_type="text/plain", passages=(Passage(text=said),))
            said = split_document(passage, most)[0].text
        return f"{heading}\n{said.strip()}"

    def _say_hidden(self) -> list[str]:
        """Why the model was shown none of the pictures that there are."""
        if self._refused:
            return ["its pictures were not shown: the model refused the request with them"]
        why = "the model sees none" if self.plan.is_blind else "all of it is too long at once"
        return [f"its pictures were not shown: {why}"] if self.plan.hides_pictures else []

    def _count_part(self) -> None:
        self._advance(attrs.evolve(self.progress, read=self.progress.read + 1))

    def _count(self, answer: Result[ChatResponse, ReadingError], cost: Cost) -> None:
        self._usage += answer.map(lambda response: response.usage).value_or(UNKNOWN)
        done = self.progress
        self._advance(attrs.evolve(done, answered=done.answered + 1, cost=done.cost + cost))

    def _advance(self, progress: ReadingProgress) -> None:
        self.progress = progress
        self.tell(progress)

    def _answer(self, response: ChatResponse) -> DocumentAnswer:
        read = [place for part in self.plan.parts for place in part.places]
        cited = cited_places(response.text, read)
        warnings = [f"it cites {place}, which was not read" for place in cited.unknown[:5]]
        warnings += ["some notes were longer than asked for, and were cut"] if self._cut else []
        warnings += self._say_hidden()
        notes = (*response.warnings, *(Warning("files", warning) for warning in warnings))
        return DocumentAnswer(
            text=response.text,
            places=cited.places,
            requests=self.progress.answered,
            cost=self.progress.cost,
            model=f"{response.provider}/{response.model}",
            warnings=tuple(warnings),
            response=attrs.evolve(response, usage=self._usage, cost=self.progress.cost, warnings=notes),
        )
