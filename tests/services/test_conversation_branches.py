"""Branches of one conversation: begun by asking at an earlier place, switched, told, exported, kept."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.methods import unwrap_or_failure
from returns.result import Success

from pointsman import ChatRequest, ConversationNotFound, InvalidRequest, ask, settle
from pointsman.core.chat.event import Done
from pointsman.core.chat.message import Message, assistant, user
from pointsman.core.chat.part import Text, ToolCall, ToolResult
from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry, Summary, branch_end, branch_to
from pointsman.core.conversations.conversation_text import fine_tuning, markdown
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.testing import ScriptedClient
from tests.managed import answer
from tests.services.test_conversations import got, talking

AGAIN = ChatRequest("fake/m", ())


def said(dialogue: Dialogue) -> list[str]:
    return [entry.message.text for entry in dialogue.branch]


def telling() -> ScriptedClient:
    """Answers by number."""
    counter = iter(range(1, 99))
    return ScriptedClient(lambda request: answer(f"answer {next(counter)}"))


async def begun(talks: Conversations, id: str) -> list[str]:
    """Two turns; the ids of their entries."""
    for text in ("one", "two"):
        await settle(talks.ask(id, ask("fake/m", text)))
    return [entry.id for entry in (await got(talks, id)).entries]


async def test_a_conversation_in_one_line_has_no_leaf_and_costs_nothing_more() -> None:
    async with talking(telling()) as (_, talks, id):
        ids = await begun(talks, id)
        await settle(talks.ask(id, ask("fake/m", "three"), ids[-1]))
        dialogue = await got(talks, id)
    assert dialogue.conversation.leaf is None
    assert dialogue.branch is dialogue.entries
    assert dialogue.conversation.version == 3


async def test_an_edited_question_is_a_branch_and_the_model_is_told_that_one() -> None:
    inner = telling()
    async with talking(inner) as (_, talks, id):
        ids = await begun(talks, id)
        await settle(talks.ask(id, ask("fake/m", "two, edited"), ids[1]))
        await settle(talks.ask(id, ask("fake/m", "three")))
        dialogue = await got(talks, id)
    assert said(dialogue) == ["one", "answer 1", "two, edited", "answer 3", "three", "answer 4"]
    assert [m.text for m in inner.requests[-1].messages[1:]] == ["one", "answer 1", "two, edited", "answer 3", "three"]
    assert len(dialogue.entries) == 8
    assert dialogue.conversation.version == 4, "one change a turn"
    assert "2 message(s) more stand in other branches" in markdown(dialogue)
    assert "two, edited" in fine_tuning(dialogue)
    assert '"two"' not in fine_tuning(dialogue)


async def test_asked_again_the_question_stands_once_and_has_two_answers() -> None:
    inner = telling()
    async with talking(inner) as (_, talks, id):
        ids = await begun(talks, id)
        async with talks.stream(id, AGAIN, ids[2]) as events:
            ends = [event async for event in events if isinstance(event, Done)]
        dialogue = await got(talks, id)
    assert len(ends) == 1
    assert [(entry.message.role, entry.parent) for entry in dialogue.entries[-2:]] == [
        ("assistant", ids[2]),
        ("assistant", ids[2]),
    ]
    assert said(dialogue) == ["one", "answer 1", "two", "answer 3"]
    assert [m.text for m in inner.requests[-1].messages[1:]] == ["one", "answer 1", "two"]


async def test_the_first_question_has_a_branch_too() -> None:
    inner = telling()
    async with talking(inner) as (_, talks, id):
        ids = await begun(talks, id)
        await settle(talks.ask(id, ask("fake/m", "uno"), ""))
        anew = said(await got(talks, id))
        switched = (await settle(talks.switch_branch(id, ids[0]))).unwrap()
        back = said(await got(talks, id))
    assert anew == ["uno", "answer 3"]
    assert [m.text for m in inner.requests[-1].messages[1:]] == ["uno"]
    assert switched.leaf == ids[-1], "the end of that branch"
    assert back == ["one", "answer 1", "two", "answer 2"]


async def test_after_switching_the_next_question_goes_on_there() -> None:
    async with talking(telling()) as (_, talks, id):
        ids = await begun(talks, id)
        await settle(talks.ask(id, AGAIN, ids[2]))
        await settle(talks.switch_branch(id, ids[3]))
        await settle(talks.ask(id, ask("fake/m", "three")))
        await settle(talks.add_message(id, user("a note")))
        dialogue = await got(talks, id)
    assert said(dialogue) == ["one", "answer 1", "two", "answer 2", "three", "answer 4", "a note"]


async def test_what_is_not_there_and_what_asks_nothing_is_refused_and_nothing_is_kept() -> None:
    inner = telling()
    async with talking(inner) as (_, talks, id):
        ids = await begun(talks, id)
        before = await got(talks, id)
        refused = [
            unwrap_or_failure(await settle(talks.ask(id, ask("fake/m", "x"), "nowhere"))),
            unwrap_or_failure(await settle(talks.switch_branch(id, "nowhere"))),
            unwrap_or_failure(await settle(talks.ask(id, AGAIN, ids[1]))),
            unwrap_or_failure(await settle(talks.ask(id, AGAIN, ""))),
            unwrap_or_failure(await settle(talks.ask(id, AGAIN))),
        ]
        after = await got(talks, id)
    assert [type(each) for each in refused] == [ConversationNotFound] * 2 + [InvalidRequest] * 3
    assert after == before
    assert len(inner.requests) == 2


async def test_the_calls_and_results_of_tools_are_on_the_branch_of_their_answer() -> None:
    steps = (
        Message("assistant", (ToolCall("1", "look", "{}"),)),
        Message("tool", (ToolResult("1", "look", (Text("seen"),)),)),
    )
    inner = ScriptedClient(lambda request: attrs.evolve(answer("done"), steps=steps))
    async with talking(inner) as (_, talks, id):
        await settle(talks.ask(id, ask("fake/m", "one")))
        first = (await got(talks, id)).entries[0].id
        await settle(talks.ask(id, AGAIN, first))
        dialogue = await got(talks, id)
    assert [entry.message.role for entry in dialogue.branch] == ["user", "assistant", "tool", "assistant"]
    assert dialogue.conversation.leaf == dialogue.entries[-1].id
    assert len(dialogue.entries) == 7


async def test_a_fork_of_all_has_all_branches_and_one_at_an_entry_only_its_own() -> None:
    async with talking(telling()) as (_, talks, id):
        ids = await begun(talks, id)
        await settle(talks.ask(id, ask("fake/m", "two, edited"), ids[1]))
        whole = await got(talks, (await settle(talks.fork(id))).unwrap().id)
        part = await got(talks, (await settle(talks.fork(id, ids[3]))).unwrap().id)
        copy = (await settle(talks.add(await got(talks, id)))).unwrap()
        copied = await got(talks, copy.id)
        original = await got(talks, id)
    assert (len(whole.entries), said(whole)) == (6, said(original))
    assert (part.conversation.leaf, said(part)) == (None, ["one", "answer 1", "two", "answer 2"])
    assert (copied.entries, said(copied)) == (original.entries, said(original))


async def test_a_summary_of_another_branch_is_not_told_and_stays() -> None:
    inner = telling()
    async with talking(inner) as (_, talks, id):
        ids = await begun(talks, id)
        summary = Summary(text="SECRET of the first branch", upto=ids[3])
        await settle(talks.edit(id, lambda one: attrs.evolve(one, summary=summary)))
        await settle(talks.ask(id, ask("fake/m", "two, edited"), ids[1]))
        kept = (await got(talks, id)).conversation.summary
    assert "SECRET" not in str(inner.requests[-1].messages)
    assert kept == summary


def entry(id: str, parent: str | None = None) -> Entry:
    return Entry(id=id, message=user(id) if id.isdigit() else assistant(id), time=0.0, parent=parent)


def test_entries_without_parents_follow_each_other_as_old_databases_have_them() -> None:
    old = tuple(entry(id) for id in "1a2b")
    assert Dialogue(conversation=Conversation(id="c", created=0.0, updated=0.0), entries=old).branch == old
    assert branch_to(old, "b") == old
    assert branch_end(old, "1") == "b"
    assert branch_to((*old, entry("3", "a")), "3") == (*old[:2], entry("3", "a"))
    assert branch_to(old, "no") == ()
    assert branch_end(old, "no") is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.none() | st.sampled_from("abcdefx")), unique_by=lambda e: e[0]))
def test_whatever_the_parents_are_every_branch_ends_and_goes_through_its_entry(
    rows: list[tuple[str, str | None]],
) -> None:
    entries = tuple(entry(id, parent) for id, parent in rows)
    for id, _ in rows:
        branch = branch_to(entries, id)
        assert branch[-1].id == id
        assert [entries.index(one) for one in branch] == sorted({entries.index(one) for one in branch})
        end = branch_end(entries, id)
        assert end is not None
        assert branch[-1] in branch_to(entries, end)
        assert branch_end(entries, end) == end


@pytest.mark.parametrize("leaf", ["gone", None])
def test_a_leaf_that_is_not_there_is_none(leaf: str | None) -> None:
    made = Conversation(id="c", created=0.0, updated=0.0, leaf=leaf)
    assert Dialogue(conversation=made, entries=(entry("1"), entry("a"))).branch == (entry("1"), entry("a"))


async def test_what_is_known_of_it_is_edited_by_its_version() -> None:
    async with talking(telling()) as (_, talks, id):
        kept = await settle(talks.edit(id, lambda one: attrs.evolve(one, pinned=True, folder="work")))
        read = await got(talks, id)
    assert kept == Success(read.conversation)
    assert (read.conversation.pinned, read.conversation.folder, read.conversation.version) == (True, "work", 1)
