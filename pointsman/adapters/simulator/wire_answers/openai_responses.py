"""Turns as OpenAI's Responses API writes them: items, reasoning with encrypted content, freeform calls, searches.

Source: platform.openai.com/docs/api-reference/responses and /responses-streaming.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

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
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text

_ECHOED: dict[str, Json] = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "service_tier": "default",
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}
"""What an answer says of its request, and what it says where the request said nothing."""


def whole(turn: Turn) -> JsonObject:
    """The body of an answer."""
    cut = turn.response.finish_reason is Finish.LENGTH
    filtered = turn.response.finish_reason is Finish.CONTENT_FILTER
    why = "max_output_tokens" if cut else "content_filter" if filtered else None
    return {
        **_response_head(turn),
        "status": "completed" if why is None else "incomplete",
        "incomplete_details": None if why is None else {"reason": why},
        "output": [*_items(turn)],
        "usage": _usage(turn),
    }


def _response_head(turn: Turn) -> JsonObject:
    echoed = {name: turn.body.get(name) or usual for name, usual in _ECHOED.items()}
    if turn.body.get("store") is False:
        echoed["store"] = False
    return {
        "id": turn.response.id,
        "object": "response",
        "created_at": turn.now,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "model": turn.response.model,
        "output": [],
        "reasoning": turn.body.get("reasoning") or {"effort": None, "summary": None},
        "usage": None,
        **echoed,
    }


def _items(turn: Turn) -> Iterator[JsonObject]:
    """The items; texts and refusals that stand together are one message."""
    content: list[Json] = []
    for number, part in enumerate(turn.parts):
        if isinstance(part, (Text, Refusal)):
            content.append(_content_part(part))
            continue
        if content:
            yield _message(turn, number, content)
            content = []
        yield from _item(turn, number, part)
    if content:
        yield _message(turn, len(turn.parts), content)


def _content_part(part: Text | Refusal) -> JsonObject:
    if isinstance(part, Refusal):
        return {"type": "refusal", "refusal": part.text}
    return {"type": "output_text", "text": part.text, "annotations": [], "logprobs": []}


def _message(turn: Turn, number: int, content: list[Json]) -> JsonObject:
    head = {"id": _id("msg", turn, number), "type": "message", "status": "completed", "role": "assistant"}
    return {**head, "content": content}


def _id(prefix: str, turn: Turn, number: int) -> str:
    return f"{prefix}_{turn.response.id.removeprefix('resp_')}_{number}"


def _item(turn: Turn, number: int, part: WirePart) -> Iterator[JsonObject]:
    match part:
        case Reasoning(text, state):
            summary: list[Json] = [{"type": "summary_text", "text": text}] if text else []
            item: JsonObject = {"id": _id("rs", turn, number), "type": "reasoning", "summary": summary}
            if "reasoning.encrypted_content" in as_list(turn.body.get("include")):
                item["encrypted_content"] = ENCRYPTED if state is None else state.data
            yield item
        case ToolCall(id, name, arguments):
            call: JsonObject = {"call_id": id, "name": name, "arguments": arguments}
            yield {"id": _id("fc", turn, number), "type": "function_call", "status": "completed", **call}
        case FreeformCall(id, name, text):
            call = {"call_id": id, "name": name, "input": text}
            yield {"id": _id("ctc", turn, number), "type": "custom_tool_call", "status": "completed", **call}
        case WebSearch(_, query, results):
            action: JsonObject = {"type": "search", "query": query}
            if "web_search_call.action.sources" in as_list(turn.body.get("include")):
                action["sources"] = [{"type": "url", "url": url} for _, url in results]
            yield {"id": _id("ws", turn, number), "type": "web_search_call", "status": "completed", "action": action}
        case _:
            return


def _usage(turn: Turn) -> JsonObject:
    usage = turn.response.usage
    return {
        "input_tokens": usage.input or 0,
        "input_tokens_details": {"cached_tokens": usage.cached_input or 0},
        "output_tokens": usage.output or 0,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning or 0},
        "total_tokens": (usage.input or 0) + (usage.output or 0),
    }


def frames(turn: Turn) -> Iterator[bytes]:
    """The events of a stream, numbered."""
    for number, event in zip(count(), _events(turn), strict=False):
        yield named_frame({**event, "sequence_number": number})


def _events(turn: Turn) -> Iterator[JsonObject]:
    body = whole(turn)
    yield {"type": "response.created", "response": _response_head(turn)}
    yield {"type": "response.in_progress", "response": _response_head(turn)}
    for index, item in enumerate(map(as_object, as_list(body["output"]))):
        yield {"type": "response.output_item.added", "output_index": index, "item": _empty(item)}
        place: JsonObject = {"output_index": index, "item_id": item["id"]}
        for event in _inside(item, turn):
            yield {**event, **place}
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    yield {"type": f"response.{as_text(body['status'])}", "response": body}


_EMPTY: dict[str, Json] = {"content": [], "summary": [], "arguments": "", "input": ""}


def _empty(item: JsonObject) -> JsonObject:
    """An item as it begins."""
    begun = {name: _EMPTY.get(name, value) for name, value in item.items()}
    return {**begun, "status": "in_progress"} if "status" in item else begun


def _inside(item: JsonObject, turn: Turn) -> Iterator[JsonObject]:
    match item["type"]:
        case "message":
            for at, part in enumerate(map(as_object, as_list(item["content"]))):
                yield from ({**event, "content_index": at} for event in _content(part, turn))
        case "reasoning":
            for at, part in enumerate(map(as_object, as_list(item["summary"]))):
                yield from ({**event, "summary_index": at} for event in _summary(part, turn))
        case "function_call":
            yield from _deltas("response.function_call_arguments", "arguments", as_text(item["arguments"]), turn)
        case "custom_tool_call":
            yield from _deltas("response.custom_tool_call_input", "input", as_text(item["input"]), turn)
        case "web_search_call":
            for state in ("in_progress", "searching", "completed"):
                yield {"type": f"response.web_search_call.{state}"}
        case _:
            return


def _deltas(name: str, field: str, text: str, turn: Turn) -> Iterator[JsonObject]:
    for piece in turn.pieces(text):
        yield {"type": f"{name}.delta", "delta": piece}
    yield {"type": f"{name}.done", field: text}


def _content(part: JsonObject, turn: Turn) -> Iterator[JsonObject]:
    field = "refusal" if part["type"] == "refusal" else "text"
    name = "response.refusal" if field == "refusal" else "response.output_text"
    yield {"type": "response.content_part.added", "part": {**part, field: ""}}
    yield from _deltas(name, field, as_text(part[field]), turn)
    yield {"type": "response.content_part.done", "part": part}


def _summary(part: JsonObject, turn: Turn) -> Iterator[JsonObject]:
    yield {"type": "response.reasoning_summary_part.added", "part": {**part, "text": ""}}
    yield from _deltas("response.reasoning_summary_text", "text", as_text(part["text"]), turn)
    yield {"type": "response.reasoning_summary_part.done", "part": part}


OPENAI_RESPONSES = WireAnswers(whole, frames)
