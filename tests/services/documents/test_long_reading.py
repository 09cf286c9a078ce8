"""A document that is too long goes by parts: within the window, the budget and the bound of requests, and is cited."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import anyio.lowlevel
import attrs
import pytest
from returns.methods import unwrap_or_failure
from returns.result import Result

from pointsman import (
    App,
    BudgetExceeded,
    ChatError,
    ChatRequest,
    ChatResponse,
    ContextTooLarge,
    Document,
    DocumentAnswer,
    EmptyDocument,
    ModelUnavailable,
    Passage,
    RateLimitExceeded,
    ReadingProgress,
    ResponseSchema,
    fake,
    open_app,
    pipelines,
    settle,
)
from pointsman.adapters.system.executor import LocalExecutor
from pointsman.core.chat.part import Bytes
from pointsman.core.chat.request import output_limit
from pointsman.core.chat.token_estimate import estimate_request
from pointsman.pipelines import Program, ask_document, summarize
from pointsman.services.documents.long_reading import (
    ReadingError,
    ReadingPlan,
    Tell,
    plan_reading,
    read_by_plan,
)
from pointsman.services.ports.executor import ClientExecutor
from pointsman.testing import Reply, ScriptedClient

LONG = Document(
    name="long.pdf",
    media_type="application/pdf",
    passages=tuple(
        Passage(text=" ".join(f"Sentence {number} of page {page} tells of points." for number in range(40)), page=page)
        for page in range(1, 61)
    ),
    page_count=60,
)
SHORT = Document(name="short.txt", media_type="text/plain", passages=(Passage(text="Points are set.", page=1),))


def brief(request: ChatRequest) -> Reply:
    """Short, as it was asked for."""
    return "Brief [page 3]."


def wordy(request: ChatRequest) -> Reply:
    """An answer longer than anyone asked for, with citations of a page that is there and one that is not."""
    return "It is so [page 7]. " + "And it goes on without an end in sight. " * 200 + "See [page 4711]."


async def ask(
    app: App,
    document: Document,
    window: int | None = None,
    *,
    parallel: int = 4,
    budget: Decimal | None = None,
    tell: Tell = lambda progress: None,
) -> DocumentAnswer | ReadingError:
    """The outcome of a question."""
    program = ask_document(document, "What is set?", window=window, parallel=parallel, budget=budget, tell=tell)
    return unwrap_or_failure(await settle(program(app)))


@pytest.mark.parametrize("window", [700, 1500, 4000, 20_000, 200_000])
@pytest.mark.parametrize("script", [brief, wordy])
async def test_no_request_passes_the_window(window: int, script: Callable[[ChatRequest], Reply]) -> None:
    client = ScriptedClient(script)
    async with open_app(fake({"fake": client})) as opened:
        answer = await ask(opened.unwrap(), LONG, window=window)
    assert isinstance(answer, DocumentAnswer)
    assert answer.requests == len(client.requests)
    for request in client.requests:
        assert estimate_request(request) + (output_limit(request.max_tokens) or 0) <= window
    if window >= 200_000:
        assert len(client.requests) == 1


async def test_every_page_is_read_once_and_the_answer_cites_those_that_there_are() -> None:
    client = ScriptedClient(wordy)
    seen: list[tuple[int, int, int]] = []

    def tell(progress: ReadingProgress) -> None:
        seen.append((progress.parts, progress.read, progress.answered))

    async with open_app(fake({"fake": client})) as opened:
        answer = await ask(opened.unwrap(), LONG, window=2000, tell=tell)
    assert isinstance(answer, DocumentAnswer)
    asked = "\n".join(
        request.messages[-1].text for request in client.requests if "This is part" in request.messages[-1].text
    )
    assert [asked.count(f"Sentence 39 of page {page} tells") for page in range(1, 61)] == [1] * 60
    assert answer.places == ("page 7",)
    assert "it cites page 4711, which was not read" in answer.warnings
    assert "some notes were longer than asked for, and were cut" in answer.warnings
    parts, read, answered = seen[-1]
    assert (parts, answered) == (read, answer.requests)
    assert answer.cost.usd is not None
    assert answer.cost.amount > 0


async def test_a_short_document_is_one_request_with_its_text_and_the_question() -> None:
    client = ScriptedClient(["By a pointsman [page 1]."])
    async with open_app(fake({"fake": client})) as opened:
        answer = await ask(opened.unwrap(), SHORT)
    assert isinstance(answer, DocumentAnswer)
    assert (answer.text, answer.places, answer.requests) == ("By a pointsman [page 1].", ("page 1",), 1)
    (request,) = client.requests
    assert "[page 1]\nPoints are set." in request.messages[-1].text
    assert request.messages[-1].text.endswith("What is set?")


@attrs.define
class CountingClient(ScriptedClient):
    """Counts how many of its answers are under way, and how many were at most."""

    under_way: int = 0
    most: int = 0

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await anyio.lowlevel.checkpoint()
        self.under_way -= 1
        return await super().call_chat(request)


async def test_no_more_are_under_way_than_are_allowed() -> None:
    client = CountingClient()
    async with open_app(fake({"fake": client})) as opened:
        answer = await ask(opened.unwrap(), LONG, window=1500, parallel=3)
    assert isinstance(answer, DocumentAnswer)
    assert 1 < client.most <= 3


async def planned(app: App, window: int) -> ReadingPlan:
    """The plan for the long document."""
    plan = unwrap_or_failure(await plan_reading(app.manager, LONG, "What?", ChatRequest("", ()), window))
    assert isinstance(plan, ReadingPlan)
    return plan


async def test_what_it_costs_is_known_before_and_holds() -> None:
    client = ScriptedClient(brief)
    async with open_app(fake({"fake": client})) as opened:
        app = opened.unwrap()
        plan = await planned(app, 2000)
        answer = unwrap_or_failure(await read_by_plan(app.manager, plan))
    assert isinstance(answer, DocumentAnswer)
    assert len(plan.parts) < answer.requests <= plan.requests
    assert answer.cost.amount <= plan.expected.amount <= plan.most.amount


async def test_what_is_expected_to_pass_the_budget_is_never_begun() -> None:
    client = ScriptedClient()
    async with open_app(fake({"fake": client})) as opened:
        refused = await ask(opened.unwrap(), LONG, window=2000, budget=Decimal("0.001"))
    assert isinstance(refused, BudgetExceeded)
    assert "requests are expected to cost" in str(refused)
    assert client.requests == []


async def test_a_budget_is_kept_whatever_is_answered() -> None:
    client = ScriptedClient(wordy)
    async with open_app(fake({"fake": client})) as opened:
        app = opened.unwrap()
        plan = await planned(app, 2000)
        budget = plan.expected.amount
        outcome = unwrap_or_failure(await read_by_plan(app.manager, plan, budget=budget))
        rows = (await settle(app.manager.report())).unwrap()
    assert isinstance(outcome, DocumentAnswer | BudgetExceeded)
    assert 0 < sum(row.cost.amount for row in rows) <= budget


@pytest.mark.parametrize("error", [ModelUnavailable(detail="it sleeps"), RateLimitExceeded(retry_after=1.0)])
async def test_the_failure_of_one_part_is_the_failure_of_the_whole_by_its_tag(
    error: ModelUnavailable | RateLimitExceeded,
) -> None:
    client = ScriptedClient(lambda request: error if "part 3 of" in request.messages[-1].text else "Brief.")
    async with open_app(fake({"fake": client})) as opened:
        outcome = await ask(opened.unwrap(), LONG, window=2000)
    assert getattr(outcome, "tag", "") == error.tag


async def test_what_cannot_be_read_at_all_is_told_before_anybody_is_asked() -> None:
    client = ScriptedClient()
    picture = Document(
        name="a.png",
        media_type="image/png",
        passages=(Passage(kind="picture", picture=Bytes(b"x", "image/png")),) * 3,
    )
    async with open_app(fake({"fake": client})) as opened:
        app = opened.unwrap()
        assert isinstance(await ask(app, picture, window=2000), EmptyDocument)
        assert isinstance(await ask(app, LONG, window=200), ContextTooLarge)
        endless = unwrap_or_failure(await settle(ask_document(LONG, "why? " * 2000, window=2000)(app)))
    assert isinstance(endless, ContextTooLarge)
    assert client.requests == []


async def test_only_the_answer_has_the_form_that_is_asked_for() -> None:
    client = ScriptedClient(brief)
    template = ChatRequest(
        "", (), response_schema=ResponseSchema({"type": "object", "properties": {}}), temperature=0.1
    )
    async with open_app(fake({"fake": client})) as opened:
        app = opened.unwrap()
        plan = unwrap_or_failure(await plan_reading(app.manager, LONG, "What?", template, 2000))
        assert isinstance(plan, ReadingPlan)
        assert isinstance(unwrap_or_failure(await read_by_plan(app.manager, plan)), DocumentAnswer)
    *notes, last = client.requests
    assert last.response_schema == template.response_schema
    assert {request.response_schema for request in notes} == {None}
    assert {request.temperature for request in client.requests} == {0.1}


async def test_a_summary_is_asked_for_in_its_own_words() -> None:
    client = ScriptedClient(["It is about points."])
    async with open_app(fake({"fake": client})) as opened:
        answer = unwrap_or_failure(await settle(summarize(SHORT)(opened.unwrap())))
    assert isinstance(answer, DocumentAnswer)
    assert "Summarise the document" in client.requests[0].messages[-1].text


@pytest.mark.parametrize("ask", [lambda readers: ask_document(LONG, "What?", window=2000, readers=readers),
                                 lambda readers: summarize(LONG, window=2000, readers=readers)])  # fmt: skip
async def test_who_reads_the_parts_elsewhere_asks_for_them_all_and_for_nothing_else(
    ask: Callable[[ClientExecutor], Program[DocumentAnswer, ReadingError]],
) -> None:
    here, there = ScriptedClient(brief), ScriptedClient(brief)
    async with open_app(fake({"fake": here})) as opened:
        answer = unwrap_or_failure(await settle(ask(LocalExecutor.of(there, 4))(opened.unwrap())))
    assert isinstance(answer, DocumentAnswer)
    assert answer.requests == len(here.requests) + len(there.requests)
    assert all("This is part" in request.messages[-1].text for request in there.requests)
    assert not any("This is part" in request.messages[-1].text for request in here.requests)


def test_the_former_name_still_works() -> None:
    with pytest.warns(DeprecationWarning, match="summarize"):
        assert pipelines.summarise is summarize  # type: ignore[attr-defined]  # checkers know the new one
