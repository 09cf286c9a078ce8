"""Turns as OpenAI's Chat Completions writes them: `n` choices, freeform calls, the usage at the end where it is asked.

Source: platform.openai.com/docs/api-reference/chat/object and /chat-streaming.
"""

from __future__ import annotations

from collections.abc import Iterator

from pointsman.adapters.simulator.wire_answers.answer_turn import FreeformCall, Turn, WireAnswers
from pointsman.core.chat.part import Refusal, ToolCall
from pointsman.core.chat.response import Finish, Other
from pointsman.core.json import Json, JsonObject, as_object, dumps, int_or_none

_FINISHES = {Finish.LENGTH: "length", Finish.TOOL_CALLS: "tool_calls", Finish.CONTENT_FILTER: "content_filter"}


def whole(turn: Turn) -> JsonObject:
    """The body of an answer."""
    choices: list[Json] = [
        {"index": index, "message": _message(turn), "logprobs": None, "finish_reason": _finish(turn)}
        for index in range(_count(turn))
    ]
    return {**_head(turn, "chat.completion"), "choices": choices, "usage": _usage(turn)}


def frames(turn: Turn) -> Iterator[bytes]:
    """The chunks of a stream, the choices one after the other."""
    told = as_object(turn.body.get("stream_options")).get("include_usage") is True
    head = {**_head(turn, "chat.completion.chunk"), **({"usage": None} if told else {})}
    for index in range(_count(turn)):
        for delta in _deltas(turn):
            yield _frame({**head, "choices": [_choice(index, delta, None)]})
        yield _frame({**head, "choices": [_choice(index, {}, _finish(turn))]})
    if told:
        yield _frame({**head, "choices": [], "usage": _usage(turn)})
    yield b"data: [DONE]\n\n"


def _frame(chunk: JsonObject) -> bytes:
    return b"data: " + dumps(chunk) + b"\n\n"


def _count(turn: Turn) -> int:
    return min(max(int_or_none(turn.body.get("n")) or 1, 1), 128)


def _head(turn: Turn, kind: str) -> JsonObject:
    return {
        "id": turn.response.id,
        "object": kind,
        "created": turn.now,
        "model": turn.response.model,
        "service_tier": "default",
        "system_fingerprint": "fp_simulated",
    }


def _choice(index: int, delta: JsonObject, finish: str | None) -> JsonObject:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}


def _finish(turn: Turn) -> str:
    finish = turn.response.finish_reason
    if isinstance(finish, Other):
        return finish.raw
    if any(isinstance(part, FreeformCall) for part in turn.parts):
        return "tool_calls"
    return _FINISHES.get(finish, "stop") if finish is not None else "stop"


def _calls(turn: Turn) -> list[JsonObject]:
    calls: list[JsonObject] = []
    for part in turn.parts:
        if isinstance(part, ToolCall):
            function: Json = {"name": part.name, "arguments": part.arguments}
            calls.append({"id": part.id, "type": "function", "function": function})
        elif isinstance(part, FreeformCall):
            calls.append({"id": part.id, "type": "custom", "custom": {"name": part.name, "input": part.input}})
    return calls


def _refusal(turn: Turn) -> str | None:
    return next((part.text for part in turn.parts if isinstance(part, Refusal)), None)


def _message(turn: Turn) -> JsonObject:
    """OpenAI shows no reasoning in a chat."""
    calls: list[Json] = [*_calls(turn)]
    content = turn.text or (None if calls or _refusal(turn) else "")
    said: JsonObject = {"role": "assistant", "content": content, "refusal": _refusal(turn), "annotations": []}
    return {**said, "tool_calls": calls} if calls else said


def _deltas(turn: Turn) -> Iterator[JsonObject]:
    refusal = _refusal(turn)
    yield {"role": "assistant", "content": None if _calls(turn) and not turn.text else "", "refusal": None}
    for piece in turn.pieces(turn.text):
        yield {"content": piece}
    for piece in turn.pieces(refusal or ""):
        yield {"refusal": piece}
    for index, call in enumerate(_calls(turn)):
        kind, field = ("custom", "input") if call["type"] == "custom" else ("function", "arguments")
        inner = as_object(call[kind])
        yield {"tool_calls": [{"index": index, **call, kind: {**inner, field: ""}}]}
        for piece in turn.pieces(str(inner[field])):
            yield {"tool_calls": [{"index": index, kind: {field: piece}}]}


def _usage(turn: Turn) -> JsonObject:
    usage, count = turn.response.usage, _count(turn)
    output = (usage.output or 0) * count
    return {
        "prompt_tokens": usage.input or 0,
        "completion_tokens": output,
        "total_tokens": (usage.input or 0) + output,
        "prompt_tokens_details": {"cached_tokens": usage.cached_input or 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning or 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


OPENAI_CHAT = WireAnswers(whole, frames)
