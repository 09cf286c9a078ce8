"""What came as Ollama's chat, generate or embed, passed on with the name of its model and nothing else put in. Pure."""

from __future__ import annotations

from pointsman.adapters.dialects.dialect import Passthrough, Target, WireRequest
from pointsman.core.json import JsonObject


def forward_chat(body: JsonObject, target: Target, stream: bool) -> WireRequest:
    """A client's chat on its way."""
    return WireRequest("/api/chat", _address_to(body, target, stream))


def forward_completion(body: JsonObject, target: Target, stream: bool) -> WireRequest:
    """A client's text to go on with on its way."""
    return WireRequest("/api/generate", _address_to(body, target, stream))


def forward_embedding(body: JsonObject, target: Target, stream: bool) -> WireRequest:
    """A client's texts to be embedded on their way; the older endpoint has one `prompt`."""
    path = "/api/embeddings" if "prompt" in body and "input" not in body else "/api/embed"
    return WireRequest(path, {**body, "model": target.model})


def _address_to(body: JsonObject, target: Target, stream: bool) -> JsonObject:
    """`body` with the model's name. Who says nothing of streaming is streamed to."""
    addressed: JsonObject = {**body, "model": target.model}
    if stream is not (body.get("stream") is not False):
        addressed["stream"] = stream
    return addressed


def has_end(frames: bytes) -> bool:
    """Whether the last line says that it is done."""
    last = frames.rstrip().rpartition(b"\n")[2]
    return b'"done":true' in last or b'"done": true' in last


PASSTHROUGH = Passthrough(has_end=has_end)
