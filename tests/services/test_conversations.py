"""Conversations: kept turn by turn, whole also when an answer breaks off, and fitted to the window."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman import (
    App,
    CallOptions,
    ChatRequest,
    ChatResponse,
    ContextTooLarge,
    ConversationConflict,
    ConversationNotFound,
    LLMError,
    ModelUnavailable,
    RetrySettings,
    ask,
    settle,
)
from pointsman.core.chat.event import Done, Failed, Started, StreamEvent, TextDelta
from pointsman.core.chat.message import Message, assistant, user
from pointsman.core.chat.part import Text, ToolCall
from pointsman.core.chat.token_estimate import estimate_request
from pointsman.core.conversations.conversation import Conversation, Dialogue
from pointsman.core.settings import WindowSettings
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.ports.conversation_store import ConversationQuery
from pointsman.testing import Reply, ScriptedClient
from tests.managed import Gated, answer, chat, managed, priced

QUESTION = ask("fake/m", "hello")


@asynccontextmanager
async def talking(
    inner: ScriptedClient, context: int | None = None, window: WindowSettings | None = None
) -> AsyncIterator[tuple[App, Conversations, str]]:
    """An App, its conversations, and the id of a new one."""
    facts = {"fake/m": priced("10", context_length=context)}
    fitting = window or WindowSettings()
    async with managed(inner, facts, window=fitting, retries=RetrySettings(max_retries=0)) as app:
        talks = app.manager.conversations
        yield app, talks, (await settle(talks.create(system="Be brief."))).unwrap().id


async def asked(talks: Conversations, id: str, request: ChatRequest = QUESTION) -> ChatResponse | LLMError:
    return unwrap_or_failure(await settle(talks.ask(id, request)))


async def got(talks: Conversations, id: str) -> Dialogue:
    return (await settle(talks.get(id))).unwrap()


def told(dialogue: Dialogue) -> list[tuple[str, str, str]]:
    return [(entry.message.role, entry.message.text, entry.status) for entry in dialogue.entries]


async def test_each_turn_takes_the_turns_before_it_along() -> None:
    inner = ScriptedClient(lambda request: answer(f"answer {len(request.messages)}"))
    async with talking(inner) as (app, talks, id):
        await asked(talks, id)
        second = await settle(app.manager.continue_conversation(id, "and then?", "fake/m"))
        dialogue = await got(talks, id)
        records = (await settle(app.manager.usage_log.read())).unwrap()
    assert second.unwrap().text == "answer 4"
    assert [(m.role, m.text) for m in inner.requests[1].messages] == [
        ("system", "Be brief."),
        ("user", "hello"),
        ("assistant", "answer 2"),
        ("user", "and then?"),
    ]
    assert told(dialogue)[2:] == [("user", "and then?", "complete"), ("assistant", "answer 4", "complete")]
    assert (dialogue.conversation.title, dialogue.conversation.version) == ("hello", 2)
    entry = dialogue.entries[1]
    assert (entry.provider, entry.model, entry.usage.total, str(entry.cost)) == ("fake", "m", 200, "$0.002")
    assert dialogue.entries[2].parent == entry.id
    assert str(dialogue.cost) == "$0.004"
    assert {record.conversation for record in records} == {id}


async def test_a_stream_is_kept_too_and_gives_the_same_events() -> None:
    inner = ScriptedClient(lambda request: answer("a text of some length, so that it comes in pieces"))
    async with talking(inner) as (_, talks, id):
        async with talks.stream(id, QUESTION) as events:
            seen = [event async for event in events]
        dialogue = await got(talks, id)
    assert isinstance(seen[-1], Done)
    assert "".join(e.text for e in seen if isinstance(e, TextDelta)) == dialogue.entries[1].message.text
    assert dialogue.entries[1].status == "complete"


async def test_leaving_a_stream_keeps_what_had_come_marked_as_partial() -> None:
    inner = ScriptedClient(lambda request: answer("word " * 100))
    async with talking(inner) as (_, talks, id):
        seen = ""
        async with talks.stream(id, QUESTION) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    seen += event.text
                    if len(seen) > 100:
                        break
        dialogue = await got(talks, id)
        await asked(talks, id, ask("fake/m", "go on"))
    assert told(dialogue) == [("user", "hello", "complete"), ("assistant", seen, "partial")]
    assert dialogue.entries[1].error == "Cancelled"
    counted = dialogue.entries[1].usage
    assert counted.estimated
    assert (counted.input or 0) > 0, "what was told to the model is counted"
    assert (counted.output or 0) > 0
    assert [m.text for m in inner.requests[1].messages] == ["Be brief.", "hello", seen, "go on"]


async def test_what_grows_is_kept_while_it_grows() -> None:
    inner = ScriptedClient(lambda request: answer("word " * 100))
    async with talking(inner) as (_, talks, id), talks.stream(id, QUESTION) as events:
        seen = [await anext(events), await anext(events)]
        meanwhile = await got(talks, id)
    assert isinstance(seen[-1], TextDelta)
    assert told(meanwhile) == [("user", "hello", "complete"), ("assistant", ("word " * 100)[:24], "partial")]


async def test_a_failure_is_recorded_as_one_and_leaves_no_hole() -> None:
    partial = ChatResponse(parts=(Text("half"),))
    broken: list[StreamEvent] = [Started("1", "m"), TextDelta("half"), Failed(ModelUnavailable(), partial)]
    replies: list[Reply] = [ModelUnavailable(detail="down"), broken, "fine"]
    inner = ScriptedClient(replies)
    async with talking(inner) as (_, talks, id):
        assert isinstance(await asked(talks, id), ModelUnavailable)
        async with talks.stream(id, ask("fake/m", "again")) as events:
            last = [event async for event in events][-1]
        await asked(talks, id, ask("fake/m", "once more"))
        dialogue = await got(talks, id)
    assert isinstance(last, Failed)
    assert told(dialogue) == [
        ("user", "hello", "complete"),
        ("assistant", "", "failed"),
        ("user", "again", "complete"),
        ("assistant", "half", "failed"),
        ("user", "once more", "complete"),
        ("assistant", "fine", "complete"),
    ]
    assert dialogue.entries[1].error == "ModelUnavailable"
    assert [m.text for m in inner.requests[2].messages] == ["Be brief.", "hello", "again", "half", "once more"]


async def test_a_cancelled_call_leaves_its_turn_marked() -> None:
    inner = Gated(lambda request: answer())
    async with talking(inner) as (_, talks, id):
        async with anyio.create_task_group() as group:
            group.start_soon(asked, talks, id)
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
        dialogue = await got(talks, id)
    assert told(dialogue) == [("user", "hello", "complete"), ("assistant", "", "partial")]


async def test_two_turns_at_once_are_a_typed_conflict_and_nothing_is_lost() -> None:
    async with talking(ScriptedClient(lambda request: answer())) as (_, talks, id):
        stale = (await got(talks, id)).conversation
        await asked(talks, id)
        conflict = await settle(talks.store.change(attrs.evolve(stale, title="mine")))
        assert isinstance(conflict.failure(), ConversationConflict)
        assert len((await got(talks, id)).entries) == 2


async def test_a_fork_goes_its_own_way() -> None:
    inner = ScriptedClient(lambda request: answer(request.messages[-1].text.upper()))
    async with talking(inner) as (_, talks, id):
        await asked(talks, id)
        await asked(talks, id, ask("fake/m", "first way"))
        at = (await got(talks, id)).entries[1].id
        fork = (await settle(talks.fork(id, at))).unwrap()
        await asked(talks, fork.id, ask("fake/m", "second way"))
        original, forked = await got(talks, id), await got(talks, fork.id)
        missing = await settle(talks.fork(id, "nothing"))
    assert [e.message.text for e in original.entries] == ["hello", "HELLO", "first way", "FIRST WAY"]
    assert [e.message.text for e in forked.entries] == ["hello", "HELLO", "second way", "SECOND WAY"]
    assert forked.conversation.forked_from == (id, at)
    assert isinstance(missing.failure(), ConversationNotFound)


async def test_conversations_are_found_renamed_imported_and_deleted() -> None:
    async with talking(ScriptedClient(lambda request: answer())) as (_, talks, id):
        await asked(talks, id)
        assert (await settle(talks.rename(id, "Points"))).unwrap().title == "Points"
        exported = await got(talks, id)
        twin = (await settle(talks.add(exported))).unwrap()
        assert twin.id != id
        found = (await settle(talks.find(ConversationQuery(search="points hello")))).unwrap().conversations
        assert {one.id for one in found} == {id, twin.id}
        await settle(talks.delete(id))
        assert isinstance((await settle(talks.get(id))).failure(), ConversationNotFound)
        assert isinstance(await asked(talks, id), ConversationNotFound)
        assert (await settle(talks.add(exported))).unwrap().id == id


async def test_what_cannot_fit_is_told_with_numbers_before_it_is_sent_or_kept() -> None:
    inner = ScriptedClient(lambda request: answer())
    async with talking(inner, context=500) as (_, talks, id):
        error = await asked(talks, id, ask("fake/m", "word " * 1000))
        dialogue = await got(talks, id)
    assert isinstance(error, ContextTooLarge)
    assert error.token_count is not None
    assert error.limit is not None
    assert error.token_count > 1000 > 500 > error.limit
    assert (inner.requests, dialogue.entries) == ([], ())


def chatty(request: ChatRequest) -> Reply:
    """Long answers; summaries are short."""
    if request.options.tags == ("summary",):
        return answer(f"summary of {len(request.messages[-1].text)} letters")
    return answer("The points are set by a lever in the tower. " * 8)


@pytest.mark.long
@pytest.mark.parametrize("strategy", ["summarize", "truncate_oldest", "middle_out"])
async def test_of_five_hundred_turns_every_request_fits_and_none_is_lost(strategy: str) -> None:
    inner = ScriptedClient(chatty)
    window = WindowSettings(strategy=strategy)  # type: ignore[arg-type]  # one of the three
    async with talking(inner, context=4096, window=window) as (_, talks, id):
        for number in range(500):
            request = attrs.evolve(ask("fake/m", f"Question {number}: which way, and why? " * 3), max_tokens=300)
            assert isinstance(await asked(talks, id, request), ChatResponse)
        dialogue = await got(talks, id)
    assert len(dialogue.entries) == 1000
    assert [e.message.text[:13] for e in dialogue.entries[::200]] == [
        f"Question {n}: w"[:13] for n in (0, 100, 200, 300, 400)
    ]
    assert max(estimate_request(request) + (request.max_tokens or 0) for request in inner.requests) <= 4096
    last = inner.requests[-1].messages
    assert last[-1].text.startswith("Question 499")
    if strategy == "summarize":
        assert dialogue.conversation.summary is not None
        assert last[1].text == f"Summary of the conversation so far:\n{dialogue.conversation.summary.text}"
        assert 0 < len(inner.requests) - 500 < 250
    if strategy == "middle_out":
        assert last[1].text.startswith("Question 0:")


async def test_the_estimate_learns_from_what_the_provider_counts() -> None:
    inner = ScriptedClient(chatty)

    def counting(request: ChatRequest) -> Reply:
        reply = chatty(request)
        assert isinstance(reply, ChatResponse)
        return attrs.evolve(reply, usage=attrs.evolve(reply.usage, input=2 * estimate_request(request)))

    inner.script = counting
    async with talking(inner, context=4096) as (_, talks, id):
        for number in range(60):
            request = attrs.evolve(ask("fake/m", f"Question {number}? " * 20), max_tokens=300)
            assert isinstance(await asked(talks, id, request), ChatResponse)
    late = inner.requests[20:]
    assert max(2 * estimate_request(request) + 300 for request in late) <= 4096


async def test_a_summary_that_fails_costs_the_summary_and_not_the_answer() -> None:
    def script(request: ChatRequest) -> Reply:
        return ModelUnavailable() if request.options.tags == ("summary",) else chatty(request)

    window = WindowSettings(strategy="summarize")
    async with talking(ScriptedClient(script), context=2000, window=window) as (_, talks, id):
        for number in range(20):
            assert isinstance(await asked(talks, id, ask("fake/m", f"Question {number}?")), ChatResponse)
        assert (await got(talks, id)).conversation.summary is None


async def test_a_tool_call_without_its_result_is_not_told_again() -> None:
    called = ChatResponse(parts=(Text("let me see"), ToolCall("1", "look", "{}")), provider="fake", model="m")
    inner = ScriptedClient([called, "fine"])
    async with talking(inner) as (_, talks, id):
        await asked(talks, id)
        await asked(talks, id, ask("fake/m", "never mind"))
    assert inner.requests[1].messages[2] == assistant("let me see")


async def test_a_conversation_needs_something_new() -> None:
    async with talking(ScriptedClient(lambda request: answer())) as (app, talks, id):
        error = await asked(talks, id, ChatRequest("fake/m", (Message("system", (Text("x"),)),)))
        assert not isinstance(error, ChatResponse)
        assert error.tag == "InvalidRequest"
        other = ChatRequest(
            "fake/m", (Message("system", (Text("Shout."),)), user("hi")), options=CallOptions(tenant="t")
        )
        await asked(talks, id, other)
        assert isinstance(await chat(app.client, QUESTION), ChatResponse)
        dialogue = await got(talks, id)
    assert isinstance(dialogue.conversation, Conversation)
    assert [entry.message.role for entry in dialogue.entries] == ["user", "assistant"]


async def test_the_context_is_what_fits_without_asking_anybody() -> None:
    inner = ScriptedClient(lambda request: "word " * 40)
    async with managed(inner) as app:
        talks = app.manager.conversations
        made = (await settle(talks.create(system="Be brief."))).unwrap()
        for number in range(4):
            await settle(talks.ask(made.id, ask("fake/m", f"question {number}")))
        asked = len(inner.requests)
        whole = (await settle(talks.context(made.id, 10_000))).unwrap()
        fitted = (await settle(talks.context(made.id, 150))).unwrap()
        too_little = await settle(talks.context(made.id, 5))
        missing = await settle(talks.context("nowhere", 100))
    assert [message.role for message in whole] == ["system", *["user", "assistant"] * 4]
    assert fitted[0].text == "Be brief."
    assert fitted[1:] == whole[-len(fitted) + 1 :]
    assert 0 < len(fitted) < len(whole)
    assert fitted[1].text.startswith("question")
    assert isinstance(too_little.failure(), ContextTooLarge)
    assert isinstance(missing.failure(), ConversationNotFound)
    assert len(inner.requests) == asked
