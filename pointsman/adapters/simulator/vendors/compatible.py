"""Vendors who speak OpenAI's chat and are not OpenAI: what they take beside it, and what becomes of unknown fields.

Most ignore what they do not know (local servers among them); Mistral refuses it, with a 422 of its own. Source:
docs.mistral.ai/api, and the documentation that each provider's row names.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pointsman.adapters.simulator.http_request import ReceivedRequest
from pointsman.adapters.simulator.reply import Reply, json_reply
from pointsman.adapters.simulator.vendors.body_schema import (
    ANYTHING,
    COUNT,
    FLAG,
    OBJECT,
    TEXT,
    Either,
    Items,
    Number,
    Problem,
    Record,
    Shape,
    choice,
    maybe,
    record,
    union,
)
from pointsman.adapters.simulator.vendors.openai_chat import OPENAI_CHAT, tool_order
from pointsman.adapters.simulator.vendors.openai_chat_shapes import CHAT, TOOL_CHOICE, message
from pointsman.adapters.simulator.vendors.vendor import Vendor, VendorRefusal
from pointsman.core.json import Json

PREFIX = "/as/"
"""What a path begins with that is meant for one of these vendors: `/as/mistral/v1/chat/completions`."""

_PARTS = maybe(Either((TEXT, Items(OBJECT))))
_CALL = record(
    {"function": record({"name": TEXT, "arguments": Either((TEXT, OBJECT))})},
    id=TEXT,
    type=choice("function"),
    index=COUNT,
)
_MISTRAL: Shape = record(
    {
        "model": TEXT,
        "messages": Items(
            union(
                "role",
                system=record({"content": _PARTS}),
                user=record({"content": _PARTS}),
                assistant=record(content=_PARTS, tool_calls=maybe(Items(_CALL)), prefix=FLAG),
                tool=record({"content": _PARTS}, tool_call_id=maybe(TEXT), name=maybe(TEXT)),
            ),
            least=1,
        ),
    },
    temperature=maybe(Number(0, 1.5)),
    top_p=Number(0, 1),
    max_tokens=maybe(Number(0, whole=True)),
    stream=FLAG,
    stop=Either((TEXT, Items(TEXT))),
    random_seed=maybe(Number(0, whole=True)),
    metadata=maybe(OBJECT),
    response_format=OBJECT,
    tools=maybe(Items(OBJECT)),
    tool_choice=Either((choice("auto", "none", "any", "required"), OBJECT)),
    presence_penalty=Number(-2, 2),
    frequency_penalty=Number(-2, 2),
    n=maybe(Number(1, whole=True)),
    prediction=OBJECT,
    parallel_tool_calls=FLAG,
    prompt_mode=maybe(choice("reasoning")),
    reasoning_effort=maybe(TEXT),
    guardrails=maybe(ANYTHING),
    safe_prompt=FLAG,
)
_PYDANTIC = {"unknown": "extra_forbidden", "missing": "missing", "choice": "literal_error", "tag": "union_tag_invalid"}


def _say_mistral(problem: Problem) -> VendorRefusal:
    said = "Extra inputs are not permitted" if problem.fault == "unknown" else "Field required"
    if problem.fault not in ("unknown", "missing"):
        said = "Input should be valid"
    place = ".".join(("body", *map(str, problem.steps)))
    return VendorRefusal(message=said, status=422, param=place, code=_PYDANTIC.get(problem.fault, "value_error"))


def _write_mistral(refusal: VendorRefusal) -> Reply:
    steps: list[Json] = [int(step) if step.isdigit() else step for step in (refusal.param or "body").split(".")]
    detail: list[Json] = [{"type": refusal.code or "value_error", "loc": steps, "msg": refusal.message}]
    told: Json = {"object": "error", "message": {"detail": detail}, "type": "invalid_request_error"}
    return json_reply(told, refusal.status)


_TAKEN: Mapping[str, Shape] = {
    "messages": Items(message(TEXT), least=1),
    "reasoning": OBJECT,
    "thinking": OBJECT,
    "tool_choice": Either((*TOOL_CHOICE.options, TEXT)),
    "max_tokens": maybe(Number(whole=True)),
    "max_completion_tokens": maybe(Number(whole=True)),
}
_LENIENT = attrs.evolve(
    OPENAI_CHAT,
    name="compatible",
    paths=dict.fromkeys(OPENAI_CHAT.paths, ".*"),
    shapes={**OPENAI_CHAT.shapes, "chat": Record({**CHAT.fields, **_TAKEN}, CHAT.required)},
    rules={"chat": (tool_order,)},
    ignores_unknown=True,
)
_VENDORS: Mapping[str, Vendor] = {
    "mistral": attrs.evolve(
        _LENIENT,
        name="mistral",
        shapes={**OPENAI_CHAT.shapes, "chat": _MISTRAL},
        says=_say_mistral,
        writes=_write_mistral,
        ignores_unknown=False,
    ),
}


def compatible(name: str) -> Vendor:
    """The vendor `name`; one that ignores what it does not know where nothing else is known of it."""
    return _VENDORS.get(name, _LENIENT)


def split_vendor(call: ReceivedRequest) -> tuple[str, ReceivedRequest]:
    """Which of these vendors `call` is meant for ("" for none), and the call without the prefix."""
    if not call.target.startswith(PREFIX):
        return "", call
    name, slash, rest = call.target.removeprefix(PREFIX).partition("/")
    return name, attrs.evolve(call, target=f"{slash}{rest}" or "/")
