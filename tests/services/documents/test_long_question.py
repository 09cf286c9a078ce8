"""A question with documents too long for the model: allowed by who pays, answered as any turn of a conversation."""

from __future__ import annotations

from decimal import Decimal

import anyio.lowlevel
import pytest
from returns.methods import unwrap_or_failure
from returns.result import Success

from pointsman import (
    App,
    BudgetExceeded,
    ChatRequest,
    ContextTooLarge,
    Done,
    EmptyDocument,
    Failed,
    ModelUnavailable,
    PartDone,
    ReadingProgress,
    TextDelta,
    ask,
    assistant,
    fake,
    open_app,
    quote_document,
    settle,
    system,
    user,
)
from pointsman.core.documents.document import Document
from pointsman.services.documents.long_question import (
    PartReadingClient,
    ReadingLeave,
    check_leave,
    mention_files,
    plan_question,
)
from pointsman.services.documents.long_reading import ReadingPlan
from pointsman.testing import Reply, ScriptedClient
from tests.services.documents.test_long_reading import LONG, SHORT

WINDOW = 3000


def asked(*documents: Document) -> ChatRequest:
    """A question after documents."""
    shown = (part for document in documents for part in quote_document(document))
    return ChatRequest("", (user(*shown, "What is set?"),))


async def planned(app: App) -> ReadingPlan:
    """How the question on a long document is read."""
    plan = (await plan_question(app.manager, asked(LONG), [LONG], 1, WINDOW)).unwrap()
    assert plan is not None
    return plan


async def test_what_fits_is_no_long_question_and_what_holds_no_text_is_refused() -> None:
    async with open_app(fake({"fake": ScriptedClient(["x"])})) as opened:
        manager = opened.unwrap().manager
        assert await plan_question(manager, asked(SHORT), [SHORT], 1) == Success(None)
        assert await plan_question(manager, asked(), [], 0) == Success(None)
        empty = Document(name="scan.pdf", media_type="application/pdf", passages=())
        refused = await plan_question(manager, asked(LONG), [empty], 1, WINDOW)
    assert isinstance(refused.failure(), EmptyDocument)


async def test_the_question_is_what_stands_after_the_documents() -> None:
    async with open_app(fake({"fake": ScriptedClient(["x"])})) as opened:
        plan = await planned(opened.unwrap())
    assert plan.task.task == "What is set?"
    assert mention_files(asked(LONG), plan).messages[-1].text.endswith("</document>\nWhat is set?")


async def test_what_costs_needs_leave_and_the_refusal_has_the_estimate() -> None:
    async with open_app(fake({"fake": ScriptedClient(["x"])})) as opened:
        plan = await planned(opened.unwrap())
    refused = check_leave(plan, ReadingLeave())
    error = refused.failure()
    assert isinstance(error, ContextTooLarge)
    assert error.reading == plan.estimate
    assert (plan.estimate.parts, plan.estimate.requests) == (len(plan.parts), plan.requests)
    for leave in (ReadingLeave(is_given=True), ReadingLeave(budget=Decimal(1))):
        assert check_leave(plan, leave) == Success(None)


async def test_a_stream_tells_each_step_and_then_gives_the_answer_and_what_all_of_it_took() -> None:
    client = ScriptedClient(lambda request: "Brief [page 3].")
    async with open_app(fake({"fake": client})) as opened:
        app = opened.unwrap()
        plan = await planned(app)
        reader = PartReadingClient(manager=app.manager, plan=plan)
        async with reader.stream(mention_files(asked(LONG), plan)) as events:
            came = [event async for event in events]
    steps = [event for event in came if isinstance(event, ReadingProgress)]
    text, part, end = came[len(steps) :]
    assert steps[-1] == ReadingProgress(len(plan.parts), len(plan.parts), len(client.requests), steps[-1].cost)
    assert isinstance(text, TextDelta)
    assert isinstance(part, PartDone)
    assert isinstance(end, Done)
    assert end.response.text == text.text == "Brief [page 3]."
    assert end.response.cost == steps[-1].cost
    assert end.response.usage.input is not None
    assert end.response.usage.input > 60 * 40


async def test_who_leaves_in_the_middle_leaves_nothing_running() -> None:
    client = ScriptedClient(lambda request: "Brief [page 3].")
    async with open_app(fake({"fake": client})) as opened:
        app = opened.unwrap()
        reader = PartReadingClient(manager=app.manager, plan=await planned(app), parallel=1)
        async with reader.stream(asked(LONG)) as events:
            async for _ in events:
                break
        at_the_end = len(client.requests)
        for _ in range(100):
            await anyio.lowlevel.checkpoint()
        assert len(client.requests) == at_the_end < reader.plan.requests


@pytest.mark.parametrize("is_over", [True, False])
async def test_what_ends_it_in_the_middle_is_the_end_of_the_stream(is_over: bool) -> None:
    def reply(request: ChatRequest) -> Reply:
        return ModelUnavailable(detail="down") if "This is part 3" in request.messages[-1].text else "Brief."

    async with open_app(fake({"fake": ScriptedClient(reply)})) as opened:
        app = opened.unwrap()
        leave = ReadingLeave(budget=Decimal("0.0000001")) if is_over else ReadingLeave(is_given=True)
        reader = PartReadingClient(manager=app.manager, plan=await planned(app), leave=leave)
        async with reader.stream(asked(LONG)) as events:
            came = [event async for event in events]
        whole = unwrap_or_failure(await settle(reader.chat(asked(LONG))))
    assert isinstance(came[-1], Failed)
    assert isinstance(came[-1].error, BudgetExceeded if is_over else ModelUnavailable)
    assert type(whole) is type(came[-1].error)


async def test_the_instructions_of_the_conversation_stand_above_every_part() -> None:
    client = ScriptedClient(lambda request: "Brief.")
    async with open_app(fake({"fake": client})) as opened:
        app = opened.unwrap()
        reader = PartReadingClient(manager=app.manager, plan=await planned(app))
        said = ChatRequest("", (system("Be brief."), *ask("", "Before?").messages, *asked(LONG).messages))
        answer = await settle(reader.chat(said))
    assert isinstance(answer, Success)
    assert all(request.messages[0] == system("Be brief.") for request in client.requests)
    assert all(request.messages[2] == user("Before?") for request in client.requests)


async def test_of_what_was_said_before_the_latest_goes_along_and_only_so_much() -> None:
    client = ScriptedClient(lambda request: "Brief.")
    earlier = (*asked(LONG).messages, assistant("The points."), user("Why?"), assistant("x" * 3990))
    async with open_app(fake({"fake": client})) as opened:
        app = opened.unwrap()
        reader = PartReadingClient(manager=app.manager, plan=await planned(app))
        answer = await settle(reader.chat(ChatRequest("", (*earlier, *asked(LONG).messages))))
    assert isinstance(answer, Success)
    said = [[message.text for message in request.messages[1:-1]] for request in client.requests]
    assert said == [["Why?", "x" * 3990]] * len(said)
