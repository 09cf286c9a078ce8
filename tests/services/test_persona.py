"""The mood: read and set, in each conversation its own; it fades by the clock, and answers are told of it."""

from __future__ import annotations

import attrs

from pointsman import CallOptions, Mood, Personality, ask
from pointsman.core.prompts.personality import MOOD_HALF_LIFE
from pointsman.services.persona import MOST_CONVERSATIONS, Persona
from pointsman.testing import ScriptedClient, VirtualClock
from tests.managed import chat, managed

ADA = Personality(name="Ada")


def test_a_mood_is_read_and_set() -> None:
    persona = Persona(ADA, VirtualClock())
    assert persona.mood() == Mood()
    persona.set_mood(Mood(cheer=0.8))
    assert persona.mood() == Mood(cheer=0.8)
    assert persona.current().name == "Ada"
    assert persona.personality == ADA


def test_each_conversation_has_its_own() -> None:
    persona = Persona(ADA, VirtualClock())
    assert persona.react("praised", "one").cheer > 0
    assert (persona.mood("one").cheer > 0, persona.mood("two"), persona.mood()) == (True, Mood(), Mood())


def test_it_fades_by_the_clock_while_traits_stay() -> None:
    clock = VirtualClock()
    persona = Persona(ADA, clock)
    persona.set_mood(Mood(cheer=0.8, energy=-0.4))
    persona.react("joked", strength=0.0)
    clock.time += MOOD_HALF_LIFE
    assert persona.mood() == Mood(cheer=0.4, energy=-0.2)
    persona.react("confused")
    traits = persona.current().traits
    clock.time += 100 * MOOD_HALF_LIFE
    assert abs(persona.mood().cheer) < 1e-9
    assert persona.current().traits == traits


def test_the_states_of_many_conversations_are_bounded() -> None:
    persona = Persona(ADA, VirtualClock())
    for number in range(MOST_CONVERSATIONS + 1):
        persona.set_mood(Mood(cheer=0.5), str(number))
    assert (persona.mood("0"), persona.mood("1")) == (Mood(), Mood(cheer=0.5))


async def test_the_model_is_told_of_the_mood_of_its_conversation() -> None:
    inner = ScriptedClient()
    async with managed(inner) as app:
        persona = app.manager.persona(ADA)
        client = app.manager.enhanced(personality=persona)
        persona.set_mood(Mood(cheer=0.9), "talk")
        for conversation in ("talk", "other"):
            await chat(client, attrs.evolve(ask("fake/m", "Hi"), options=CallOptions(conversation=conversation)))
    told = [request.messages[0].text for request in inner.requests]
    assert ["in good spirits" in text for text in told] == [True, False]
