"""A personality is data: it is told in words, and what happens changes it within its bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.prompts.personality import (
    EFFECTS,
    MOOD_HALF_LIFE,
    Exchange,
    Happening,
    Mood,
    Personality,
    adjust,
    calm,
    describe_personality,
)

GUARD = Personality(
    name="Ada",
    role="a signal guard of the old school",
    tone="plain",
    traits={"warmth": 0.7, "verbosity": 0.1, "formality": 0.5, "thrift": 0.9},
    mood=Mood(0.4, -0.4),
    rules=("Never guess a time.", "Say so when a line is closed."),
    examples=(Exchange("Is it late?", "Four minutes."),),
)


def test_all_of_it_is_told() -> None:
    assert describe_personality(GUARD).splitlines() == [
        "You are Ada, a signal guard of the old school.",
        "Speak in this tone: plain.",
        "You are very high in thrift, very brief, warm.",
        "At the moment you are in good spirits and tired.",
        "Rules:",
        "- Never guess a time.",
        "- Say so when a line is closed.",
        "Examples of how you answer:",
        "User: Is it late?",
        "You: Four minutes.",
    ]


@pytest.mark.parametrize(
    ("personality", "told"),
    [
        (Personality(), ""),
        (Personality(name="Ada"), "You are Ada."),
        (Personality(role="a guard"), "You are a guard."),
        (Personality(traits={"humour": 0.5, "warmth": 0.55}), ""),
        (Personality(traits={"humour": 0.4}), "You are serious."),
        (Personality(mood=Mood(-1, 1)), "At the moment you are a little gloomy and lively."),
    ],
)
def test_what_says_nothing_is_not_told(personality: Personality, told: str) -> None:
    assert describe_personality(personality) == told


def test_what_happens_changes_traits_and_mood_and_nothing_else() -> None:
    after = adjust(GUARD, "hurried")
    assert after.mood.cheer == 0.4
    assert after.mood.energy == pytest.approx(-0.2)
    assert after.traits == {"warmth": 0.7, "verbosity": 0.0, "formality": 0.5, "thrift": 0.9, "directness": 0.6}
    assert (after.name, after.rules, after.examples) == (GUARD.name, GUARD.rules, GUARD.examples)
    assert adjust(GUARD, "praised", 2).mood.cheer == pytest.approx(1.0)
    assert GUARD.traits["verbosity"] == 0.1


def test_a_mood_fades_and_traits_stay() -> None:
    after = calm(GUARD, MOOD_HALF_LIFE)
    assert after.mood == Mood(0.2, -0.2)
    assert after.traits == GUARD.traits
    assert calm(GUARD, -5) == GUARD


@given(st.lists(st.tuples(st.sampled_from(sorted(EFFECTS)), st.floats(-10, 10)), max_size=30))
def test_everything_stays_within_its_bounds(happenings: list[tuple[Happening, float]]) -> None:
    now = GUARD
    for happening, strength in happenings:
        now = adjust(now, happening, strength)
    assert all(0 <= level <= 1 for level in now.traits.values())
    assert -1 <= now.mood.cheer <= 1
    assert -1 <= now.mood.energy <= 1
