"""What of a client's body goes on byte for byte, and what is merged into it."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from returns.result import Result

from pointsman.adapters.dialects.dialect import Inbound, Quirks, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.openai_chat import OPENAI_CHAT
from pointsman.adapters.dialects.passthrough import remember_original, write_onward
from pointsman.core.chat.message import system
from pointsman.core.chat.request import ChatRequest
from pointsman.core.json import as_object, loads

TARGET = Target("acme", "m")


def read(data: bytes) -> ChatRequest:
    """What a client's bytes ask, with the bytes beside it."""
    inbound = Inbound(as_object(loads(data).unwrap()), data=data)
    call = OPENAI_CHAT.chat.read_request(inbound).unwrap()
    return remember_original(OPENAI_CHAT, "chat", call, inbound)


def onward(request: ChatRequest, *, stream: bool = False, target: Target = TARGET) -> WireRequest:
    """The request on its way to a provider of the same dialect."""

    def write(asked: ChatRequest, whom: Target) -> Result[WireRequest, WriteFailure]:
        return OPENAI_CHAT.chat.write_request(asked, whom, stream)

    forward = OPENAI_CHAT.chat.forward
    return write_onward(OPENAI_CHAT, "chat", forward, request, target, stream=stream, write=write).unwrap()


MESSAGES = b'"messages": [{"role": "user", "content": "caf\\u00e9 \\"model\\": \\"x\\""}]'


@pytest.mark.parametrize(
    ("body", "stream", "expected"),
    [
        (b'{"model": "a/m", %s, "seed": 1e2}', False, b'{"model": "m", %s, "seed": 1e2}'),
        (b'{ %s,\n "temperature":1.0, "model":"a/m" }\n', False, b'{ %s,\n "temperature":1.0, "model":"m" }'),
        (b'\xef\xbb\xbf{"model":"a/m",%s}', False, b'{"model":"m",%s}'),
        (b'{"model":"m",%s,"big":12345678901234567890123}', False, b'{"model":"m",%s,"big":12345678901234567890123}'),
        (
            b'{"model":"a/m","stream":true,%s }',
            True,
            b'{"model":"m","stream":true,%s,"stream_options":{"include_usage":true}}',
        ),
    ],
)
def test_only_the_models_name_changes_in_the_bytes(body: bytes, stream: bool, expected: bytes) -> None:
    wire = onward(read(body.replace(b"%s", MESSAGES)), stream=stream)
    assert wire.data == expected.replace(b"%s", MESSAGES)
    assert wire.is_forwarded


def test_a_name_that_stands_in_two_places_is_replaced_in_the_right_one() -> None:
    wire = onward(read(b'{"extra": {"model": "theirs"}, "model": "a/m", ' + MESSAGES + b"}"))
    body: Any = json.loads(wire.data) if wire.data is not None else wire.body
    assert (body["model"], body["extra"]) == ("m", {"model": "theirs"})


def test_what_a_hook_changed_arrives_and_all_else_stays() -> None:
    request = read(b'{"model": "a/m", "x_new": [1.0], "max_completion_tokens": 90, ' + MESSAGES + b"}")
    changed = attrs.evolve(request, max_tokens=5, messages=(system("Be brief."), *request.messages))
    body: Any = onward(changed).body
    assert body["x_new"] == [1.0]
    assert body["max_completion_tokens"] == 5
    assert "max_tokens" not in body
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_a_word_that_a_provider_refuses_is_written_with_its_own() -> None:
    mistral = Target(
        "mistral", "m", Quirks(seed_field="random_seed", refuses=frozenset({"max_completion_tokens", "seed"}))
    )
    request = read(b'{"model": "a/m", "x_new": 1, "max_completion_tokens": 90, "seed": 3, ' + MESSAGES + b"}")
    body: Any = onward(request, target=mistral).body
    assert (body["max_tokens"], body["random_seed"], body["x_new"]) == (90, 3, 1)
    assert "max_completion_tokens" not in body
    assert "seed" not in body
