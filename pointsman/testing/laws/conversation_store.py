"""The laws of `ConversationStore`. A law takes an opening of a new, empty store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import anyio
import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Success

from pointsman.core.chat.message import Message, assistant, user
from pointsman.core.chat.part import Bytes, Image, Opaque, Reasoning, Text, ToolCall, ToolResult, Url
from pointsman.core.conversations.conversation import ChatParameters, Conversation, Dialogue, Entry, Summary
from pointsman.core.effect import settle
from pointsman.core.error import ConversationConflict, ConversationNotFound, StorageError
from pointsman.services.ports.conversation_store import ConversationQuery, ConversationStore
from pointsman.testing.laws.examples import BACKENDS, examples
from pointsman.testing.laws.responses import costs, texts, usages

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[ConversationStore]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
Property: TypeAlias = Callable[[Opening], None]

_states = st.none() | st.builds(Opaque, texts, texts, texts)
_parts = st.one_of(
    st.builds(Text, texts, _states),
    st.builds(Reasoning, texts, _states, st.booleans()),
    st.builds(ToolCall, texts, texts, texts, _states),
    st.builds(ToolResult, texts, texts, st.lists(st.builds(Text, texts), max_size=2).map(tuple), st.booleans()),
    st.builds(Image, st.builds(Bytes, st.binary(max_size=9), texts) | st.builds(Url, texts)),
)
_messages = st.builds(
    Message, st.sampled_from(["user", "assistant", "tool"]), st.lists(_parts, max_size=3).map(tuple), st.none() | texts
)


def entries(id: str) -> st.SearchStrategy[Entry]:
    """Entries named `id`."""
    return st.builds(
        Entry,
        id=st.just(id),
        message=_messages,
        time=st.floats(0, 1e10),
        parent=st.none() | texts,
        provider=texts,
        model=texts,
        usage=usages,
        cost=costs,
        status=st.sampled_from(["complete", "partial", "failed"]),
        error=texts,
        problem=texts,
    )


conversations: st.SearchStrategy[Conversation] = st.builds(
    Conversation,
    id=st.just("c"),
    title=texts,
    created=st.floats(0, 1e10),
    updated=st.floats(0, 1e10),
    tags=st.lists(texts, max_size=3).map(tuple),
    system=texts,
    summary=st.none() | st.builds(Summary, text=texts, upto=texts),
    forked_from=st.none() | st.tuples(texts, texts),
    leaf=st.none() | texts,
    parameters=st.builds(
        ChatParameters,
        model=texts,
        temperature=st.none() | st.floats(0, 2),
        max_tokens=st.none() | st.integers(1, 10**6),
        tools=st.lists(texts, max_size=2).map(tuple),
        memory=st.booleans(),
    ),
    pinned=st.booleans(),
    folder=texts,
    archived=st.booleans(),
)


def talk(id: str, title: str = "", updated: float = 0.0, tags: tuple[str, ...] = ()) -> Conversation:
    return Conversation(id=id, title=title, created=0.0, updated=updated, tags=tags)


def entry(id: str, text: str) -> Entry:
    return Entry(id=id, message=user(text), time=1.0)


async def read_dialogue(store: ConversationStore, id: str) -> Dialogue:
    return (await settle(store.get(id))).unwrap()


async def ids(store: ConversationStore, **query: object) -> list[str]:
    asked = attrs.evolve(ConversationQuery(), **query)  # type: ignore[arg-type]  # the laws give its fields
    return [one.id for one in (await settle(store.find(asked))).unwrap().conversations]


async def is_complete(store: ConversationStore, **query: object) -> bool:
    """Whether the answer says that nothing that fits was left out."""
    asked = attrs.evolve(ConversationQuery(), **query)  # type: ignore[arg-type]  # the laws give its fields
    return (await settle(store.find(asked))).unwrap().complete


async def ids_in_parts(store: ConversationStore, search: str) -> list[str]:
    """What is found by a search that goes on from bound to bound."""
    found, query = list[str](), ConversationQuery(search=search)
    while True:
        page = (await settle(store.find(query))).unwrap()
        found += [one.id for one in page.conversations]
        if page.upto is None:
            return found
        assert query.before is None or page.upto < query.before, "each part leads further"
        query = attrs.evolve(query, before=page.upto)


def what_is_kept_is_given_back(opening: Opening) -> None:
    @settings(max_examples=examples(50))
    @given(conversation=conversations, first=entries("1"), second=entries("2"), backend=st.sampled_from(BACKENDS))
    def check(conversation: Conversation, first: Entry, second: Entry, backend: str) -> None:
        async def run() -> None:
            async with opening() as store:
                assert (await settle(store.create(conversation, (first,)))) == Success(None)
                assert await read_dialogue(store, "c") == Dialogue(conversation=conversation, entries=(first,))
                changed = (await settle(store.change(conversation, (second,)))).unwrap()
                assert changed == attrs.evolve(conversation, version=1)
                assert await read_dialogue(store, "c") == Dialogue(conversation=changed, entries=(first, second))
                other = attrs.evolve(second, id="1")
                assert (await settle(store.revise("c", other))) == Success(None)
                assert await read_dialogue(store, "c") == Dialogue(conversation=changed, entries=(other, second))

        anyio.run(run, backend=backend)

    check()


async def two_who_write_at_once_notice(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.create(talk("c")))
        mine = yours = (await read_dialogue(store, "c")).conversation
        changed = (await settle(store.change(mine, (entry("1", "mine"),)))).unwrap()
        conflict = (await settle(store.change(yours, (entry("2", "yours"),)))).failure()
        assert isinstance(conflict, ConversationConflict)
        assert (conflict.expected, conflict.found) == (0, 1)
        assert [entry.id for entry in (await read_dialogue(store, "c")).entries] == ["1"]
        assert (await settle(store.change(changed, (entry("2", "yours"),)))).unwrap().version == 2


async def of_many_writers_each_version_has_one(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.create(talk("c")))
        start = (await read_dialogue(store, "c")).conversation
        outcomes: list[bool] = []

        async def write(number: int) -> None:
            outcomes.append(isinstance(await settle(store.change(start, (entry(str(number), "x"),))), Success))

        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(write, number)
        assert sum(outcomes) == 1
        assert len((await read_dialogue(store, "c")).entries) == 1


async def what_is_not_there_is_not_found(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.create(talk("c"), (entry("1", "x"),)))
        for answer in (
            await settle(store.get("no")),
            await settle(store.change(talk("no"))),
            await settle(store.revise("no", entry("1", "x"))),
            await settle(store.revise("c", entry("no", "x"))),
            await settle(store.delete("no")),
        ):
            assert isinstance(answer.failure(), ConversationNotFound)
        assert isinstance((await settle(store.create(talk("c")))).failure(), StorageError)


async def what_is_deleted_is_gone_from_search_too(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.create(talk("a", "Railways"), (entry("1", "points and signals"),)))
        await settle(store.create(talk("b", "Railways"), (entry("1", "points and signals"),)))
        assert await settle(store.delete("a")) == Success(None)
        assert await ids(store) == await ids(store, search="railways") == await ids(store, search="signals") == ["b"]
        assert isinstance((await settle(store.get("a"))).failure(), ConversationNotFound)


async def a_page_begins_where_the_one_before_ended(opening: Opening) -> None:
    async with opening() as store:
        for number in range(7):
            await settle(store.create(talk(f"c{number}", updated=float(number // 2))))
        seen: list[str] = []
        before: tuple[float, str] | None = None
        while page := (await settle(store.find(ConversationQuery(limit=3, before=before)))).unwrap().conversations:
            seen += [one.id for one in page]
            before = (page[-1].updated, page[-1].id)
        assert seen == ["c6", "c5", "c4", "c3", "c2", "c1", "c0"]


async def search_finds_all_words_in_titles_and_messages(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.create(talk("a", "Weichen und Signale", 3.0, ("rail", "de")), (entry("1", "Züge fahren"),)))
        await settle(store.create(talk("b", "Points", 2.0, ("rail",)), (entry("1", "trains_and it's 42"),)))
        await settle(store.create(talk("c", "", 1.0), (entry("1", "Поезд ждёт"), entry("2", 'say "hello" (now)'))))
        expected = {
            "": ["a", "b", "c"],
            "signal": ["a"],
            "SIGNALE züge": ["a"],
            "zuge": [],
            "trains 42": ["b"],
            "train": ["b"],
            "rains": [],
            "points trains": ["b"],
            "points züge": [],
            "поезд": ["c"],
            '"hello" OR (now': [],
            "hello now": ["c"],
            "*": [],
            "' ; --": [],
            "NEAR(a b)": [],
        }
        assert {text: await ids(store, search=text) for text in expected} == expected
        assert await ids(store, tags=("rail",)) == ["a", "b"]
        assert await ids(store, tags=("rail", "de")) == ["a"]
        assert await ids(store, tags=("rail",), search="points") == ["b"]
        assert await ids(store, tags=("ra",)) == []


async def search_knows_scripts(opening: Opening) -> None:
    said = {
        "hindi": "यह रेलगाड़ी स्टेशन पर है",
        "tamil": "தமிழ் மொழி",
        "thai": "ฉันรอรถไฟที่สถานี",
        "arabic": "اللغة العَرَبِيَّة جميلة",
        "chinese": "火车正在等待信号",
        "japanese": "東京タワーの高さは何メートルですか",
        "korean": "고속기차가 온다",
        "burmese": "ရထားလာပြီ",
        "latin": "Un cafe\u0301 \U0001f686\ufe0f et un the\u0301",
    }
    asked = {
        "रेलगाड़ी": "hindi",
        "स्टेशन रेल": "hindi",
        "தமிழ்": "tamil",
        "สถานี": "thai",
        "รถไฟ ฉัน": "thai",
        "العربية": "arabic",
        "العَرَبِيَّة": "arabic",
        "信号": "chinese",
        "等待信": "chinese",
        "号": "chinese",
        "タワー 東京": "japanese",
        "기차": "korean",
        "ထား": "burmese",
        "CAFÉ": "latin",
        "cafe\u0301 thé": "latin",
    }
    async with opening() as store:
        for id, text in said.items():
            await settle(store.create(talk(f"said {id}"), (entry("1", text),)))
            await settle(store.create(talk(f"named {id}", text)))
        found = {text: await ids(store, search=text) for text in asked}
        assert found == {text: [f"said {id}", f"named {id}"] for text, id in asked.items()}
        for text in ("ड़ी", "号信", "待等", "ถานีส", "タワ 信号", "\U0001f686", "\ufe0f"):
            assert await ids(store, search=text) == [], text


async def folders_are_those_of_what_is_not_archived(opening: Opening) -> None:
    async with opening() as store:
        assert await settle(store.folders()) == Success(())
        for id, folder, owner, archived in (
            ("a", "Sea", "", False),
            ("b", "Land", "ann", False),
            ("c", "Air", "", True),
        ):
            made = attrs.evolve(talk(id), folder=folder, owner=owner, archived=archived)
            await settle(store.create(made))
        await settle(store.create(attrs.evolve(talk("d"), folder="Sea")))
        assert await settle(store.folders()) == Success(("Land", "Sea"))
        assert await settle(store.folders("ann")) == Success(("Land",))


async def search_sees_what_was_revised_and_renamed(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.create(talk("a", "old name"), (entry("1", "first words"),)))
        await settle(store.revise("a", Entry(id="1", message=assistant("other thoughts"), time=2.0)))
        await settle(store.change(attrs.evolve(talk("a"), title="new name")))
        asked = ("first", "other", "old", "new", "name")
        assert [await ids(store, search=word) for word in asked] == [[], ["a"], [], ["a"], ["a"]]


async def with_an_owner_only_theirs_are_found(opening: Opening) -> None:
    async with opening() as store:
        for id, owner in (("1", "ann"), ("2", ""), ("3", "bob"), ("4", "ann")):
            made = Conversation(id=id, title="a title", created=0.0, updated=float(id), owner=owner)
            assert (await settle(store.create(made))) == Success(None)
        assert await ids(store) == ["4", "3", "2", "1"]
        assert await ids(store, owner="ann", search="title") == ["4", "1"]
        assert await ids(store, owner="ann", before=(4.0, "4")) == ["1"]
        assert await ids(store, owner="") == ["2"]
        assert (await read_dialogue(store, "3")).conversation.owner == "bob"


async def pinned_archived_and_in_a_folder_are_found_by_that(opening: Opening) -> None:
    async with opening() as store:
        marks: dict[str, Callable[[Conversation], Conversation]] = {
            "1": lambda one: one,
            "2": lambda one: attrs.evolve(one, pinned=True),
            "3": lambda one: attrs.evolve(one, archived=True, folder="work"),
            "4": lambda one: attrs.evolve(one, folder="work"),
        }
        for id, mark in marks.items():
            await settle(store.create(mark(talk(id, "signals", float(id)))))
        assert await ids(store) == ["4", "3", "2", "1"]
        assert await ids(store, pinned=True) == ["2"]
        assert await ids(store, pinned=False, archived=False, search="signal") == ["4", "1"]
        assert await ids(store, folder="work") == ["4", "3"]
        assert await ids(store, folder="work", archived=True, before=(4.0, "4")) == ["3"]
        assert await ids(store, folder="") == ["2", "1"]
        moved = attrs.evolve((await read_dialogue(store, "2")).conversation, pinned=False, folder="work")
        await settle(store.change(moved))
        assert await ids(store, pinned=True) == []
        assert await ids(store, folder="work", archived=False) == ["4", "2"]


async def what_is_older_is_forgotten_with_its_words(opening: Opening) -> None:
    async with opening() as store:
        for number in range(6):
            owner = "ann" if number % 2 else ""
            made = Conversation(id=f"c{number}", title="train", created=0.0, updated=float(number), owner=owner)
            await settle(store.create(made, (entry("1", "signals"),)))
        assert await settle(store.forget(4.0, "ann")) == Success(2)
        assert await ids(store, search="signals") == ["c5", "c4", "c2", "c0"]
        assert await settle(store.forget(2.5)) == Success(2)
        assert await settle(store.forget(2.5)) == Success(0)
        assert await ids(store) == await ids(store, search="train") == ["c5", "c4"]
        assert isinstance((await settle(store.get("c1"))).failure(), ConversationNotFound)


async def a_search_says_that_it_looked_at_all_there_is(opening: Opening) -> None:
    async with opening() as store:
        for number in range(5):
            await settle(store.create(talk(f"c{number}", "train", float(number)), (entry("1", "signals"),)))
        for asked in ("train", "signals", "train signals", "nothing", "*", ""):
            assert await is_complete(store, search=asked), asked
            assert await is_complete(store, search=asked, limit=2), "a page that is full is no reason"


LAWS: tuple[Law, ...] = (
    a_search_says_that_it_looked_at_all_there_is,
    folders_are_those_of_what_is_not_archived,
    pinned_archived_and_in_a_folder_are_found_by_that,
    what_is_older_is_forgotten_with_its_words,
    with_an_owner_only_theirs_are_found,
    two_who_write_at_once_notice,
    of_many_writers_each_version_has_one,
    what_is_not_there_is_not_found,
    what_is_deleted_is_gone_from_search_too,
    a_page_begins_where_the_one_before_ended,
    search_finds_all_words_in_titles_and_messages,
    search_knows_scripts,
    search_sees_what_was_revised_and_renamed,
)
PROPERTIES: tuple[Property, ...] = (what_is_kept_is_given_back,)
