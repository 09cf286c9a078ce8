"""OpenAI's Responses API: what its body holds, and what no shape can say.

Source: platform.openai.com/docs/api-reference/responses; the messages of the 400s are those that its users have
reported.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from pointsman.adapters.simulator.vendors.body_schema import (
    FLAG,
    OBJECT,
    TEXT,
    Either,
    Items,
    Number,
    Shape,
    Table,
    Tagged,
    TextType,
    choice,
    maybe,
    record,
    union,
)
from pointsman.adapters.simulator.vendors.openai_chat import OPENAI_CHAT, readable_picture
from pointsman.adapters.simulator.vendors.openai_chat_shapes import (
    EFFORT,
    METADATA,
    MODERATION,
    SHARE,
    TEMPERATURE,
    TIERS,
    TOOL_NAME,
)
from pointsman.adapters.simulator.vendors.openai_responses_items import MESSAGE, OTHER_ITEM, TOOL
from pointsman.adapters.simulator.vendors.openai_words import refuse
from pointsman.adapters.simulator.vendors.vendor import RawRequest, Vendor, VendorRefusal
from pointsman.core.json import JsonObject, as_list, as_object, as_text, dumps_text

_SUMMARY = maybe(choice("auto", "concise", "detailed"))
_FORMAT = union(
    "type",
    text=record(),
    json_object=record(),
    json_schema=record({"name": TOOL_NAME, "schema": OBJECT}, description=TEXT, strict=maybe(FLAG)),
)
_HOSTED = (
    "file_search",
    "web_search",
    "web_search_preview",
    "computer",
    "computer_use_preview",
    "computer_use",
    "image_generation",
)
TOOL_CHOICE = Either(
    (
        choice("none", "auto", "required"),
        union(
            "type",
            function=record({"name": TEXT}),
            custom=record({"name": TEXT}),
            mcp=record({"server_label": TEXT}, name=maybe(TEXT)),
            allowed_tools=record({"mode": choice("auto", "required"), "tools": Items(OBJECT)}),
            **{name: record() for name in (*_HOSTED, "code_interpreter", "apply_patch", "shell")},
            **{name: record() for name in ("web_search_preview_2025_03_11", "programmatic_tool_calling")},
        ),
    )
)
ITEM = Tagged("type", {**OTHER_ITEM.members, "message": MESSAGE}, "message")
_INCLUDED = choice(
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
)
_COUNTED: dict[str, Shape] = {
    "conversation": maybe(Either((TEXT, record({"id": TEXT})))),
    "input": Either((TEXT, Items(ITEM))),
    "instructions": maybe(TEXT),
    "model": TEXT,
    "parallel_tool_calls": maybe(FLAG),
    "previous_response_id": maybe(TEXT),
    "reasoning": maybe(
        record(
            context=maybe(choice("auto", "current_turn", "all_turns")),
            effort=EFFORT,
            generate_summary=_SUMMARY,
            mode=TEXT,
            summary=_SUMMARY,
        )
    ),
    "text": record(format=_FORMAT, verbosity=maybe(choice("low", "medium", "high"))),
    "tool_choice": TOOL_CHOICE,
    "tools": Items(TOOL),
    "truncation": maybe(choice("auto", "disabled")),
}
COUNT = record(**_COUNTED)
RESPONSE = record(
    **_COUNTED,
    access_programs=record(cyber=TEXT),
    background=maybe(FLAG),
    client_metadata=maybe(Table(TEXT)),  # undocumented; Codex sends it, and is answered
    context_management=maybe(Items(record({"type": TEXT}, compact_threshold=maybe(Number(1, whole=True))))),
    image=record(context_compression=choice("auto", "enabled", "disabled")),
    include=maybe(Items(_INCLUDED)),
    max_output_tokens=maybe(Number(16, whole=True)),
    max_tool_calls=maybe(Number(1, whole=True)),
    metadata=METADATA,
    moderation=maybe(MODERATION),
    prompt=maybe(record({"id": TEXT}, variables=maybe(Table(Either((TEXT, OBJECT)))), version=maybe(TEXT))),
    prompt_cache_key=maybe(TEXT),
    prompt_cache_options=record(
        comparison_response_id=maybe(TEXT), mode=choice("implicit", "explicit"), prewarm=FLAG, ttl=choice("30m", "12h")
    ),
    prompt_cache_retention=maybe(choice("in_memory", "24h")),
    safety_identifier=maybe(TextType(most=64)),
    service_tier=maybe(choice(*TIERS, "ultrafast")),
    store=maybe(FLAG),
    stream=maybe(FLAG),
    stream_options=maybe(record(include_obfuscation=FLAG)),
    temperature=TEMPERATURE,
    top_logprobs=maybe(Number(0, 20, whole=True)),
    top_p=SHARE,
    user=TEXT,
)
_PREFIXES = {
    "function_call": "fc",
    "custom_tool_call": "ctc",
    "message": "msg",
    "reasoning": "rs",
    "web_search_call": "ws",
}
_CALLS = {"function_call": "function", "custom_tool_call": "custom tool"}


def _items(raw: RawRequest) -> list[JsonObject]:
    return [as_object(item) for item in as_list(raw.body.get("input"))]


def _ids(raw: RawRequest) -> Iterator[VendorRefusal]:
    """An id begins as its item's kind does, and stands once."""
    seen: set[str] = set()
    for at, item in enumerate(_items(raw)):
        id, prefix = as_text(item.get("id")), _PREFIXES.get(as_text(item.get("type")), "")
        if id and not id.startswith(prefix):
            begins = f"Expected an ID that begins with '{prefix}'."
            yield refuse(f"Invalid 'input[{at}].id': '{id}'. {begins}", f"input[{at}].id", "invalid_value")
        if id and id in seen:
            yield refuse(
                f"Duplicate item found with id {id}. Remove duplicate items from your input and try again.", "input"
            )
        seen.add(id)


def tool_order(raw: RawRequest) -> Iterator[VendorRefusal]:
    """Every call has its output and every output its call, where OpenAI keeps no earlier turn itself."""
    called: dict[str, str] = {}
    answered: set[str] = set()
    stored = any(raw.body.get(name) is not None for name in ("previous_response_id", "conversation"))
    for item in _items(raw):
        kind, call = as_text(item.get("type")), as_text(item.get("call_id"))
        if kind in _CALLS:
            if call in called:
                yield refuse(f"Duplicate call_id found in input: {call}.", "input")
            called[call] = _CALLS[kind]
        elif (what := _CALLS.get(kind.removesuffix("_output"))) is not None:
            if called.get(call) != what and not stored:
                yield refuse(f"No tool call found for {what} call output with call_id {call}.", "input")
            answered.add(call)
    for call, what in called.items():
        if call not in answered:
            yield refuse(f"No tool output found for {what} call {call}.", "input")


def _reasoning(raw: RawRequest) -> Iterator[VendorRefusal]:
    last = next(reversed(_items(raw)), {})
    if last.get("type") == "reasoning":
        alone = "was provided without its required following item."
        yield refuse(f"Item '{as_text(last.get('id'))}' of type 'reasoning' {alone}", "input")


def _pictures(raw: RawRequest) -> Iterator[VendorRefusal]:
    for at, item in enumerate(_items(raw)):
        for field in ("content", "output"):
            for number, part in enumerate(map(as_object, as_list(item.get(field)))):
                url = part.get("image_url")
                if part.get("type") == "input_image" and isinstance(url, str):
                    yield from readable_picture(url, f"input[{at}].{field}[{number}].image_url")


def _together(raw: RawRequest) -> Iterator[VendorRefusal]:
    """Fields that need or exclude one another."""
    body = raw.body
    if body.get("previous_response_id") is not None and body.get("conversation") is not None:
        both = "Mutually exclusive parameters. Ensure you are only providing one of: 'previous_response_id' or"
        yield refuse(f"{both} 'conversation'.", None, "mutually_exclusive_parameters")
    if body.get("input") in (None, "", []) and not any(body.get(name) for name in _STARTS):
        one = "One of 'input' or 'previous_response_id' or 'prompt' or 'conversation' must be provided."
        yield refuse(f"Missing required parameter: {one}", "input", "missing_required_parameter")
    if "model" not in body and body.get("prompt") is None:
        yield refuse("Missing required parameter: 'model'.", "model", "missing_required_parameter")
    if body.get("tool_choice") == "required" and not body.get("tools"):
        yield refuse("Tool choice 'required' must be specified with 'tools' parameter.", "tool_choice")


_STARTS = ("previous_response_id", "prompt", "conversation")


def _says_json(raw: RawRequest) -> Iterator[VendorRefusal]:
    wanted = as_object(as_object(raw.body.get("text")).get("format")).get("type")
    said = dumps_text([raw.body.get("input"), raw.body.get("instructions")]).lower()
    if wanted == "json_object" and "json" not in said:
        must = "Response input messages must contain the word 'json' in some form"
        yield refuse(f"{must} to use 'text.format' of type 'json_object'.", "input")


def _tool_choice(raw: RawRequest) -> Iterator[VendorRefusal]:
    """A tool that is forced has to be offered, in the request or by an earlier item of its input."""
    forced = as_object(raw.body.get("tool_choice"))
    kind = as_text(forced.get("type"))
    lists = [raw.body.get("tools"), *(item.get("tools") for item in _items(raw))]
    offered = [as_object(tool) for tools in lists for tool in as_list(tools)]
    if kind in ("function", "custom"):
        names = {as_text(tool.get("name")) for tool in offered if tool.get("type") == kind}
        if as_text(forced.get("name")) not in names:
            yield refuse(f"Tool choice '{kind}' not found in 'tools' parameter.", "tool_choice")


OPENAI_RESPONSES: Vendor = attrs.evolve(
    OPENAI_CHAT,
    name="openai-responses",
    paths={
        **OPENAI_CHAT.paths,
        "chat": r"(/v1|/openai/v1|/openai)/responses",
        "count": r"(/v1|/openai/v1|/openai)/responses/input_tokens",
    },
    shapes={**OPENAI_CHAT.shapes, "chat": RESPONSE, "count": COUNT},
    rules={
        "chat": (_together, _ids, tool_order, _reasoning, _pictures, _tool_choice, _says_json),
        "count": (_ids, _pictures),
    },
)
