"""Typed answers for anybody's client: the structure by cattrs is put in here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from returns.result import Result

from pointsman.core.chat.request import ChatRequest
from pointsman.core.effect import effect
from pointsman.core.error import LLMError
from pointsman.core.json import Json
from pointsman.services.ports.client import ChatClient

if TYPE_CHECKING:
    from pointsman.services.typed.typed_answer import TypedAnswer

_Value = TypeVar("_Value")


@effect
async def ask_for(
    client: ChatClient, request: ChatRequest, returns: type[_Value], *, repairs: int = 1
) -> Result[TypedAnswer[_Value], LLMError]:
    """The answer of `client` to `request` as a value of the type `returns`; `InvalidResponse` lists what is wrong."""
    from pointsman.services.typed.typed_answer import typed_answer

    return await typed_answer(client, by_cattrs, request, returns, repairs)


def by_cattrs(text: str, kind: type[_Value], read: Callable[[Json], Json] | None) -> Result[_Value, tuple[str, ...]]:
    """See `pointsman.adapters.typed.structure`, which is loaded when it is needed."""
    from pointsman.adapters.typed.structure import structure_text

    return structure_text(text, kind, read)
