"""What the laws of the dialects are stated over: texts, schemas, tools, calls, usage and messages. Knows no dialect.

Every strategy gives values that any dialect can carry; what only some can (reasoning, opaque state, refusals) is
chosen by arguments. Texts have no lone surrogates, for JSON in UTF-8 has none.
"""

from __future__ import annotations

import string

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pointsman.adapters.dialects.media_types import picture_type
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Bytes, File, Image, Opaque, Part, Reasoning, Text, ToolCall, ToolResult, Url
from pointsman.core.chat.tool import ForcedTool, ResponseSchema, Tool, ToolChoice
from pointsman.core.chat.usage import Usage
from pointsman.core.json import Json, JsonObject, dumps_text
from pointsman.testing.laws.responses import texts as texts

full_texts: SearchStrategy[str] = texts.filter(bool)
plain_texts: SearchStrategy[str] = st.text(string.ascii_letters + string.digits + " .,!?", min_size=1, max_size=40)
names: SearchStrategy[str] = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=20)
ids: SearchStrategy[str] = st.text(string.ascii_letters + string.digits, min_size=4, max_size=16).map("call_".__add__)
counts: SearchStrategy[int] = st.integers(0, 2_000_000)
temperatures: SearchStrategy[float] = st.floats(0, 1, allow_nan=False, width=32)
"""0 to 1, which every dialect takes."""

json_values: SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e15, 1e15) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
json_objects: SearchStrategy[JsonObject] = st.dictionaries(texts, json_values, max_size=4)


def _object_schema(properties: dict[str, Json]) -> JsonObject:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_leaf_schemas: SearchStrategy[Json] = st.sampled_from(["string", "integer", "number", "boolean"]).map(
    lambda kind: {"type": kind}
)
json_schemas: SearchStrategy[JsonObject] = st.dictionaries(
    names, _leaf_schemas | _leaf_schemas.map(lambda items: {"type": "array", "items": items}), max_size=3
).map(_object_schema)

tools: SearchStrategy[Tool] = st.builds(Tool, names, texts, json_schemas, strict=st.sampled_from([None, True, False]))
tool_lists: SearchStrategy[tuple[Tool, ...]] = st.lists(tools, max_size=3, unique_by=lambda tool: tool.name).map(tuple)
response_schemas: SearchStrategy[ResponseSchema] = st.builds(
    ResponseSchema,
    json_schemas,
    name=names,
    description=st.none() | full_texts,
    strict=st.sampled_from([None, True, False]),
)
arguments: SearchStrategy[str] = json_objects.map(dumps_text)
"""The arguments of a call as canonical, compact JSON of an object."""
usages: SearchStrategy[Usage] = st.builds(
    lambda fresh, cached, written, answer, reasoning: Usage(
        fresh + cached + written, answer + reasoning, cached, written, reasoning
    ),
    counts,
    counts,
    counts,
    counts,
    counts,
)
"""Usage with every count known and every part within its whole."""

pictures: SearchStrategy[Bytes] = st.builds(
    Bytes, st.binary(min_size=1, max_size=24), st.sampled_from(["image/png", "image/jpeg", "image/webp"])
).filter(lambda picture: picture_type(picture) == picture.media_type)
"""Under their right labels: a wrong one is set right on the way."""
addresses: SearchStrategy[str] = names.map(lambda name: f"https://example.com/{name}.png")
images: SearchStrategy[Image] = st.builds(Image, pictures | addresses.map(Url))
pdfs: SearchStrategy[File] = st.builds(
    File,
    st.builds(Bytes, st.binary(min_size=1, max_size=24), st.just("application/pdf")),
    name=names.map(lambda name: f"{name}.pdf"),
)


def tool_choices(given: tuple[Tool, ...]) -> SearchStrategy[ToolChoice | None]:
    """None, a mode, or one of the tools `given`; None alone where there are no tools."""
    forced: list[ToolChoice | None] = [None, "auto", "none", "required"]
    return st.sampled_from([*forced, *(ForcedTool(tool.name) for tool in given)]) if given else st.none()


def opaques(origin: str, kind: str) -> SearchStrategy[Opaque]:
    """Opaque state of one origin and kind."""
    return st.builds(Opaque, st.just(origin), st.just(kind), names)


def tool_calls(state: SearchStrategy[Opaque | None] | None = None) -> SearchStrategy[ToolCall]:
    """Calls with an id and canonical arguments."""
    return st.builds(ToolCall, ids, names, arguments, state=st.none() if state is None else state)


def call_lists(state: SearchStrategy[Opaque | None] | None = None) -> SearchStrategy[tuple[ToolCall, ...]]:
    """Up to three parallel calls with different ids."""
    return st.lists(tool_calls(state), max_size=3, unique_by=lambda call: call.id).map(tuple)


def system_messages() -> SearchStrategy[Message]:
    """One text above the conversation."""
    return full_texts.map(lambda text: Message("system", (Text(text),)))


def user_messages(extra: SearchStrategy[Part] | None = None) -> SearchStrategy[Message]:
    """Texts and pictures, and what `extra` gives, in any order."""
    kinds: SearchStrategy[Part] = full_texts.map(Text) | images
    content = st.lists(kinds if extra is None else kinds | extra, min_size=1, max_size=3)
    return content.map(lambda parts: Message("user", tuple(parts)))


def answers(
    reasoning: SearchStrategy[Reasoning] | None = None,
    state: SearchStrategy[Opaque | None] | None = None,
    text: SearchStrategy[str] = full_texts,
) -> SearchStrategy[tuple[Part, ...]]:
    """The parts of an answer in the order models give them: reasoning, one text, calls; at least one of them."""
    thoughts = st.just(()) if reasoning is None else st.lists(reasoning, max_size=1).map(tuple)
    said = st.lists(text.map(Text), max_size=1).map(tuple)
    parts = st.builds(_joined, thoughts, said, call_lists(state))
    return parts.filter(lambda parts: any(isinstance(part, (Text, ToolCall)) for part in parts))


def _joined(thoughts: tuple[Part, ...], said: tuple[Part, ...], calls: tuple[Part, ...]) -> tuple[Part, ...]:
    return (*thoughts, *said, *calls)


def turns(answer: SearchStrategy[tuple[Part, ...]]) -> SearchStrategy[tuple[Message, ...]]:
    """A user's message, the answer, and where it calls tools, their results in one tool message each."""
    return st.builds(_turn, user_messages(), answer, texts)


def _turn(question: Message, answer: tuple[Part, ...], result: str) -> tuple[Message, ...]:
    calls = [part for part in answer if isinstance(part, ToolCall)]
    results = [Message("tool", (ToolResult(call.id, call.name, (Text(result),)),)) for call in calls]
    return (question, Message("assistant", answer), *results)
