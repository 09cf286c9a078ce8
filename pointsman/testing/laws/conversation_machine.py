"""Two who work on the same conversations, in any order, against a model: conflicts are typed, and nothing is lost.

What each of them does is by the conversation as it read it last: it may be stale.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import anyio
import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.methods import unwrap_or_failure
from returns.result import Failure, Success

from pointsman.adapters.codec import decode, encode
from pointsman.core.chat.message import Message, assistant, user
from pointsman.core.chat.part import Opaque, Text, ToolCall
from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry
from pointsman.core.effect import settle
from pointsman.core.error import ConversationConflict, ConversationNotFound, LLMError, StorageError
from pointsman.core.words import has_term, join_words, terms_of
from pointsman.layers.app import open_app
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.ports.conversation_store import ConversationQuery, ConversationStore
from pointsman.testing.fake_layers import fake, fake_settings
from pointsman.testing.laws.examples import BACKENDS, examples

Pair: TypeAlias = Callable[[], AbstractAsyncContextManager[tuple[ConversationStore, ConversationStore]]]
Law: TypeAlias = Callable[[Pair], Awaitable[None]]
"""Opens two stores on the same conversations, of which there are none yet."""

WORDS = ("points", "Züge", "Поезд", "語", "信号機", "สถานี", "रेलगाड़ी", "x_y", "it's", "42", "\x00", '"*', "\U0001f686")
TAGS = ("rail", "de")
_words = st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)
_ids = st.sampled_from("abc")
_messages = st.one_of(
    _words.map(user),
    _words.map(assistant),
    st.just(Message("assistant", (Text("t", Opaque("o", "k", "s")), ToolCall("1", "look", "{")))),
)
_entries = st.lists(st.builds(Entry, id=st.sampled_from("12345678"), message=_messages, time=st.just(1.0)), max_size=2)
_writers = st.integers(0, 1)
_times = st.integers(0, 5).map(float)
STEPS: st.SearchStrategy[list[tuple[object, ...]]] = st.lists(
    st.one_of(
        st.tuples(st.just("create"), _writers, _ids, _words, _entries, _times),
        st.tuples(st.just("read"), _writers, _ids),
        st.tuples(st.just("append"), _writers, _ids, _entries, _times),
        st.tuples(st.just("rename"), _writers, _ids, _words),
        st.tuples(st.just("revise"), _writers, _ids, st.sampled_from("12345678"), _messages),
        st.tuples(st.just("fork"), _writers, _ids, st.none() | st.sampled_from("12345678")),
        st.tuples(st.just("delete"), _writers, _ids),
        st.tuples(st.just("search"), _writers, _words, st.sets(st.sampled_from(TAGS))),
        st.tuples(st.just("pages"), _writers, st.integers(1, 3), _ids),
        st.tuples(st.just("import"), _writers, _ids),
        st.tuples(st.just("race"), _ids),
    ),
    max_size=25,
)


@attrs.define
class Machine:
    """The two stores, what should be in them, and what each writer has read."""

    stores: Sequence[ConversationStore]
    talks: Sequence[Conversations]
    model: dict[str, Dialogue] = attrs.field(factory=dict)
    read_by: tuple[dict[str, Conversation], dict[str, Conversation]] = attrs.field(factory=lambda: ({}, {}))
    _number: int = 0

    async def create(self, who: int, id: str, text: str, entries: list[Entry], time: float) -> None:
        made = Conversation(id=id, title=text, created=time, updated=time, tags=TAGS[: len(entries)])
        outcome = await settle(self.stores[who].create(made, entries))
        if id in self.model or _has_doubles(entries):
            assert isinstance(outcome.failure(), StorageError)
        else:
            assert outcome == Success(None)
            self.model[id] = Dialogue(conversation=made, entries=tuple(entries))

    async def read(self, who: int, id: str) -> None:
        found = unwrap_or_failure(await settle(self.stores[who].get(id)))
        if id in self.model:
            assert found == self.model[id]
            self.read_by[who][id] = self.model[id].conversation
        else:
            assert isinstance(found, ConversationNotFound)

    async def append(self, who: int, id: str, entries: list[Entry], time: float) -> None:
        known = self.read_by[who].get(id)
        if known is not None:
            changed = attrs.evolve(known, updated=time)
            self.expect(
                who, changed, entries, unwrap_or_failure(await settle(self.stores[who].change(changed, entries)))
            )

    def expect(
        self, who: int, changed: Conversation, entries: Sequence[Entry], outcome: Conversation | LLMError
    ) -> None:
        """What should come of a change."""
        there = self.model.get(changed.id)
        if there is None:
            assert isinstance(outcome, ConversationNotFound)
        elif there.conversation.version != changed.version:
            assert isinstance(outcome, ConversationConflict)
            assert (outcome.expected, outcome.found) == (changed.version, there.conversation.version)
        elif _has_doubles([*there.entries, *entries]):
            assert isinstance(outcome, StorageError)
        else:
            kept = attrs.evolve(changed, version=changed.version + 1)
            assert outcome == kept
            self.model[changed.id] = Dialogue(conversation=kept, entries=(*there.entries, *entries))
            self.read_by[who][changed.id] = kept

    async def rename(self, who: int, id: str, title: str) -> None:
        """By the service, which reads it first: it is never stale."""
        outcome = unwrap_or_failure(await settle(self.talks[who].rename(id, title)))
        if id not in self.model:
            assert isinstance(outcome, ConversationNotFound)
            return
        self.expect(who, attrs.evolve(self.model[id].conversation, title=title), (), outcome)

    async def revise(self, who: int, id: str, entry_id: str, message: Message) -> None:
        entry = Entry(id=entry_id, message=message, time=2.0, status="partial")
        outcome = await settle(self.stores[who].revise(id, entry))
        there = self.model.get(id)
        if there is None or entry_id not in [one.id for one in there.entries]:
            assert isinstance(outcome.failure(), ConversationNotFound)
            return
        assert outcome == Success(None)
        entries = tuple(entry if one.id == entry_id else one for one in there.entries)
        self.model[id] = attrs.evolve(there, entries=entries)

    async def fork(self, who: int, id: str, at: str | None) -> None:
        outcome = unwrap_or_failure(await settle(self.talks[who].fork(id, at)))
        there = self.model.get(id)
        ids = [entry.id for entry in there.entries] if there else []
        if there is None or (at is not None and at not in ids):
            assert isinstance(outcome, ConversationNotFound)
            return
        assert isinstance(outcome, Conversation)
        kept = there.entries if at is None else there.entries[: ids.index(at) + 1]
        assert outcome.forked_from == (id, kept[-1].id if kept else "")
        assert (outcome.title, outcome.version) == (there.conversation.title, 0)
        self.model[outcome.id] = Dialogue(conversation=outcome, entries=kept)

    async def delete(self, who: int, id: str) -> None:
        outcome = await settle(self.stores[who].delete(id))
        if self.model.pop(id, None) is None:
            assert isinstance(outcome.failure(), ConversationNotFound)
        else:
            assert outcome == Success(None)

    async def search(self, who: int, text: str, tags: set[str]) -> None:
        asked = ConversationQuery(search=text, tags=tuple(tags))
        found = (await settle(self.stores[who].find(asked))).unwrap()
        assert found.complete
        assert list(found.conversations) == [one for one in self.by_last_change() if self.holds(one, text, tags)]

    def by_last_change(self) -> list[Conversation]:
        """All conversations, the latest first."""
        kept = [dialogue.conversation for dialogue in self.model.values()]
        return sorted(kept, key=lambda one: (one.updated, one.id), reverse=True)

    def holds(self, one: Conversation, text: str, tags: set[str]) -> bool:
        texts = (one.title, *(entry.message.text for entry in self.model[one.id].entries))
        there = [join_words(said) for said in texts]
        terms = terms_of(text)
        fits = all(any(has_term(words, term) for words in there) for term in terms)
        return tags <= set(one.tags) and fits and bool(terms or not text.strip())

    async def pages(self, who: int, limit: int, moving: str) -> None:
        """Page through all while the other one goes on with one of them: the others come once, in their order."""
        seen: list[Conversation] = []
        before: tuple[float, str] | None = None
        still = [one for one in self.by_last_change() if one.id != moving]
        while (
            page := (await settle(self.stores[who].find(ConversationQuery(limit=limit, before=before))))
            .unwrap()
            .conversations
        ):
            assert len(page) <= limit
            seen += page
            before = (page[-1].updated, page[-1].id)
            if moving in self.model:
                await self.read(1 - who, moving)
                await self.append(1 - who, moving, [], max(one.updated for one in self.by_last_change()) + 1)
        assert [one for one in seen if one.id != moving] == still
        assert [one.id for one in seen].count(moving) <= 1

    async def import_(self, who: int, id: str) -> None:
        if id not in self.model:
            return
        exported = self.model[id]
        written = decode(encode(exported, Dialogue), Dialogue).unwrap()
        assert written == exported
        twin = (await settle(self.talks[who].add(written))).unwrap()
        assert twin.id not in self.model
        assert twin == attrs.evolve(exported.conversation, id=twin.id, version=0)
        self.model[twin.id] = Dialogue(conversation=twin, entries=exported.entries)

    async def race(self, id: str) -> None:
        """Both change what both have just read, at the same moment: one does, the other is told."""
        if id not in self.model:
            return
        start, outcomes = self.model[id], list[tuple[int, Conversation | LLMError]]()

        async def write(who: int) -> None:
            entry = Entry(id=f"race {self._number} {who}", message=user("x"), time=1.0)
            outcome = await settle(self.stores[who].change(start.conversation, (entry,)))
            outcomes.append((who, unwrap_or_failure(outcome)))

        self._number += 1
        async with anyio.create_task_group() as group:
            group.start_soon(write, 0)
            group.start_soon(write, 1)
        ((who, kept),) = [(who, one) for who, one in outcomes if isinstance(one, Conversation)]
        assert [type(one) for _, one in outcomes if one is not kept] == [ConversationConflict]
        added = Entry(id=f"race {self._number} {who}", message=user("x"), time=1.0)
        self.model[id] = Dialogue(conversation=kept, entries=(*start.entries, added))

    async def check(self) -> None:
        """Both see what should be there, and nothing else."""
        for store in self.stores:
            assert (
                list((await settle(store.find(ConversationQuery(limit=99)))).unwrap().conversations)
                == self.by_last_change()
            )
            for id, dialogue in self.model.items():
                assert await settle(store.get(id)) == Success(dialogue)


async def _find(store: ConversationStore, query: ConversationQuery) -> tuple[Conversation, ...]:
    return (await settle(store.find(query))).unwrap().conversations


def _has_doubles(entries: Sequence[Entry]) -> bool:
    return len({entry.id for entry in entries}) < len(entries)


def any_history_of_two_writers_is_that_of_the_model(opening: Pair) -> None:
    @settings(max_examples=examples(60))
    @given(steps=STEPS, backend=st.sampled_from(BACKENDS))
    def check(steps: list[tuple[object, ...]], backend: str) -> None:
        async def run() -> None:
            async with open_app(fake(), fake_settings()) as opened, opening() as stores:
                app = opened.unwrap()
                talks = [attrs.evolve(app.manager.conversations, store=store) for store in stores]
                machine = Machine(stores, talks)
                for name, *what in steps:
                    await getattr(machine, "import_" if name == "import" else str(name))(*what)
                    await machine.check()

        anyio.run(run, backend=backend)

    check()


async def a_page_of_less_than_nothing_is_empty(opening: Pair) -> None:
    async with opening() as (store, _):
        await settle(store.create(Conversation(id="a", created=0.0, updated=0.0)))
        for limit in (0, -1):
            assert (await settle(store.find(ConversationQuery(limit=limit)))).unwrap().conversations == ()


async def a_message_that_is_there_already_is_named(opening: Pair) -> None:
    async with opening() as (store, other):
        entry = Entry(id="m1", message=user("x"), time=0.0)
        made = Conversation(id="a", created=0.0, updated=0.0)
        outcomes = [
            await settle(store.create(made, (entry, entry))),
            await settle(store.create(made, (entry,))),
            await settle(other.change(made, (entry,))),
        ]
        said = [str(outcome.failure()) for outcome in outcomes if isinstance(outcome, Failure)]
        assert len(said) == 2
        assert all("the message 'm1' is there already" in one for one in said)
        assert (await settle(store.get("a"))).unwrap().conversation.version == 0


LAWS: tuple[Law, ...] = (a_page_of_less_than_nothing_is_empty, a_message_that_is_there_already_is_named)
