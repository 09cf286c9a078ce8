"""What a model thinks reaches the terminal as text, and not as a command."""

from __future__ import annotations

import io
import json
import re
from base64 import b64decode

from pointsman.adapters.cli.show import response_json, show_facts, show_stream
from pointsman.adapters.cli.show_media import draw_picture
from pointsman.adapters.cli.show_patch import show_diff
from pointsman.adapters.cli.terminal import Terminal, printable
from pointsman.core.chat.part import Bytes, Image, Reasoning, Text, Url
from pointsman.core.chat.request import ask
from pointsman.core.chat.response import ChatResponse
from pointsman.testing import ScriptedClient


async def test_control_codes_in_thoughts_and_answers_are_taken_out() -> None:
    inner = ScriptedClient([ChatResponse(parts=(Reasoning("hm\x1b[2J"), Text("so\x1b]0;owned\x07")))])
    out, err = io.StringIO(), io.StringIO()
    async with inner.stream(ask("m", "?")) as events:
        await show_stream(events, Terminal(out, err, io.StringIO()), True)
    assert (out.getvalue(), err.getvalue()) == ("so\ufffd]0;owned\ufffd\n", "hm\ufffd[2J\n")


PNG = Bytes(b"\x89PNG" + bytes(4000), "image/png")


def test_a_picture_is_drawn_where_the_terminal_can() -> None:
    iterm = draw_picture(PNG, {"TERM_PROGRAM": "iTerm.app"})
    assert iterm.startswith("\x1b]1337;File=inline=1;size=4004;")
    assert b64decode(iterm.rpartition(":")[2].rstrip("\x07")) == PNG.data
    kitty = draw_picture(PNG, {"TERM": "xterm-kitty"})
    pieces = re.findall("\x1b_G([^;]*);([^\x1b]*)\x1b\\\\", kitty)
    assert [head for head, _ in pieces] == ["a=T,f=100,q=2,m=1", "m=0"]
    assert b64decode("".join(piece for _, piece in pieces)) == PNG.data
    assert draw_picture(Bytes(b"", "image/jpeg"), {"TERM": "xterm-kitty"}) == ""
    assert draw_picture(PNG, {"TERM_PROGRAM": "iTerm.app", "TMUX": "/tmp/x"}) == ""


async def test_a_picture_in_an_answer_is_told_of_and_stands_in_its_json() -> None:
    response = ChatResponse(parts=(Image(PNG), Image(Url("https://a.test/b.png"))))
    out, err = io.StringIO(), io.StringIO()
    show_facts(response, Terminal(out, err, io.StringIO()), False)
    assert (out.getvalue(), err.getvalue().splitlines()) == (
        "",
        [
            "The answer has a picture (image/png, 4,004 bytes); --json gives it in base64.",
            "The answer has a picture: https://a.test/b.png",
        ],
    )
    first, second = json.loads(response_json(response))["media"]
    assert (b64decode(first["base64"]), second) == (PNG.data, {"type": "image", "url": "https://a.test/b.png"})


def test_what_would_turn_or_hide_text_is_written_out() -> None:
    out = io.StringIO()
    show_diff("+if a: \u202e# x\u2066\u200b\n+b\u2028c\n", Terminal(out, io.StringIO(), io.StringIO()))
    assert out.getvalue() == "+if a: \\u202e# x\\u2066\\u200b\n+b\\u2028c\n"
    assert printable("us\u200der \ud800") == "us\\u200der \\ud800"


def test_what_scripts_and_emoji_need_stays() -> None:
    text = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f469\u200d\U0001f52c \u05d0\u05d1 e\u0301"
    assert printable(text) == text
