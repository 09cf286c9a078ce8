"""The ranking of memories, whatever they are: within bounds, the same in any order, and never another user's."""

from __future__ import annotations

import random

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.core.memory import HALF_LIFE, Memory, MemoryScope, describe_memories, recall, telling, within
from pointsman.core.words import words_of

NOW = 10 * HALF_LIFE
WORDS = ("trains", "train", "training", "Zug", "Züge", "point", "points", "signal", "the", "lever", "x1")
texts = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
names = st.sampled_from(["", "ann", "bob"])
memories = st.lists(
    st.builds(
        Memory,
        id=st.sampled_from("abcdefgh"),
        text=texts,
        created=st.floats(0, 2 * NOW),
        importance=st.floats(0, 1),
        user=names,
        conversation=names,
        tags=st.sampled_from([(), ("x",), ("x", "y")]),
    ),
    max_size=10,
    unique_by=lambda memory: memory.id,
)
scopes = st.builds(MemoryScope, user=names, conversation=names, tags=st.sampled_from([(), ("x",)]))


@settings(deadline=None)
@given(memories, texts, scopes, st.integers(-1, 12), st.randoms(use_true_random=False))
def test_the_best_come_first_whatever_order_they_are_kept_in(
    kept: list[Memory], text: str, scope: MemoryScope, k: int, chance: random.Random
) -> None:
    everything = recall(kept, text, 99, scope, NOW)
    scores = [one.score for one in everything]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert recall(chance.sample(kept, len(kept)), text, 99, scope, NOW) == everything
    assert recall(kept, text, k, scope, NOW) == everything[: max(0, k)]
    for one in everything:
        assert f"- {one.memory.text}" in describe_memories(everything)


@settings(deadline=None)
@given(memories, texts, scopes)
def test_what_is_recalled_is_in_scope_and_has_to_do_with_it(kept: list[Memory], text: str, scope: MemoryScope) -> None:
    found = [one.memory for one in recall(kept, text, 99, scope, NOW)]
    for memory in found:
        assert memory.user in ("", scope.user)
        assert memory.conversation in ("", scope.conversation)
        assert set(scope.tags) <= set(memory.tags)
    for memory in kept:
        same = set(telling(text)) & set(words_of(memory.text))
        assert not (same and within(memory, scope)) or memory in found
        begins = {word[:3] for word in telling(text)} & {word[:3] for word in words_of(memory.text)}
        assert begins or memory not in found


@settings(deadline=None)
@given(memories, texts, scopes, st.floats(0, 1))
def test_more_importance_or_a_later_day_never_ranks_lower(
    kept: list[Memory], text: str, scope: MemoryScope, more: float
) -> None:
    before = [one.memory.id for one in recall(kept, text, 99, scope, NOW)]
    for place, id in enumerate(before):
        memory = next(one for one in kept if one.id == id)
        for better in (
            attrs.evolve(memory, importance=max(memory.importance, more)),
            attrs.evolve(memory, created=max(memory.created, more * NOW)),
        ):
            changed = [better if one.id == id else one for one in kept]
            assert [one.memory.id for one in recall(changed, text, 99, scope, NOW)].index(id) <= place
