"""What an answer holds either stands in it as the client's dialect writes it, or is told as lost, by one table."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import get_args

import attrs
import pytest

from pointsman.adapters.dialects.anthropic import ANTHROPIC
from pointsman.adapters.dialects.dialect import Dialect, InboundCall
from pointsman.adapters.dialects.gemini import GEMINI
from pointsman.adapters.dialects.ollama import OLLAMA
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.adapters.dialects.unsupported_answers import ANSWERS, AnswerKind, lost_parts
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    Citation,
    File,
    Image,
    Opaque,
    Part,
    ProviderPart,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    Url,
)
from pointsman.core.chat.request import ask
from pointsman.core.chat.response import ChatResponse, Choice, Finish, TokenLogprob
from pointsman.core.json import dumps

DIALECTS = (OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC, GEMINI, OLLAMA)
ALL = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: str(dialect.name))
CALL = InboundCall(ask("some-model", "?"), id="1", at=1.7e9)
PICTURE = Bytes(b"\x89PNG\r\n\x1a\n-picture", "image/png")
SOUND = Bytes(b"RIFF\x24\x00\x00\x00WAVEfmt sound", "audio/wav")
PAPER = Bytes(b"%PDF-1.7 paper", "application/pdf")
CITED = Text("as it says", citations=(Citation("https://source.example/a", "A source", "the words", 0, 5),))


def answer(*parts: Part) -> ChatResponse:
    return ChatResponse(parts=(Text("well"), *parts), finish_reason=Finish.STOP, id="answer-1", model="some-model")


def encoded(media: Bytes) -> str:
    return base64.b64encode(media.data).decode()


SAMPLES: Mapping[AnswerKind, tuple[ChatResponse, str]] = {
    "pictures": (answer(Image(PICTURE)), encoded(PICTURE)),
    "pictures by address": (answer(Image(Url("https://picture.example/a", "image/png"))), "picture.example"),
    "sound": (answer(Audio(SOUND)), encoded(SOUND)),
    "files": (answer(File(PAPER, "paper.pdf")), encoded(PAPER)),
    "citations": (answer(CITED), "source.example"),
    "redacted reasoning": (answer(Reasoning("", Opaque("elsewhere", "secret", "sealed-thought"), redacted=True)), ""),
    "further choices": (attrs.evolve(answer(), choices=(Choice(parts=(Text("or so"),)),)), "or so"),
    "logprobs": (attrs.evolve(answer(), logprobs=(TokenLogprob("well", -0.125),)), "-0.125"),
}
"""An answer of each kind, and what it is known by."""


def test_every_dialect_and_every_kind_has_its_place_in_the_table() -> None:
    assert ANSWERS.keys() == {dialect.name for dialect in DIALECTS}
    assert SAMPLES.keys() == set(get_args(AnswerKind))


@ALL
@pytest.mark.parametrize("kind", SAMPLES)
def test_what_an_answer_holds_is_written_or_told_as_lost(dialect: Dialect, kind: AnswerKind) -> None:
    response, trace = SAMPLES[kind]
    written = dumps(dialect.chat.write_response(response, CALL)).decode()
    told = [warning.text for warning in lost_parts(dialect.name, response)]
    if kind in ANSWERS[dialect.name]:
        assert told == []
        assert trace in written
    else:
        assert len(told) == 1
        assert kind in told[0]
        assert not trace or trace not in written


@ALL
def test_what_every_dialect_can_say_is_never_told_as_lost(dialect: Dialect) -> None:
    call = ToolCall("call-1", "clock", '{"zone":"utc"}')
    response = answer(Refusal("not that"), Reasoning("it must be"), call)
    written = dumps(dialect.chat.write_response(response, CALL)).decode()
    assert lost_parts(dialect.name, response) == ()
    assert all(trace in written for trace in ("well", "not that", "it must be", "clock", "utc"))


@ALL
def test_parts_of_another_vendor_are_told_by_their_kind_once_and_own_ones_are_not(dialect: Dialect) -> None:
    foreign = ProviderPart("elsewhere", {"type": "server_tool_use", "id": "s1"})
    (told,) = lost_parts(dialect.name, answer(foreign, foreign, ProviderPart(dialect.name, {"type": "own"})))
    assert "server_tool_use of elsewhere" in told.text


@ALL
def test_what_a_further_choice_holds_is_told_too(dialect: Dialect) -> None:
    foreign = ProviderPart("elsewhere", {"type": "odd"})
    told = lost_parts(dialect.name, attrs.evolve(answer(), choices=(Choice(parts=(foreign,)),)))
    assert any("odd of elsewhere" in warning.text for warning in told)
