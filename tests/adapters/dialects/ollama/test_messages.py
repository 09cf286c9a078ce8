"""Messages: results without ids answer the calls in their order, pictures are base64, made-up ids never repeat."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from pointsman.adapters.dialects.dialect import Target
from pointsman.adapters.dialects.ollama import OLLAMA
from pointsman.core.chat.event import Done
from pointsman.core.chat.message import Message, assistant, user
from pointsman.core.chat.part import Bytes, Image, Reasoning, Text, ToolCall, ToolResult
from pointsman.core.error import InvalidRequest
from tests.adapters.dialects.ollama.wire import ask, read, read_any, write

PNG = b"\x89PNG\r\n\x1a\n" + bytes(9)
JPEG = b"\xff\xd8\xff" + bytes(9)


def call(name: str, **arguments: Any) -> dict[str, Any]:
    """A call as the ollama package sends it, without an id."""
    return {"function": {"name": name, "arguments": arguments}}


def calling(*calls: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": "", "tool_calls": [*calls]}


def result(content: str, **fields: Any) -> dict[str, Any]:
    return {"role": "tool", "content": content, **fields}


def answered(*messages: dict[str, Any]) -> list[tuple[str, str]]:
    """The arguments of the calls in a conversation, each with the result that has its id, in order of the results."""
    request = read(messages=[{"role": "user", "content": "?"}, *messages]).request
    calls = {call.id: call.arguments for message in request.messages for call in message.tool_calls}
    assert len(calls) == sum(len(message.tool_calls) for message in request.messages), "an id stands for two calls"
    return [
        (calls.get(part.call_id, "no call"), "".join(text.text for text in part.content if isinstance(text, Text)))
        for message in request.messages
        for part in message.parts
        if isinstance(part, ToolResult)
    ]


def test_parallel_results_without_ids_answer_the_calls_of_their_tool_in_order() -> None:
    turn = calling(call("look", at=1), call("hear", at=2), call("look", at=3))
    results = [result("a", tool_name="look"), result("b", tool_name="look"), result("c", tool_name="hear")]
    again = [calling(call("look", at=4)), result("d", tool_name="look")]
    assert answered(turn, *results, *again) == [
        ('{"at":1}', "a"),
        ('{"at":3}', "b"),
        ('{"at":2}', "c"),
        ('{"at":4}', "d"),
    ]


def test_results_without_a_name_answer_the_calls_in_order() -> None:
    assert answered(calling(call("look", at=1), call("hear", at=2)), result("a"), result("b")) == [
        ('{"at":1}', "a"),
        ('{"at":2}', "b"),
    ]


def test_an_id_that_a_client_gave_is_no_other_calls() -> None:
    given = {"id": "call_1", **call("look", at=1)}
    turn = calling(given, call("look", at=2), call("look", at=3))
    assert answered(turn, result("a", tool_call_id="call_1"), result("b", tool_name="look")) == [
        ('{"at":1}', "a"),
        ('{"at":2}', "b"),
    ]
    late = [calling(call("look", at=0)), result("z", tool_name="look"), turn, result("a", tool_call_id="call_1")]
    assert answered(*late) == [('{"at":0}', "z"), ('{"at":1}', "a")]


def test_results_that_follow_one_another_are_one_message() -> None:
    turn = calling(call("look"), call("look"))
    request = read(messages=[turn, result("a", tool_name="look"), result("Error: b", tool_name="look")]).request
    assert request.messages[1] == Message(
        "tool",
        (
            ToolResult("call_0", "look", (Text("a"),)),
            ToolResult("call_1", "look", (Text("b"),), is_error=True),
        ),
    )


@pytest.mark.parametrize("before", ["", "data:image/png;base64,"])
@pytest.mark.parametrize(("data", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg")])
def test_pictures_are_base64_or_data_urls_and_what_their_bytes_say(before: str, data: bytes, kind: str) -> None:
    image = before + base64.b64encode(data).decode()
    request = read(messages=[{"role": "user", "content": "what?", "images": [image]}]).request
    assert request.messages == (user(Image(Bytes(data, kind)), "what?"),)
    assert write(request)["messages"][0]["images"] == [base64.b64encode(data).decode()]


@pytest.mark.parametrize("image", ["@@not base64@@", "", 5, "data:image/png;base64,@@"])
def test_what_is_no_base64_is_a_problem(image: Any) -> None:
    good = base64.b64encode(PNG).decode()
    failure = read_any(messages=[{"role": "user", "content": "what?", "images": [good, image]}])
    assert isinstance(failure, InvalidRequest)
    assert failure.problems == ("messages[0].images[1]: it is not base64",)


def test_ids_that_are_made_up_are_different_in_every_answer() -> None:
    message = {"role": "assistant", "content": "", "tool_calls": [call("look", at=1), call("look", at=2)]}
    line: dict[str, Any] = {"model": "m", "message": message, "done": True, "done_reason": "stop"}
    ids: list[str] = []
    for nonce in ("a", "b"):
        target = Target("ollama", "m", nonce=nonce)
        ids += [made.id for made in OLLAMA.chat.read_response(line, target).unwrap().tool_calls]
        end = OLLAMA.chat.open_reader(target).feed("", orjson.dumps(line))[-1]
        assert isinstance(end, Done)
        assert [made.id for made in end.response.tool_calls] == ids[-2:]
    assert ids == ["call_a_0", "call_a_1", "call_b_0", "call_b_1"]


def test_thinking_text_and_calls_of_an_earlier_answer_go_out_as_they_came_in() -> None:
    parts = (Reasoning("Hm."), Text("I look."), ToolCall("call_9", "look", '{"at":"N4"}'))
    request = ask(user("Where?"), assistant(*parts), Message("tool", (ToolResult("call_9", "look", (Text("x"),)),)))
    body = write(request)
    assert body["messages"][1] == {
        "role": "assistant",
        "content": "I look.",
        "thinking": "Hm.",
        "tool_calls": [{"id": "call_9", "function": {"index": 0, "name": "look", "arguments": {"at": "N4"}}}],
    }
    assert body["messages"][2] == {"role": "tool", "content": "x", "tool_name": "look", "tool_call_id": "call_9"}
    assert read(**body).request.messages == request.messages
