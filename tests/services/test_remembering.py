"""What is remembered is told to the model, and to the caller."""

from __future__ import annotations

from pointsman import CallOptions, ChatResponse, ask, settle
from pointsman.adapters.fakes.client import ScriptedClient
from pointsman.core.event import Done
from pointsman.core.memory import Memory
from tests.managed import answer, chat, managed, stream


async def test_memories_go_before_the_request_and_stand_on_the_response() -> None:
    inner = ScriptedClient(lambda request: answer("the red one"))
    async with managed(inner) as app:
        facts = {"ann": "Ann's lever is red.", "bob": "Bob's lever is blue.", "": "A tower has levers."}
        for user, text in facts.items():
            await settle(app.manager.memories.remember(Memory(id=text, text=text, created=0.0, user=user)))
        client = app.manager.remembering()
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
