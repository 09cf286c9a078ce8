"""What the tests of this folder have in common: a target, and requests written and read."""

from __future__ import annotations

from typing import Any

from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import (
    ChatCall,
    Inbound,
    InboundCall,
    Quirks,
    Target,
    WireRequest,
    WriteFailure,
)
from pointsman.adapters.dialects.ollama import OLLAMA
from pointsman.core.chat.message import Message, user
from pointsman.core.chat.request import ChatRequest
from pointsman.core.error import InvalidRequest
from pointsman.core.json import JsonObject

TARGET = Target("ollama", "m", nonce="7f")
SAID: JsonObject = {"role": "user", "content": "hi"}
EMPTY: JsonObject = {"type": "object", "properties": {}}


def ask(*messages: Message, **fields: Any) -> ChatRequest:
    """A request of `messages`, of one where there are none."""
    return ChatRequest("m", messages or (user("hi"),), **fields)


def write_any(request: ChatRequest, **quirks: Any) -> WireRequest | WriteFailure:
    """What becomes of `request` at a provider with such quirks."""
    target = Target(TARGET.provider, TARGET.model, Quirks(**quirks), TARGET.nonce)
    return unwrap_or_failure(OLLAMA.chat.write_request(request, target, False))


def write(request: ChatRequest) -> dict[str, Any]:
    """The body of a request that can be written."""
    wire = write_any(request)
    assert isinstance(wire, WireRequest)
    assert wire.body is not None
    return wire.body


def warnings(request: ChatRequest) -> set[str]:
    """The subjects of the warnings that writing gives."""
    wire = write_any(request)
    assert isinstance(wire, WireRequest)
    return {warning.subject for warning in wire.warnings}


def read_any(**body: Any) -> ChatCall | InvalidRequest:
    """A body as a server reads it; without messages it has one."""
    return unwrap_or_failure(OLLAMA.chat.read_request(Inbound({"model": "m", "messages": [SAID], **body})))


def read(**body: Any) -> ChatCall:
    """A body that can be read."""
    call = read_any(**body)
    assert isinstance(call, InboundCall)
    return call


def untranslated(call: InboundCall[Any]) -> dict[str, bool]:
    """The paths of what was not read, and whether each is essential."""
    return {each.path: each.essential for each in call.untranslated}
