"""The laws of `MemoryStore`. A law takes an opening of a new, empty store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.core.effect import settle
from pointsman.core.memory import HALF_LIFE, Memory, MemoryScope, recall
from pointsman.services.ports.memory_store import MemoryStore
from pointsman.testing.laws.examples import examples

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[MemoryStore]]
Law: TypeAlias = Callable[[Opening], Awaitable[None]]
Property: TypeAlias = Callable[[Opening], None]

_WORDS = (
    "trains",
    "train",
    "training",
    "Zug",
    "Züge",
    "point",
    "points",
    "signal",
    "x1",
    "the",
    "lever",
    "bell",
    "信号",
    "สถานี",
)
_words = st.sampled_from(_WORDS)
_texts = st.lists(_words, max_size=6).map(" ".join)
_names = st.sampled_from(["", "ann", "bob"])
_vectors = st.sampled_from([(), (1.0, 0.0), (0.6, 0.8), (0.0, 1.0), (0.8, -0.6), (0.0, 0.6, 0.8)])
_memories = st.builds(
    Memory,
    id=st.sampled_from("abcdefgh"),
    text=_texts,
    created=st.floats(0, 10 * HALF_LIFE),
    importance=st.floats(0, 1),
    user=_names,
    conversation=_names,
    tags=st.lists(st.sampled_from(["x", "y"]), unique=True, max_size=2).map(tuple),
    vector=_vectors,
)
_scopes = st.builds(MemoryScope, user=_names, conversation=_names, tags=st.sampled_from([(), ("x",)]))


def what_is_recalled_is_what_the_core_ranks(opening: Opening) -> None:
    """Whatever index an adapter has, the answer is that of looking at everything."""

    @settings(max_examples=examples(60))
    @given(st.lists(_memories, max_size=12), _texts, _scopes, st.integers(0, 5), _vectors)
    def check(memories: list[Memory], text: str, scope: MemoryScope, k: int, vector: tuple[float, ...]) -> None:
        async def run() -> None:
            kept = {memory.id: memory for memory in memories}
            async with opening() as store:
                for memory in memories:
                    (await settle(store.remember(memory))).unwrap()
                found = (await settle(store.recall(text, k, scope, 10 * HALF_LIFE, vector))).unwrap()
                assert found == recall(kept.values(), text, k, scope, 10 * HALF_LIFE, vector)
                everything = (await settle(store.all(MemoryScope(user="ann", conversation="bob")))).unwrap()
                assert [one.created for one in everything] == sorted((o.created for o in everything), reverse=True)

        anyio.run(run)

    check()


def _fact(id: str, text: str, user: str = "", created: float = 0.0, importance: float = 0.5) -> Memory:
    return Memory(id=id, text=text, created=created, user=user, importance=importance)


async def nobody_recalls_what_is_another_users(opening: Opening) -> None:
    async with opening() as store:
        for user in ("", "ann", "bob"):
            await settle(store.remember(_fact(f"m{user}", "The lever is red", user)))
        found = (await settle(store.recall("which lever?", 9, MemoryScope(user="ann"), 1.0))).unwrap()
        assert {one.memory.id for one in found} == {"m", "mann"}
        assert [one.id for one in (await settle(store.all(MemoryScope()))).unwrap()] == ["m"]


async def what_is_forgotten_is_gone(opening: Opening) -> None:
    async with opening() as store:
        for number in range(3):
            await settle(store.remember(_fact(f"{number}", "The lever is red", "ann")))
        assert (await settle(store.forget("0"))).unwrap() is True
        assert (await settle(store.forget("0"))).unwrap() is False
        scope = MemoryScope(user="ann")
        assert len((await settle(store.recall("lever", 9, scope, 1.0))).unwrap()) == 2
        assert (await settle(store.forget_user("ann"))).unwrap() == 2
        assert (await settle(store.recall("lever", 9, scope, 1.0))).unwrap() == ()
        assert (await settle(store.all(scope))).unwrap() == ()


async def what_is_older_goes_whoevers_it_is(opening: Opening) -> None:
    async with opening() as store:
        for number, user in enumerate(("ann", "bob", "")):
            await settle(store.remember(_fact(f"{number}", "The lever is red", user, created=float(number))))
        assert (await settle(store.forget_before(0.0))).unwrap() == 0
        assert (await settle(store.forget_before(2.0))).unwrap() == 2
        left = (await settle(store.recall("lever", 9, MemoryScope(user="ann"), 3.0))).unwrap()
        assert [one.memory.id for one in left] == ["2"], "what is exactly as old stays"
        assert (await settle(store.all(MemoryScope(user="bob")))).unwrap() == tuple(one.memory for one in left)


async def relevance_comes_before_recency_and_importance(opening: Opening) -> None:
    async with opening() as store:
        await settle(store.remember(_fact("both", "signals and points are old", created=0.0, importance=0.0)))
        await settle(store.remember(_fact("one", "signals are new", created=9 * HALF_LIFE, importance=1.0)))
        await settle(store.remember(_fact("none", "bells ring", created=9 * HALF_LIFE, importance=1.0)))
        await settle(store.remember(_fact("older", "signals are new", created=0.0, importance=0.4)))
        asked = "Where do the signals and the points stand?"
        found = (await settle(store.recall(asked, 9, MemoryScope(), 9 * HALF_LIFE))).unwrap()
        assert [one.memory.id for one in found] == ["one", "both", "older"]
        assert all(0 < one.score <= 1 for one in found)
        only = (await settle(store.recall("points?", 9, MemoryScope(), 9 * HALF_LIFE))).unwrap()
        assert [one.memory.id for one in only] == ["both"]


async def a_question_recalls_what_shares_its_words_in_any_script(opening: Opening) -> None:
    facts = {"chinese": "我住在北京", "thai": "ผมชอบกินข้าวผัด", "hindi": "मुझे रेलगाड़ी पसंद है", "arabic": "أحبّ القِطَار"}
    asked = {
        "chinese": "北京天气怎么样",
        "thai": "ข้าวผัดอร่อยไหม",
        "hindi": "कौन सी रेलगाड़ी?",
        "arabic": "متى يصل القطار؟",
    }
    async with opening() as store:
        for id, text in facts.items():
            await settle(store.remember(_fact(id, text)))
        for id, text in asked.items():
            found = (await settle(store.recall(text, 9, MemoryScope(), 1.0))).unwrap()
            assert [one.memory.id for one in found] == [id]


LAWS: tuple[Law, ...] = (
    a_question_recalls_what_shares_its_words_in_any_script,
    nobody_recalls_what_is_another_users,
    what_is_forgotten_is_gone,
    what_is_older_goes_whoevers_it_is,
    relevance_comes_before_recency_and_importance,
)
PROPERTIES: tuple[Property, ...] = (what_is_recalled_is_what_the_core_ranks,)
