from examples.assistant import Journey, Leg, plan
from pointsman import ChatResponse, ToolCall, fake, fake_settings, open_app
from pointsman.testing import ScriptedClient, VirtualClock

TRAINS = ToolCall("1", "departures", '{"station":"Bern","to":"Brig"}')
CALLS = ChatResponse(parts=(TRAINS, ToolCall("2", "minutes", "{}")))


async def test_the_tools_run_and_the_answer_is_a_journey(llm_clock: VirtualClock) -> None:
    model = ScriptedClient([CALLS, '{"legs":[{"train":"IC 8","departs":"14:32"}],"minutes":56}'])
    async with open_app(fake({"fake": model}, llm_clock), fake_settings()) as opened:
        assert await plan(opened.unwrap(), "When to Brig?") == Journey([Leg("IC 8", "14:32")], 56)
    told = [message.parts[0] for message in model.requests[1].messages if message.role == "tool"]
    assert "14:32" in str(told[0])
    assert "'train' is missing" in str(told[1])
