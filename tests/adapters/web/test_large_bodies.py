"""Bodies are bounded in values, read off the event loop where they are large, and in linear time."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Success

from pointsman.adapters.dialects.dialect import Inbound
from pointsman.adapters.providers.row import DialectName
from pointsman.adapters.web.large_bodies import read_json, read_off_loop
from pointsman.adapters.web.site import Policy
from pointsman.core.chat.message import user
from pointsman.core.chat.request import ChatRequest, check
from pointsman.core.chat.token_estimate import estimate_request
from pointsman.core.chat.tool import Tool
from pointsman.core.json import holds_more_values
from pointsman.layers.endpoints import load_dialect
from pointsman.services.tasks.off_loop import LARGE_BODY, estimate_off_loop
from tests.patience import GUARD
from tests.served import Running, running

texts = st.text(alphabet='"\\,[]{}:x\n', max_size=8)
values = st.recursive(
    st.none() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(texts, inner, max_size=6),
    max_leaves=30,
)


def count(value: Any) -> int:
    """How many values there are in `value`."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(count, inner))


def empty(value: Any) -> int:
    """How many arrays and objects in `value` hold nothing: each is counted as if it held one."""
    if not isinstance(value, (dict, list)):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return (not value) + sum(map(empty, inner))


@given(values, st.booleans())
def test_values_are_counted_without_decoding(value: Any, spaced: bool) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1 if spaced else None).encode()
    most = count(value) + empty(value)
    assert not holds_more_values(text, most)
    assert holds_more_values(text, most - 1) == (len(text) > most - 1)


def test_strings_that_span_pieces_hold_no_values() -> None:
    body = json.dumps(['a"\\,[{' * 200_000, 1, 2]).encode()
    assert not holds_more_values(body, 4)
    assert holds_more_values(body, 3)


@pytest.mark.anyio
async def test_a_large_body_is_read_in_a_thread_and_a_small_one_is_not() -> None:
    here = threading.get_ident()
    assert await read_off_loop(threading.get_ident, LARGE_BODY) != here
    assert await read_off_loop(threading.get_ident, LARGE_BODY - 1) == here
    assert await read_json(b" " * LARGE_BODY, 10**9, lambda: Success(threading.get_ident())) != Success(here)


@pytest.mark.anyio
async def test_what_was_estimated_in_a_thread_is_known_on_the_loop() -> None:
    """Counted by the looks at the tools' schemas: the second estimate takes none."""

    class Schema(dict[str, Any]):
        looks: ClassVar[int] = 0

        def items(self) -> Any:
            Schema.looks += 1
            return super().items()

    tools = tuple(Tool(f"t{number}", "", Schema(type="object")) for number in range(3000))
    request = ChatRequest("m", (user("hi"),), tools=tools)
    await estimate_off_loop(request)
    before = Schema.looks
    assert estimate_request(request) > 3000
    assert Schema.looks == before


class Counted(str):
    """A text that counts how often it is compared."""

    compared: ClassVar[int] = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        return str.__hash__(self)


def test_the_names_of_many_tools_are_checked_in_linear_time() -> None:
    many = 2000
    Counted.compared = 0
    tools = tuple(Tool(Counted(f"t{number}"), "", {}) for number in range(many))
    assert isinstance(check(ChatRequest("m", (user("hi"),), tools=tools)), Success)
    assert Counted.compared < 10 * many


def turns(name: str, many: int) -> dict[str, Any]:
    """A conversation of `many` tool calls, each answered, as the dialect has it."""
    names = [Counted(f"t{number}") for number in range(many)]
    if name == "gemini":
        calls = [{"role": "model", "parts": [{"functionCall": {"name": one, "args": {}}}]} for one in names]
        results = [{"role": "user", "parts": [{"functionResponse": {"name": one, "response": {}}}]} for one in names]
        return {"contents": [*calls, *results]}
    if name == "ollama":
        made = [{"role": "assistant", "tool_calls": [{"function": {"name": one, "arguments": {}}}]} for one in names]
        return {"messages": [*made, *({"role": "tool", "tool_name": one, "content": "r"} for one in names)]}
    asked = [{"type": "function_call", "call_id": one, "name": "t", "arguments": "{}"} for one in names]
    return {"input": [*asked, *({"type": "function_call_output", "call_id": one, "output": "r"} for one in names)]}


@pytest.mark.parametrize("name", ["gemini", "ollama", "openai-responses"])
def test_results_of_tools_find_their_calls_in_linear_time(name: DialectName) -> None:
    many = 500
    Counted.compared = 0
    read = load_dialect(name).chat.read_request(Inbound({"model": "m", **turns(name, many)}, "m", False))
    assert len(read.unwrap().request.messages) >= 2
    assert Counted.compared < 20 * many


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("large") / "home", strict=False) as found:  # OpenAI takes 128 tools
        yield found


def tools(many: int) -> list[Any]:
    """Tools in OpenAI's dialect."""
    schema = {"type": "object", "properties": {}}
    function = [{"name": f"tool_{number}", "description": "d", "parameters": schema} for number in range(many)]
    return [{"type": "function", "function": one} for one in function]


def test_two_megabytes_of_twenty_thousand_tools_reach_the_model(server: Running) -> None:
    body = {"model": "openai/sim", "messages": [{"role": "user", "content": "hi"}], "tools": tools(20_000)}
    answer = httpx.post(f"{server.address}/v1/chat/completions", json=body, timeout=GUARD, trust_env=False)
    assert "219995 tokens (simulated)" in answer.text  # the model has been asked: it is too much for that one's window


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/embeddings", "/v1/messages", "/api/chat"])
def test_more_values_than_a_body_may_hold_are_refused_before_they_are_decoded(server: Running, path: str) -> None:
    data = b'{"model":"openai/sim","messages":[' + b"{}," * Policy().max_values + b"{}]}"
    answer = httpx.post(server.address + path, content=data, timeout=GUARD, trust_env=False)
    assert answer.status_code == 413
    assert "JSON values" in answer.text


def test_the_api_bounds_bodies_too(server: Running) -> None:
    with server.signed_in() as admin:
        answer = admin.post("/api/v1/chat", content=b'{"text":"hi","tags":[' + b"0," * Policy().max_values + b"0]}")
    assert (answer.status_code, "JSON values" in answer.text) == (413, True)


@pytest.mark.parametrize("path", ["import", "imports"])
def test_an_export_is_bounded_in_values_before_it_is_decoded(server: Running, path: str) -> None:
    body = b'[{"mapping": [' + b"[]," * Policy().max_values + b"[]]}]"
    with server.signed_in() as admin:
        answer = admin.post(f"/api/v1/conversations/{path}", content=body)
    assert (answer.status_code, "JSON values" in answer.text) == (413, True), answer.text


def test_the_policy_leaves_room_for_honest_requests(tmp_path: Path) -> None:
    body = json.dumps({"messages": [{"role": "user", "content": "x"}] * 200_000, "tools": tools(20_000)})
    assert not holds_more_values(body.encode(), Policy().max_values)
