"""Turns as Anthropic writes them: blocks, server tools and their results, usage by kind of cache write.

Source: platform.claude.com/docs/en/api/messages, …/build-with-claude/streaming and …/prompt-caching.
"""

from __future__ import annotations

from collections.abc import Iterator

from pointsman.adapters.simulator.tokens import tokens_of
from pointsman.adapters.simulator.wire_answers.answer_turn import (
    ENCRYPTED,
    FreeformCall,
    Turn,
    WebSearch,
    WireAnswers,
    WirePart,
    named_frame,
)
from pointsman.core.chat.part import Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.response import Finish
from pointsman.core.json import Json, JsonObject, dumps_text, loads

_STOPS = {Finish.LENGTH: "max_tokens", Finish.TOOL_CALLS: "tool_use", Finish.REFUSAL: "refusal"}


def whole(turn: Turn) -> JsonObject:
    """The body of an answer."""
    reason, sequence = _stop(turn)
    return {
        **_head(turn),
        "content": [*_blocks(turn)],
        "stop_reason": reason,
        "stop_sequence": sequence,
        "usage": _usage(turn),
    }


def frames(turn: Turn) -> Iterator[bytes]:
    """The events of a stream."""
    begun = {**_head(turn), "content": [], "stop_reason": None, "stop_sequence": None, "usage": _first_usage(turn)}
    yield named_frame({"type": "message_start", "message": begun})
    for index, block in enumerate(_blocks(turn)):
        empty, deltas = _open_block(block, turn)
        yield named_frame({"type": "content_block_start", "index": index, "content_block": empty})
        if index == 0:
            yield named_frame({"type": "ping"})
        for delta in deltas:
            yield named_frame({"type": "content_block_delta", "index": index, "delta": delta})
        yield named_frame({"type": "content_block_stop", "index": index})
    reason, sequence = _stop(turn)
    ended: Json = {"stop_reason": reason, "stop_sequence": sequence}
    yield named_frame({"type": "message_delta", "delta": ended, "usage": _usage(turn)})
    yield named_frame({"type": "message_stop"})


def _head(turn: Turn) -> JsonObject:
    return {"id": turn.response.id, "type": "message", "role": "assistant", "model": turn.response.model}


def _stop(turn: Turn) -> tuple[str, str | None]:
    """The reason, and the sequence that was hit: where a text ended early for no other reason."""
    finish = turn.response.finish_reason
    if not isinstance(finish, Finish):
        return (finish.raw if finish is not None else "end_turn"), None
    if finish is Finish.STOP and turn.stop_hit:
        return "stop_sequence", turn.stop_hit
    if any(isinstance(part, FreeformCall) for part in turn.parts):
        return "tool_use", None
    return _STOPS.get(finish, "end_turn"), None


def _blocks(turn: Turn) -> Iterator[JsonObject]:
    for part in turn.parts:
        yield from _block(part)


def _block(part: WirePart) -> Iterator[JsonObject]:
    match part:
        case Text(text) | Refusal(text):
            yield {"type": "text", "text": text}
        case Reasoning(text, state, redacted):
            data = "" if state is None else state.data
            if redacted:
                yield {"type": "redacted_thinking", "data": data}
            else:
                yield {"type": "thinking", "thinking": text, "signature": data or ENCRYPTED}
        case ToolCall(id, name, arguments):
            yield {"type": "tool_use", "id": id, "name": name, "input": loads(arguments).value_or({})}
        case FreeformCall(id, name, text):
            yield {"type": "tool_use", "id": id, "name": name, "input": {"input": text}}
        case WebSearch(id, query, results):
            hits: list[Json] = [_result(title, url) for title, url in results]
            yield {"type": "server_tool_use", "id": id, "name": "web_search", "input": {"query": query}}
            yield {"type": "web_search_tool_result", "tool_use_id": id, "content": hits}
        case _:
            return


def _result(title: str, url: str) -> JsonObject:
    hit: JsonObject = {"type": "web_search_result", "title": title, "url": url}
    return {**hit, "encrypted_content": f"{ENCRYPTED}{tokens_of(url)}", "page_age": None}


def _open_block(block: JsonObject, turn: Turn) -> tuple[JsonObject, Iterator[JsonObject]]:
    """A block as it begins, and the deltas that fill it."""
    match block:
        case {"type": "text", "text": str(text)}:
            return {**block, "text": ""}, ({"type": "text_delta", "text": piece} for piece in turn.pieces(text))
        case {"type": "thinking", "thinking": str(text), "signature": str(signature)}:
            return {**block, "thinking": "", "signature": ""}, _thought(text, signature, turn)
        case {"type": "tool_use" | "server_tool_use", "input": value}:
            text = dumps_text(value)
            deltas: Iterator[JsonObject] = (
                {"type": "input_json_delta", "partial_json": piece} for piece in ("", *turn.pieces(text))
            )
            return {**block, "input": {}}, deltas
        case _:
            return block, iter(())


def _thought(text: str, signature: str, turn: Turn) -> Iterator[JsonObject]:
    for piece in turn.pieces(text):
        yield {"type": "thinking_delta", "thinking": piece}
    yield {"type": "signature_delta", "signature": signature}


def _usage(turn: Turn) -> JsonObject:
    return {**_first_usage(turn), "output_tokens": turn.response.usage.output or 0, **_searches(turn)}


def _first_usage(turn: Turn) -> JsonObject:
    """What is known when an answer begins: the input, by what became of it in the cache."""
    use, total = turn.cache, turn.response.usage.input or 0
    return {
        "input_tokens": max(0, total - use.read - use.total_written),
        "cache_creation_input_tokens": use.total_written,
        "cache_read_input_tokens": use.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": use.written_5m,
            "ephemeral_1h_input_tokens": use.written_1h,
        },
        "output_tokens": 1,
        "service_tier": "standard",
    }


def _searches(turn: Turn) -> JsonObject:
    count = sum(isinstance(part, WebSearch) for part in turn.parts)
    return {"server_tool_use": {"web_search_requests": count}} if count else {}


ANTHROPIC = WireAnswers(whole, frames)
