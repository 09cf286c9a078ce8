"""Every field that the vendors' own SDKs can send is known to the strict simulator, at every level."""

from __future__ import annotations

import collections.abc
import types
import typing
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
import typing_extensions
from anthropic.types.beta.message_create_params import MessageCreateParamsNonStreaming as BetaMessage
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming as StableMessage
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from openai.types.completion_create_params import CompletionCreateParamsNonStreaming as Completion
from openai.types.embedding_create_params import EmbeddingCreateParams
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming

from pointsman.adapters.simulator.vendors.anthropic_shapes import MESSAGE
from pointsman.adapters.simulator.vendors.body_schema import Shape, problems
from pointsman.adapters.simulator.vendors.openai_chat_shapes import CHAT, COMPLETION, EMBEDDING
from pointsman.adapters.simulator.vendors.openai_responses import RESPONSE

_BODIES: dict[str, tuple[Any, Shape]] = {
    "openai chat": (CompletionCreateParamsStreaming, CHAT),
    "openai completion": (Completion, COMPLETION),
    "openai embedding": (EmbeddingCreateParams, EMBEDDING),
    "openai responses": (ResponseCreateParamsNonStreaming, RESPONSE),
    "anthropic": (StableMessage, MESSAGE),
    "anthropic beta": (BetaMessage, MESSAGE),
}
_HEADERS = ("betas", "anthropic_version")
"""What the SDK takes as a parameter and sends as a header."""
_DEEP = 7


def _bodies(kind: Any) -> Iterator[Any]:
    """Bodies of the SDK's type `kind`: each field in turn beside those that are needed, each member of a union."""
    for value in _values(kind, _DEEP):
        yield {name: inner for name, inner in value.items() if name not in _HEADERS}


def _values(kind: Any, depth: int) -> Iterator[Any]:
    origin: Any = typing.get_origin(kind)
    inside = typing.get_args(kind)
    if typing_extensions.is_typeddict(kind):
        yield from _objects(kind, depth)
    elif origin in (typing.Union, types.UnionType):
        for member in inside:
            yield from _values(member, depth)
    elif origin in (typing.Annotated, typing.Required, typing.NotRequired, typing_extensions.Required):
        yield from _values(inside[0], depth)
    elif origin is typing.Literal:
        yield from inside
    elif origin in (list, collections.abc.Iterable, collections.abc.Sequence):
        yield from ([item] for item in _values(inside[0], depth))
    elif origin in (dict, collections.abc.Mapping):
        yield {}
    else:
        yield from _plain(kind)


def _plain(kind: Any) -> Iterator[Any]:
    usual = {str: "AAAA", int: 2048, float: 1.0, bool: True, type(None): None, object: {}}
    if kind in usual:
        yield usual[kind]


def _objects(kind: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth == 0:
        return
    fields = typing_extensions.get_type_hints(kind, include_extras=True)
    needed = {name for name, hint in fields.items() if typing.get_origin(hint) in _NEEDED or name in _required(kind)}
    first = {name: value for name in sorted(needed) for value in islice(_values(fields[name], depth - 1), 1)}
    if first.keys() < needed:
        return
    yield first
    for name, hint in fields.items():
        yield from ({**first, name: value} for value in _values(hint, depth - 1))


_NEEDED: tuple[Any, ...] = (typing.Required, typing_extensions.Required)


def _required(kind: Any) -> frozenset[str]:
    return frozenset(kind.__required_keys__) if not kind.__total__ else frozenset()


@pytest.mark.parametrize("name", sorted(_BODIES))
def test_no_field_of_the_sdk_is_unknown(name: str) -> None:
    kind, shape = _BODIES[name]
    unknown, count = set(), 0
    for body in _bodies(kind):
        count += 1
        for problem in problems(shape, body):
            if problem.fault in ("unknown", "tag", "type", "choice"):
                steps = ".".join("*" if isinstance(step, int) else step for step in problem.steps)
                unknown.add(f"{problem.fault} {steps} {problem.value!r}"[:150])
    assert count > 4
    assert sorted(unknown) == []
