"""What a model thinks reaches the terminal as text, and not as a command."""

from __future__ import annotations

import io

from pointsman.adapters.cli.show import show_stream
from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.chat.part import Reasoning, Text
from pointsman.core.chat.request import ask
from pointsman.core.chat.response import ChatResponse
from pointsman.testing import ScriptedClient


async def test_control_codes_in_thoughts_and_answers_are_taken_out() -> None:
    inner = ScriptedClient([ChatResponse(parts=(Reasoning("hm\x1b[2J"), Text("so\x1b]0;owned\x07")))])
    out, err = io.StringIO(), io.StringIO()
    async with inner.stream(ask("m", "?")) as events:
        await show_stream(events, Terminal(out, err, io.StringIO()), True)
    assert (out.getvalue(), err.getvalue()) == ("so\ufffd]0;owned\ufffd\n", "hm\ufffd[2J\n")
