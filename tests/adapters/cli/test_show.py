"""What a model thinks reaches the terminal as text, and not as a command."""

from __future__ import annotations

import io

from pointsman.adapters.cli.show import show_stream
from pointsman.adapters.cli.show_patch import show_diff
from pointsman.adapters.cli.terminal import Terminal, printable
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


def test_what_would_turn_or_hide_text_is_written_out() -> None:
    out = io.StringIO()
    show_diff("+if a: \u202e# x\u2066\u200b\n+b\u2028c\n", Terminal(out, io.StringIO(), io.StringIO()))
    assert out.getvalue() == "+if a: \\u202e# x\\u2066\\u200b\n+b\\u2028c\n"
    assert printable("us\u200der \ud800") == "us\\u200der \\ud800"


def test_what_scripts_and_emoji_need_stays() -> None:
    text = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f469\u200d\U0001f52c \u05d0\u05d1 e\u0301"
    assert printable(text) == text
