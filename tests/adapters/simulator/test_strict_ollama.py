"""Ollama's own API: for each rule a body that the server takes, and the same one broken, in the server's words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.simulator.strict import ABSENT, PNG, ask, changed, vendor_refuses

PATH = "/api/chat"
RICH: dict[str, Any] = {
    "model": "sim",
    "messages": [
        {"role": "user", "content": "Look", "images": [PNG], "unknown": True},
        {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "look", "arguments": {}}}]},
        {"role": "tool", "tool_name": "look", "content": "seen"},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "look",
                "parameters": {"type": "object", "properties": {"a": {"type": ["string", "null"]}}, "required": ["a"]},
            },
        }
    ],
    "options": {"temperature": 5, "num_ctx": 4096, "stop": ["a"], "nonsense": "ignored"},
    "format": {"type": "object"},
    "keep_alive": "5m",
    "think": "high",
    "stream": False,
    "frequency_penalty": 1,
}
BROKEN: list[tuple[tuple[Any, ...], int, str]] = [
    (("model", ABSENT), 400, "model is required"),
    (
        ("messages", "Hello"),
        400,
        "json: cannot unmarshal string into Go struct field Request.messages of type []api.Mess",
    ),
    (
        ("messages", 0, "content", [{"type": "text"}]),
        400,
        "cannot unmarshal array into Go struct field Request.messages.c",
    ),
    (("messages", 1, "tool_calls", 0, "function", "arguments", "{}"), 400, "of type api.ToolCallFunctionArguments"),
    (("messages", 0, "images", [f"data:image/png;base64,{PNG}"]), 400, "illegal base64 data at input byte 4"),
    (("stream", "no"), 400, "cannot unmarshal string into Go struct field Request.stream of type bool"),
    (("options", []), 400, "of type map[string]interface {}"),
    (("tools", 0, "function", "parameters", "required", "a"), 400, "Request.tools.function.parameters.required"),
    (("options", "num_ctx", "4096"), 500, 'option "num_ctx" must be of type integer'),
    (("options", "temperature", "hot"), 500, 'option "temperature" must be of type float32'),
    (("options", "stop", "a"), 500, 'option "stop" must be of type array'),
    (("options", "use_mmap", 1), 500, 'option "use_mmap" must be of type boolean'),
    (("format", "xml"), 500, 'invalid format: "xml"; expected "json" or a valid JSON Schema object'),
    (("think", "huge"), 400, 'invalid think value: "huge"'),
    (("think", 5), 400, "think must be a boolean or string"),
    (("keep_alive", "soon"), 400, 'time: invalid duration "soon"'),
]


def test_the_server_ignores_what_it_does_not_know() -> None:
    assert vendor_refuses("ollama", PATH, RICH) is None
    body = {"model": "sim", "messages": [{"role": "user", "content": "Hi", "x": 1}], "x": {"y": 1}, "stream": False}
    assert ask(PATH, body).status == 200


@pytest.mark.parametrize(("change", "status", "said"), BROKEN, ids=[case[2] for case in BROKEN])
def test_one_thing_broken_is_refused_in_the_servers_words(change: tuple[Any, ...], status: int, said: str) -> None:
    refused = ask(PATH, changed(RICH, *change))
    assert refused.status == status
    assert said in refused.error


@pytest.mark.parametrize("path", ["/api/chats", "/chat", "/api/v2/chat"])
def test_a_path_that_the_server_has_not_is_plain_text(path: str) -> None:
    refused = ask(path, RICH)
    assert refused.status == 404
    if path.startswith("/api/"):
        assert refused.body == "404 page not found"


def test_embeddings_and_prompts_are_held_to_their_types() -> None:
    assert ask("/api/embed", {"model": "sim-embed", "input": ["a"], "x": 1}).status == 200
    assert ask("/api/embed", {"model": "sim-embed", "input": [1]}).error == "invalid input type"
    assert ask("/api/generate", {"model": "sim", "prompt": "Once", "stream": False}).status == 200
    assert "Request.prompt of type string" in ask("/api/generate", {"model": "sim", "prompt": 5}).error
    assert ask(PATH, b"").error == "missing request body"
