"""What is remembered is told to the model, and to the caller."""

from __future__ import annotations

import attrs

from pointsman import CallOptions, ChatResponse, ask, settle
from pointsman.core.chat.event import Done
from pointsman.core.chat.message import system, user
from pointsman.core.chat.part import Text
from pointsman.core.chat.tool import Tool
from pointsman.core.memory import Memory
from pointsman.core.prompts.personality import Personality
from pointsman.testing import ScriptedClient, VirtualClock
from tests.managed import answer, chat, managed, stream


async def test_memories_go_before_the_request_and_stand_on_the_response() -> None:
    inner = ScriptedClient(lambda request: answer("the red one"))
    async with managed(inner) as app:
        facts = {"ann": "Ann's lever is red.", "bob": "Bob's lever is blue.", "": "A tower has levers."}
        for user, text in facts.items():
            await settle(app.manager.memories.remember(Memory(id=text, text=text, created=0.0, user=user)))
        client = app.manager.enhanced(memories=5)
        asked = ask("fake/m", "Which lever is mine?", CallOptions(tenant="ann"))
        response = await chat(client, asked)
        last = (await stream(client, asked))[-1]
        plain = await chat(client, ask("fake/m", "Good morning!"))
    assert isinstance(response, ChatResponse)
    assert response.recalled == ("A tower has levers.", "Ann's lever is red.")
    assert isinstance(last, Done)
    assert last.response.recalled == response.recalled
    told = inner.requests[0].messages
    assert [message.role for message in told] == ["system", "user"]
    assert "- A tower has levers.\n- Ann's lever is red." in told[0].text
    assert "Bob" not in told[0].text
    assert isinstance(plain, ChatResponse)
    assert plain.recalled == ()
    assert len(inner.requests[2].messages) == 1


async def test_the_instructions_are_put_together_within_a_budget_and_the_trace_says_of_what() -> None:
    inner = ScriptedClient(lambda request: answer("ok"))
    clock = VirtualClock(1_000_000_000.0)
    async with managed(inner, clock=clock) as app:
        for number in range(20):
            text = f"Lever {number} is red and it squeaks when nobody is looking."
            await settle(app.manager.memories.remember(Memory(id=str(number), text=text, created=0.0)))
        client = app.manager.enhanced(
            personality=Personality(name="Ada", traits={"warmth": 0.9}), memories=20, time=True, tools=True, budget=120
        )
        asked = attrs.evolve(ask("fake/m", "Which lever is red?"), tools=(Tool("pull", "Pulls a lever.\nSlowly."),))
        asked = attrs.evolve(asked, messages=(system("Be brief."), *asked.messages))
        response = await chat(client, asked)
    assert isinstance(response, ChatResponse)
    fates = {piece.name: piece.fate for piece in response.prompt}
    assert fates == {"system": "whole", "personality": "whole", "memories": "cut", "time": "whole", "tools": "left_out"}
    assert sum(piece.tokens for piece in response.prompt if piece.name != "system") <= 120
    told = inner.requests[0].messages
    assert [message.role for message in told] == ["system", "user"]
    assert told[0].text.startswith("Be brief.\n\nYou are Ada.\nYou are very warm.\n\nWhat is known")
    assert told[0].text.endswith("It is Sunday, 09 September 2001, 01:46 UTC.")
    assert 0 < len(response.recalled) < 20
    assert all(memory in told[0].text for memory in response.recalled)


async def test_with_nothing_to_add_the_request_stays_as_it_is() -> None:
    inner = ScriptedClient(lambda request: answer("ok"))
    async with managed(inner) as app:
        asked = ask("fake/m", "Hello")
        response = await chat(app.manager.enhanced(memories=5), asked)
    assert isinstance(response, ChatResponse)
    assert response.prompt == ()
    assert inner.requests[0].messages == asked.messages


async def test_what_a_program_knows_is_told_with_the_instructions_or_with_the_question() -> None:
    inner = ScriptedClient(lambda request: answer("ok"))
    async with managed(inner) as app:
        client = app.manager.enhanced(
            context={"preferences": "short answers"}, user_context={"place": "the tower of Brig", "shift": "night"}
        )
        asked = attrs.evolve(ask("fake/m", "Which lever?"), messages=(user("Hello"), user("Which lever?")))
        response = await chat(client, asked)
        last = (await stream(client, asked))[-1]
    assert isinstance(response, ChatResponse)
    assert [(piece.name, piece.fate) for piece in response.prompt] == [("context", "whole"), ("user_context", "whole")]
    assert isinstance(last, Done)
    assert last.response.prompt == response.prompt
    for request in inner.requests:
        instructions, first, question = request.messages
        assert instructions.text == "This may matter here:\n- preferences: short answers"
        assert first == user("Hello")
        assert [part.text for part in question.parts if isinstance(part, Text)] == [
            "This may matter here:\n- place: the tower of Brig\n- shift: night",
            "Which lever?",
        ]


async def test_context_has_the_room_of_the_budget_and_is_cut_by_whole_lines() -> None:
    inner = ScriptedClient(lambda request: answer("ok"))
    many = {f"lever {number}": "red, and it squeaks when nobody is looking" for number in range(40)}
    async with managed(inner) as app:
        asked = ask("fake/m", "Which lever?")
        response = await chat(app.manager.enhanced(context={"shift": "night"}, user_context=many, budget=100), asked)
        nobody = attrs.evolve(asked, messages=(system("Say something."),))
        untold = await chat(app.manager.enhanced(user_context={"shift": "night"}), nobody)
    assert isinstance(response, ChatResponse)
    assert [(piece.name, piece.fate) for piece in response.prompt] == [("context", "whole"), ("user_context", "cut")]
    assert sum(piece.tokens for piece in response.prompt) <= 100
    lines = inner.requests[0].messages[-1].parts[0]
    assert isinstance(lines, Text)
    assert lines.text.splitlines()[1:] == [f"- {key}: {value}" for key, value in many.items()][: lines.text.count("\n")]
    assert isinstance(untold, ChatResponse)
    assert [(piece.name, piece.fate) for piece in untold.prompt if piece.fate == "left_out"] == [
        ("user_context", "left_out")
    ]
    assert [message.role for message in inner.requests[1].messages] == ["system"]
