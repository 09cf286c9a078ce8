"""An answer that is a value of a type: the schema goes out, the text comes back, and may be mended once.

A dialect may write the schema in another form (see `pointsman.core.schema.strict`); here the answer is read back, so
`value` is what was asked for, while the text of the `response` stays as the model gave it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import Message, user
from pointsman.core.chat.part import ToolCall
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.tool import ResponseSchema
from pointsman.core.effect import settle
from pointsman.core.error import ChatError, InvalidRequest, InvalidResponse
from pointsman.core.json import Json
from pointsman.core.schema.of_type import schema_of
from pointsman.core.schema.strict import Strict, with_object_root
from pointsman.services.ports.client import ChatClient

_Value = TypeVar("_Value")


class Structure(Protocol):
    """Port: JSON text to a value of a type, or every problem with it by its path."""

    def __call__(self, text: str, kind: Any, read: Callable[[Json], Json] | None) -> Result[Any, tuple[str, ...]]:
        """`text` as a `kind`, once `read` (if any) has brought its JSON to the form of the type's own schema."""
        ...


@attrs.frozen
class TypedAnswer(Generic[_Value]):
    """The value, and the response that it was read from."""

    value: _Value
    response: ChatResponse


async def typed_answer(
    client: ChatClient, structure: Structure, request: ChatRequest, kind: type[_Value], repairs: int = 1
) -> Result[TypedAnswer[_Value], ChatError]:
    """The answer to `request` as a `kind`; told its problems, the model may try `repairs` times again."""
    prepared = with_schema(request, kind)
    if isinstance(prepared, Failure):
        return Failure(prepared.failure())
    asked, strict = prepared.unwrap()
    for left in range(repairs, -1, -1):
        result = await settle(client.chat(asked))
        if isinstance(result, Failure):
            return Failure(result.failure())
        response = result.unwrap()
        read = structure(response.text, kind, strict.unwrap)
        if isinstance(read, Success):
            return Success(TypedAnswer(read.unwrap(), response))
        if not left:
            return Failure(unfit(response, read.failure()))
        asked = reproached(asked, response, read.failure())
    raise AssertionError("a range that ends at 0 has a last round")


def with_schema(request: ChatRequest, kind: Any) -> Result[tuple[ChatRequest, Strict], InvalidRequest]:
    """`request` that asks for a `kind`, and how its answer is read back."""
    described = schema_of(kind)
    if isinstance(described, Failure):
        problem = f"returns: {described.failure()}"
        return Failure(InvalidRequest(detail=problem, problems=(problem,), local=True))
    strict = with_object_root(described.unwrap())
    schema = ResponseSchema(strict.schema, name=_name(kind), rewritable=True)
    return Success((attrs.evolve(request, response_schema=schema), strict))


def reproached(asked: ChatRequest, response: ChatResponse, problems: tuple[str, ...]) -> ChatRequest:
    """`asked` once more, with what is wrong with `response`."""
    return attrs.evolve(asked, messages=(*asked.messages, *_said(response), user(_reproach(problems))))


def _said(response: ChatResponse) -> tuple[Message, ...]:
    """The answer as it may stand before a reproach: not an empty one, and no calls that nobody has answered."""
    if not response.text:
        return ()
    return (Message("assistant", tuple(part for part in response.parts if not isinstance(part, ToolCall))),)


def _name(kind: Any) -> str:
    name = getattr(kind, "__name__", "answer")
    return "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in name)[:60] or "answer"


def _reproach(problems: tuple[str, ...]) -> str:
    listed = "\n".join(f"- {problem}" for problem in problems)
    return f"That does not fit the schema ($ is the whole answer):\n{listed}\nAnswer again, with JSON that fits."


def unfit(response: ChatResponse, problems: tuple[str, ...]) -> InvalidResponse:
    """The error that lists what does not fit, each problem with its path."""
    return InvalidResponse(
        detail=f"the answer does not fit: {'; '.join(problems[:3])}",
        problems=problems,
        provider=response.provider or None,
        model=response.model or None,
    )
