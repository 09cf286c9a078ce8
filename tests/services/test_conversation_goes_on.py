"""A conversation can always go on, and what is not kept of it is told."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest
from returns.future import FutureResult
from returns.methods import unwrap_or_failure
from returns.result import Failure

from pointsman import (
    ChatError,
    ChatRequest,
    ChatResponse,
    ContentFiltered,
    ContextTooLarge,
    ConversationConflict,
    ConversationNotFound,
    InvalidRequest,
    ModelUnavailable,
    RetrySettings,
    StorageError,
    UnsupportedFeature,
    ask,
    settle,
)
from pointsman.adapters.memory.conversation_store import MemoryConversations
from pointsman.adapters.typed.tool import tool_of
from pointsman.core.chat.event import Done, Failed
from pointsman.core.chat.message import Message, assistant, user
from pointsman.core.chat.part import Bytes, Image, Text, ToolCall, ToolResult
from pointsman.core.chat.response import Finish, response_of
from pointsman.core.conversations.conversation import Conversation, Entry
from pointsman.core.notice import Degraded
from pointsman.core.settings import WindowSettings
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.ports.conversation_store import ConversationQuery
from pointsman.testing import ScriptedClient
from tests.managed import answer, managed

PICTURE = Image(Bytes(b"\x89PNG broken", "image/png"))
REFUSALS = (
    InvalidRequest(detail="could not process image", status=400),
    UnsupportedFeature(feature="images"),
    ContentFiltered(),
    ContextTooLarge(),
)
CALLS = attrs.evolve(answer(), parts=(ToolCall("1", "look", "{}"),), finish_reason=Finish.TOOL_CALLS)


@attrs.define
class Full(MemoryConversations):
    """A store in which a turn can be begun, and no answer be kept."""

    def revise(self, id: str, entry: Entry) -> FutureResult[None, StorageError]:
        return FutureResult.from_failure(StorageError(detail="disk full"))


@attrs.define
class Busy(MemoryConversations):
    """A store whose conversation somebody else changes all the time, once its turn has begun."""

    begun: bool = False

    def change(
        self, conversation: Conversation, entries: Sequence[Entry] = ()
    ) -> FutureResult[Conversation, StorageError | ConversationNotFound | ConversationConflict]:
        if self.begun:
            return FutureResult.from_failure(ConversationConflict(expected=1, found=2))
        self.begun = True
        return MemoryConversations.change(self, conversation, entries)


async def begun(talks: Conversations) -> str:
    return (await settle(talks.create())).unwrap().id


def sent(inner: ScriptedClient) -> list[tuple[str, str]]:
    """What the model was told last."""
    return [(message.role, message.text) for message in inner.requests[-1].messages]


@pytest.mark.parametrize("streamed", [False, True])
async def test_an_answer_that_cannot_be_kept_is_a_failure_that_has_the_answer(streamed: bool) -> None:
    async with managed(ScriptedClient(lambda request: answer("42"))) as app:
        talks = attrs.evolve(app.manager.conversations, store=Full())
        id = await begun(talks)
        if streamed:
            async with talks.stream(id, ask("fake/m", "hello")) as events:
                last = [event async for event in events][-1]
            assert isinstance(last, Failed)
            error, response = last.error, last.partial
        else:
            failed = await settle(talks.ask(id, ask("fake/m", "hello")))
            error = failed.failure()
            came = response_of(error)
            assert came is not None
            response = came
    assert isinstance(error, StorageError)
    assert (error.detail, response.text) == ("disk full", "42")
    assert "42" not in repr(error)


async def test_rounds_of_tools_that_cannot_be_kept_are_a_failure_too() -> None:
    def look() -> str:
        return "seen"

    async with managed(ScriptedClient([CALLS, "done"])) as app:
        talks = attrs.evolve(app.manager.conversations, store=Busy())
        talks = talks.through(app.manager.tooled(tool_of(look).unwrap()))
        error = (await settle(talks.ask(await begun(talks), ask("fake/m", "hello")))).failure()
    assert isinstance(error, ConversationConflict)
    came = response_of(error)
    assert came is not None
    assert came.text == "done"


async def test_what_is_not_kept_of_a_failed_answer_is_an_event() -> None:
    async with managed(ScriptedClient([ModelUnavailable(detail="down")] * 3)) as app:
        talks = attrs.evolve(app.manager.conversations, store=Full())
        id = await begun(talks)
        with app.events.listen(Degraded) as notices:
            error = (await settle(talks.ask(id, ask("fake/m", "hello")))).failure()
            notice = notices.receive_nowait()
    assert isinstance(error, ModelUnavailable)
    assert isinstance(notice, Degraded)
    assert notice.part == "the conversation"


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.tag)
async def test_what_was_refused_is_not_sent_again(refusal: ChatError) -> None:
    def script(request: ChatRequest) -> ChatResponse | ChatError:
        pictures = [part for message in request.messages for part in message.parts if isinstance(part, Image)]
        return refusal if pictures else answer("fine")

    inner = ScriptedClient(script)
    async with managed(inner) as app:
        talks = app.manager.conversations
        id = await begun(talks)
        await settle(talks.ask(id, ask("fake/m", "hello")))
        bad = ChatRequest("fake/m", (Message("user", (Text("What is this?"), PICTURE)),))
        assert isinstance(await settle(talks.ask(id, bad)), Failure)
        last = unwrap_or_failure(await settle(talks.ask(id, ask("fake/m", "Never mind."))))
        entries = (await settle(talks.get(id))).unwrap().entries
    assert isinstance(last, ChatResponse)
    assert sent(inner) == [("user", "hello"), ("assistant", "fine"), ("user", "Never mind.")]
    assert [entry.message.text for entry in entries][2] == "What is this?"


async def test_what_only_failed_is_sent_again() -> None:
    inner = ScriptedClient([ModelUnavailable(detail="down"), "fine"])
    async with managed(inner, retries=RetrySettings(max_retries=0)) as app:
        talks = app.manager.conversations
        id = await begun(talks)
        await settle(talks.ask(id, ask("fake/m", "hello")))
        await settle(talks.ask(id, ask("fake/m", "still there?")))
    assert sent(inner) == [("user", "hello"), ("user", "still there?")]


@pytest.mark.parametrize("streamed", [False, True])
async def test_tools_that_ran_before_a_refusal_are_told_without_their_pictures(streamed: bool) -> None:
    def look() -> list[object]:
        return ["a signal", PICTURE]

    inner = ScriptedClient([CALLS, REFUSALS[0], "fine"])
    async with managed(inner) as app:
        talks = app.manager.conversations.through(app.manager.tooled(tool_of(look).unwrap()))
        id = await begun(talks)
        question = ask("fake/m", "Look.")
        if streamed:
            async with talks.stream(id, question) as events:
                assert isinstance([event async for event in events][-1], Failed)
        else:
            assert isinstance(await settle(talks.ask(id, question)), Failure)
        assert isinstance(await stream_last(talks, id), Done)
    results = [part for m in inner.requests[-1].messages for part in m.parts if isinstance(part, ToolResult)]
    assert [result.content for result in results] == [(Text("a signal"), Text("(image that was refused)"))]


async def stream_last(talks: Conversations, id: str) -> object:
    async with talks.stream(id, ask("fake/m", "And?")) as events:
        return [event async for event in events][-1]


@pytest.mark.parametrize(
    ("finish", "text", "status"),
    [
        (Finish.STOP, "yes", "complete"),
        (Finish.LENGTH, "ye", "partial"),
        (Finish.CONTENT_FILTER, "ye", "partial"),
        (Finish.CONTENT_FILTER, "", "failed"),
    ],
)
async def test_an_entry_says_whether_its_answer_is_whole(finish: Finish, text: str, status: str) -> None:
    inner = ScriptedClient([attrs.evolve(answer(text), finish_reason=finish)])
    async with managed(inner) as app:
        talks = app.manager.conversations
        id = await begun(talks)
        await settle(talks.ask(id, ask("fake/m", "hello")))
        assert (await settle(talks.get(id))).unwrap().entries[-1].status == status


@pytest.mark.parametrize(("asked_again", "summary"), [(Finish.STOP, "Zed asked."), (Finish.LENGTH, None)])
async def test_a_summary_that_was_cut_off_is_asked_for_with_more_room_and_else_not_kept(
    asked_again: Finish, summary: str | None
) -> None:
    limits: list[int | None] = []

    def script(request: ChatRequest) -> ChatResponse:
        if "minutes" not in request.messages[0].text:
            return answer("ok " * 50)
        limits.append(request.max_tokens)
        again = len(limits) % 2 == 0
        finish = asked_again if again else Finish.LENGTH
        return attrs.evolve(answer("Zed asked." if again else "Ze"), finish_reason=finish)

    window = WindowSettings(strategy="summarize", max_tokens=700)
    async with managed(ScriptedClient(script), window=window) as app:
        talks = app.manager.conversations
        id = await begun(talks)
        with app.events.listen(Degraded) as notices:
            for number in range(8):
                await settle(talks.ask(id, ask("fake/m", f"{number} " + "word " * 60)))
            events = notices.statistics().current_buffer_used
        found = (await settle(talks.get(id))).unwrap().conversation.summary
    assert (found.text if found else None) == summary
    assert limits[1] == 2 * (limits[0] or 0)
    assert (events == 0) == (summary is not None)


@pytest.mark.parametrize("streamed", [False, True])
async def test_an_answer_says_of_which_conversation_it_is(streamed: bool) -> None:
    async with managed(ScriptedClient(lambda request: answer("42"))) as app:
        talks = app.manager.conversations
        id = (await settle(talks.create(id="ann/levers"))).unwrap().id
        if streamed:
            async with talks.stream(id, ask("fake/m", "hello")) as events:
                last = [event async for event in events][-1]
            assert isinstance(last, Done)
            response = last.response
        else:
            response = (await settle(talks.ask(id, ask("fake/m", "hello")))).unwrap()
        again = await settle(talks.create(id="ann/levers"))
        rows = (await settle(app.manager.report("conversation"))).unwrap()
    assert (id, response.conversation_id) == ("ann/levers", "ann/levers")
    assert isinstance(again.failure(), StorageError)
    assert [(row.group, row.calls) for row in rows] == [("ann/levers", 1)]


async def test_a_message_is_added_without_asking_anybody_and_told_with_the_next_turn() -> None:
    inner = ScriptedClient(lambda request: answer("fine"))
    async with managed(inner) as app:
        talks = app.manager.conversations
        id = await begun(talks)
        entry = (await settle(talks.add_message(id, user("I am Zed.")))).unwrap()
        await settle(talks.add_message(id, assistant("Hello Zed.")))
        assert inner.requests == []
        await settle(talks.ask(id, ask("fake/m", "Who am I?")))
        dialogue = (await settle(talks.get(id))).unwrap()
    assert dialogue.entries[0] == entry
    assert sent(inner) == [("user", "I am Zed."), ("assistant", "Hello Zed."), ("user", "Who am I?")]


async def test_conversations_are_counted() -> None:
    async with managed(ScriptedClient()) as app:
        talks = app.manager.conversations
        for number in range(401):
            await settle(talks.create(tags=("odd",) if number % 2 else ()))
        assert (await settle(talks.count())).unwrap() == 401
        assert (await settle(talks.count(ConversationQuery(tags=("odd",))))).unwrap() == 200
