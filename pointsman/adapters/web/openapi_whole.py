"""What stands in the OpenAPI document beside the API, from its own tables: gateway, sockets, webhooks, metrics.

The gateway's bodies are the vendors' own, so that only an example is given of each; the vendors document them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

from pointsman.adapters.dialects.dialect import Dialect, Route
from pointsman.adapters.web.chat_socket import ChatSocket
from pointsman.adapters.web.events import USUAL
from pointsman.core.json import Json, JsonObject, as_list, as_object
from pointsman.core.notice import Notice

_HELLO: list[Json] = [{"role": "user", "content": "Hello"}]
_MODEL = "provider/model"
_EXAMPLES: Mapping[tuple[str, str], JsonObject] = {
    ("openai-chat", "chat"): {"model": _MODEL, "messages": _HELLO},
    ("openai-chat", "complete"): {"model": _MODEL, "prompt": "Once"},
    ("openai-chat", "embed"): {"model": _MODEL, "input": "Hello"},
    ("openai-responses", "chat"): {"model": _MODEL, "input": "Hello"},
    ("openai-responses", "count"): {"model": _MODEL, "input": "Hello"},
    ("anthropic", "chat"): {"model": _MODEL, "max_tokens": 1024, "messages": _HELLO},
    ("anthropic", "count"): {"model": _MODEL, "messages": _HELLO},
    ("gemini", "chat"): {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]},
    ("gemini", "count"): {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]},
    ("gemini", "embed"): {"content": {"parts": [{"text": "Hello"}]}},
    ("ollama", "chat"): {"model": _MODEL, "messages": _HELLO, "stream": False},
    ("ollama", "complete"): {"model": _MODEL, "prompt": "Once", "stream": False},
    ("ollama", "embed"): {"model": _MODEL, "input": "Hello"},
}
_DOES = {
    "chat": "Ask a model",
    "complete": "Continue a text",
    "embed": "Turn texts into vectors",
    "transcribe": "Turn speech into text",
    "count": "Count tokens",
    "models": "The models there are",
    "model": "One model",
}


def whole_document(document: JsonObject, dialects: tuple[Dialect, ...]) -> JsonObject:
    """`document` with all else that the server answers."""
    paths = dict(as_object(document["paths"]))
    for path, method, operation in (*_gateway(dialects), *_sockets(), *_metrics()):
        paths[path] = {method: operation, **as_object(paths.get(path))}  # of two at one path the first counts
    own: list[Json] = [{"name": _group(one), "description": f"The gateway as {one.name} has it."} for one in dialects]
    groups: list[Json] = [
        *as_list(document["tags"]),
        *own,
        {"name": "sockets", "description": "Web sockets, which are opened by a GET that upgrades."},
        {"name": "server", "description": "How the server itself is."},
    ]
    return {**document, "tags": groups, "paths": paths, "webhooks": _webhooks()}


def _group(dialect: Dialect) -> str:
    return f"gateway: {dialect.name}"


def _gateway(dialects: tuple[Dialect, ...]) -> Iterator[tuple[str, str, JsonObject]]:
    for dialect in dialects:
        for route in dialect.routes:
            yield route.pattern, route.method.lower(), _gateway_operation(dialect, route)


def _gateway_operation(dialect: Dialect, route: Route) -> JsonObject:
    streamed = ", as it is made" if route.stream else ""
    operation: JsonObject = {
        "operationId": f"gateway_{route.method}_{route.pattern}",
        "tags": [_group(dialect)],
        "summary": f"{_DOES.get(route.operation, route.operation)}{streamed}",
        "description": "Without a key, as long as none has been made and the server is only on this machine.",
        "security": [{}, {"key": []}],
        "parameters": _model_parameter(route),
        "responses": {
            "200": {"description": "As the vendor answers.", "content": {"application/json": {"schema": {}}}},
            "default": {"description": "As the vendor refuses.", "content": {"application/json": {"schema": {}}}},
        },
    }
    if route.method == "POST":
        media = "multipart/form-data" if route.operation == "transcribe" else "application/json"
        example = _EXAMPLES.get((dialect.name, route.operation), {})
        schema: JsonObject = {"type": "object"}
        operation["requestBody"] = {"required": True, "content": {media: {"schema": schema, "example": example}}}
    return operation


def _model_parameter(route: Route) -> list[Json]:
    if "{model}" not in route.pattern:
        return []
    return [{"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}]


def _sockets() -> Iterator[tuple[str, str, JsonObject]]:
    usual = ", ".join(sorted(USUAL))
    events = (
        'The first message is `{"subscribe": ["retry", …]}`; without one, these are sent: '
        f"{usual}. Then come messages `{{event, time, data}}`; `response_chunk` has the pieces of answers. A session "
        "of the page also says its `csrf`."
    )
    yield "/api/v1/events", "get", _socket("events", "What happens, as it happens", events, "read")
    talk = " ".join((ChatSocket.__doc__ or "").split())
    yield "/api/v1/chat/socket", "get", _socket("chat_socket", "Several chats at once", talk, "chat")


def _socket(name: str, summary: str, description: str, scope: str) -> JsonObject:
    return {
        "operationId": name,
        "tags": ["sockets"],
        "summary": summary,
        "description": f"{description} Needs the scope `{scope}`.",
        "security": [{"key": []}, {"session": []}],
        "responses": {
            "101": {"description": "The socket is open."},
            "default": {"description": "Closed: 4401 for who may not, 4400 for a message that cannot be read."},
        },
    }


def _metrics() -> Iterator[tuple[str, str, JsonObject]]:
    operation: JsonObject = {
        "operationId": "get_metrics",
        "tags": ["server"],
        "summary": "What is measured, in Prometheus's text format",
        "description": "Calls, tokens, cost, times and errors. Needs the scope `observe`.",
        "security": [{"key": []}, {"session": []}],
        "responses": {
            "200": {"description": "It went well.", "content": {"text/plain": {"schema": {"type": "string"}}}},
            "default": {"description": "It did not."},
        },
    }
    yield "/metrics", "get", operation


def _webhooks() -> JsonObject:
    """What webhooks of the settings are sent, an event each."""
    return {kind.name: {"post": _webhook(kind.name, kind.__doc__ or "")} for kind in get_args(Notice)}


def _webhook(name: str, said: str) -> JsonObject:
    text: JsonObject = {"type": "string"}
    properties: JsonObject = {
        "id": text,
        "type": {"const": name},
        "timestamp": {"type": "number"},
        "data": {"type": "object"},
    }
    schema: JsonObject = {"type": "object", "properties": properties, "required": [*properties]}
    signed = "Signed as standardwebhooks.com says: `webhook-id`, `webhook-timestamp`, `webhook-signature`."
    return {
        "operationId": f"webhook_{name}",
        "tags": ["webhooks"],
        "summary": " ".join(said.split()),
        "description": signed,
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {"2XX": {"description": "Taken. What is not taken is sent again."}},
    }
