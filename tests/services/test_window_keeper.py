"""A conversation in a window: what is not told is in the summary, and nothing is in neither."""

from __future__ import annotations

from itertools import takewhile

import anyio
import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.methods import unwrap_or_failure

from pointsman import ChatRequest, ChatResponse, ContextTooLarge, ask, settle
from pointsman.core.chat.message import Message, assistant, system, tool, user
from pointsman.core.chat.part import Reasoning, Text, ToolCall
from pointsman.core.chat.token_estimate import estimate_request
from pointsman.core.conversations.conversation import Conversation, Entry, Summary, messages_of
from pointsman.core.conversations.window import CHOOSERS, WindowStrategy
from pointsman.core.error import LLMError
from pointsman.core.settings import WindowSettings
from pointsman.testing import Reply, ScriptedClient
from pointsman.testing.laws.examples import examples
from tests.core.test_window_laws import torn
from tests.managed import answer, managed, priced

CALL = ToolCall("1", "look", "{}")
FIRST = attrs.evolve(CALL, id="0")
TALK = Conversation(id="c", created=0.0, updated=0.0, system="Be brief.")
sizes = st.sampled_from([0, 1, 5, 40, 300])
turns = st.one_of(
    st.tuples(sizes, sizes).map(lambda n: (user("q " * n[0]), assistant("a " * n[1]))),
    st.tuples(sizes, sizes).map(lambda n: (user("q " * n[0]), assistant("c", CALL), tool(CALL, "r " * n[1]))),
    st.tuples(sizes, sizes).map(
        lambda n: (user("q " * n[0]), assistant(FIRST), tool(FIRST, "r " * n[1]), assistant(CALL))
    ),
    sizes.map(lambda n: (user("q " * n), Message("assistant", (Reasoning("t " * n), CALL)))),
    sizes.map(lambda n: (user("q " * n),)),
    sizes.map(lambda n: (assistant("a " * n), tool(CALL, "late"))),
)
talks = st.lists(turns, max_size=8)
news = st.one_of(
    sizes.map(lambda n: (user("n " * n + "?"),)),
    sizes.map(lambda n: (system("Other instructions."), user("n " * n + "?"))),
    sizes.map(lambda n: (tool(CALL, "n " * n), user("?"))),
)


def entries(talk: list[tuple[Message, ...]]) -> list[Entry]:
    """Each with a mark of its own in its text, if it has one."""
    found = []
    for number, message in enumerate(message for turn in talk for message in turn):
        parts = tuple(Text(f"<{number}>{part.text}") if isinstance(part, Text) else part for part in message.parts)
        found.append(Entry(id=str(number), message=attrs.evolve(message, parts=parts), time=0.0))
    return found


def summing(request: ChatRequest) -> Reply:
    return answer("in short")


def summarised_text(requests: list[ChatRequest]) -> str:
    """All that was given to be summarised, joined."""
    return "".join(one.messages[-1].text.partition("Conversation:\n")[2] for one in requests)


def question_before(kept: list[Entry], covered: int, rest: list[Message]) -> list[Message]:
    """What stays of a turn of which the summary covers some rounds: what the user asked."""
    parted = [*(entry.message for entry in kept[covered:]), *rest][0].role != "user"
    said = [entry.message for entry in kept[:covered]] if parted else []
    while said and said[-1].role != "user":
        said.pop()
    asked = list(takewhile(lambda message: message.role == "user", reversed(said)))
    return [message for message in reversed(asked) if message.text]


async def fitted(
    kept: list[Entry], request: ChatRequest, window: int, inner: ScriptedClient, talk: Conversation, **how: object
) -> tuple[ChatRequest, Summary | None] | LLMError:
    chosen = attrs.evolve(WindowSettings(), **how)  # type: ignore[arg-type]  # the tests give its fields
    async with managed(inner, {"fake/m": priced("1", context_length=window)}, window=chosen) as app:
        return unwrap_or_failure(await app.manager.conversations.window.fit(talk, kept, request))


@settings(max_examples=examples(150))
@given(
    talk=talks,
    new=news,
    window=st.sampled_from([64, 200, 600, 3000]),
    strategy=st.sampled_from(sorted(CHOOSERS)),
    most=st.sampled_from([None, 0, 1, 4]),
)
def test_what_is_told_fits_and_what_is_not_is_summed_up(
    talk: list[tuple[Message, ...]], new: tuple[Message, ...], window: int, strategy: WindowStrategy, most: int | None
) -> None:
    inner, kept = ScriptedClient(summing), entries(talk)
    request = ChatRequest("fake/m", new, max_tokens=20)

    async def run() -> tuple[ChatRequest, Summary | None] | LLMError:
        return await fitted(kept, request, window, inner, TALK, strategy=strategy, max_messages=most)

    outcome = anyio.run(run)
    if not isinstance(outcome, tuple):
        assert isinstance(outcome, ContextTooLarge)
        assert outcome.token_count is not None
        assert outcome.limit is not None
        assert outcome.token_count > outcome.limit >= 0
        return
    asked, summary = outcome
    assert estimate_request(asked) + 20 <= window
    standing = [message for message in asked.messages if message.role == "system"]
    told = [message for message in asked.messages if message.role != "system"]
    rest = [message for message in new if message.role != "system"]
    assert standing[0].text == ("Other instructions." if new[0].role == "system" else "Be brief.")
    assert told[-len(rest) :] == rest
    if messages_of(kept, new) != messages_of(kept) or new[-len(rest)].role == "user":
        assert torn(told) == []
    if strategy != "summarize":
        assert (summary, inner.requests, len(standing)) == (None, [], 1)
        return
    covered = 0 if summary is None else 1 + [entry.id for entry in kept].index(summary.upto)
    lead = question_before(kept, covered, rest)
    assert told == [*lead, *messages_of(kept[covered:], rest), *rest]
    assert [m.text for m in standing[1:]] == ["Summary of the conversation so far:\nin short"] * (summary is not None)
    given_away = summarised_text(inner.requests)
    for entry in kept[:covered]:
        assert entry.message.text in given_away
    for entry in kept[covered:]:
        assert not entry.message.text or entry.message.text not in given_away


async def test_the_summary_is_told_beside_instructions_that_the_request_brings() -> None:
    kept = entries([(user("one"), assistant("two")), (user("three"), assistant("four"))])
    talk = attrs.evolve(TALK, system="", summary=Summary(text="in short", upto="1"))
    request = ChatRequest("fake/m", (system("Be loud."), user("?")))
    outcome = await fitted(kept, request, 4096, ScriptedClient(summing), talk, strategy="summarize")
    assert isinstance(outcome, tuple)
    assert [message.text for message in outcome[0].messages] == [
        "Be loud.",
        "Summary of the conversation so far:\nin short",
        "<2>three",
        "<3>four",
        "?",
    ]


async def test_the_latest_call_goes_along_with_its_result_however_few_messages_are_wanted() -> None:
    kept = entries([(user("one"), assistant("two")), (user("three"), assistant("look", CALL))])
    request = ChatRequest("fake/m", (tool(CALL, "r"),))
    outcome = await fitted(kept, request, 4096, ScriptedClient(summing), TALK, max_messages=1)
    assert isinstance(outcome, tuple)
    assert [message.role for message in outcome[0].messages] == ["system", "user", "assistant", "tool"]
    assert outcome[0].messages[2].tool_calls == (CALL,)


@pytest.mark.parametrize("letter", ["w ", "語", "7"])
async def test_a_turn_longer_than_the_window_is_summed_up_in_pieces_that_fit(letter: str) -> None:
    kept = entries([(user(letter * 4000), assistant("yes")), (user("and?"), assistant("so"))])
    inner = ScriptedClient(summing)
    outcome = await fitted(kept, ask("fake/m", "?"), 1000, inner, TALK, strategy="summarize")
    assert isinstance(outcome, tuple)
    assert outcome[1] == Summary(text="in short", upto="1")
    assert letter * 4000 in summarised_text(inner.requests)
    assert max(estimate_request(request) + (request.max_tokens or 0) for request in inner.requests) <= 1000


async def test_rounds_of_tools_that_go_from_the_latest_turn_are_summed_up_and_its_question_stays() -> None:
    asked = (user("Where is it?"), assistant("I look here.", FIRST), tool(FIRST, "r " * 900), assistant("", CALL))
    inner, kept = ScriptedClient(summing), entries([(user("one"), assistant("two")), asked])
    outcome = await fitted(kept, ChatRequest("fake/m", (tool(CALL, "found"),)), 400, inner, TALK, strategy="summarize")
    assert isinstance(outcome, tuple)
    told = [message for message in outcome[0].messages if message.role != "system"]
    assert told == [kept[2].message, kept[5].message, tool(CALL, "found")]
    assert outcome[1] == Summary(text="in short", upto="4")
    assert "r r r" in summarised_text(inner.requests)
    new = ChatRequest("fake/m", (tool(CALL, "found"), user("And now?")))
    again = await fitted(kept, new, 4000, inner, attrs.evolve(TALK, summary=outcome[1]), strategy="summarize")
    assert isinstance(again, tuple)
    assert [message for message in again[0].messages if message.role != "system"] == [*told, user("And now?")]


async def test_instructions_alone_have_the_latest_question_answered() -> None:
    kept = entries([(user("q " * 300), assistant("two")), (user("three " * 300),)])
    only = ChatRequest("fake/m", (system("Be loud."),))
    outcome = await fitted(kept, only, 600, ScriptedClient(summing), TALK, strategy="summarize")
    assert isinstance(outcome, tuple)
    assert outcome[1] == Summary(text="in short", upto="1")
    assert [message.role for message in outcome[0].messages] == ["system", "system", "user"]


async def test_a_room_that_is_less_than_nothing_is_told_as_none() -> None:
    request = attrs.evolve(ask("fake/m", "?"), max_tokens=9999)
    error = await fitted([], request, 100, ScriptedClient(summing), TALK)
    assert isinstance(error, ContextTooLarge)
    assert error.limit == 0


async def test_a_result_for_a_call_that_the_caller_runs_goes_back_with_the_call() -> None:
    called = ChatResponse(parts=(Text("let me see"), CALL), provider="fake", model="m")
    inner = ScriptedClient([called, "fine"])
    async with managed(inner) as app:
        talks = app.manager.conversations
        id = (await settle(talks.create())).unwrap().id
        await settle(talks.ask(id, ask("fake/m", "what is there?")))
        assert (await settle(talks.ask(id, ChatRequest("fake/m", (tool(CALL, "a lever"),))))).unwrap().text == "fine"
    assert inner.requests[1].messages == (
        user("what is there?"),
        assistant("let me see", CALL),
        tool(CALL, "a lever"),
    )
