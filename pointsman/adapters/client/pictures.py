"""The pictures of a chat in a form that its provider takes. It knows where pictures stand, not how one is changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import TypeAlias

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Bytes, Image, Part, ToolResult
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import Warning
from pointsman.core.error import InvalidRequest
from pointsman.core.images.image_facts import image_facts
from pointsman.services.tasks.off_loop import LARGE_BODY, run_off_loop

FitImage: TypeAlias = Callable[[Image], Awaitable[Result[Image, str]]]
"""A picture as the provider takes it: the very same where nothing speaks against it; a failure says why not."""


@attrs.frozen
class FittedChat:
    """A chat, and what its pictures lost."""

    request: ChatRequest
    warnings: tuple[Warning, ...] = ()


async def fit_pictures(request: ChatRequest, fit: FitImage, provider: str) -> Result[FittedChat, InvalidRequest]:
    """`request` with each of its pictures fitted, in messages and in results of tools."""
    changed: dict[int, Image] = {}
    warnings: list[Warning] = []
    for image in _pictures(request):
        fitted = unwrap_or_failure(await fit(image))
        if isinstance(fitted, str):
            problem = f"an image {fitted}"
            return Failure(InvalidRequest(detail=problem, problems=(problem,), provider=provider, model=request.model))
        if fitted is not image:
            changed[id(image)] = fitted
            if await _moves(image):
                warnings.append(Warning("image", f"{provider} takes no animations; the first picture was sent"))
    if not changed:
        return Success(FittedChat(request))
    messages = tuple(_with_pictures(message, changed) for message in request.messages)
    return Success(FittedChat(attrs.evolve(request, messages=messages), tuple(warnings)))


def _pictures(request: ChatRequest) -> Iterator[Image]:
    for message in request.messages:
        for part in message.parts:
            for one in part.content if isinstance(part, ToolResult) else (part,):
                if isinstance(one, Image) and isinstance(one.source, Bytes):
                    yield one


async def _moves(image: Image) -> bool:
    data = image.source.data if isinstance(image.source, Bytes) else b""
    facts = await run_off_loop(lambda: image_facts(data), large=len(data) > LARGE_BODY)
    return facts.map(lambda known: known.moves).value_or(False)


def _with_pictures(message: Message, changed: dict[int, Image]) -> Message:
    return attrs.evolve(message, parts=tuple(_replace(part, changed) for part in message.parts))


def _replace(part: Part, changed: dict[int, Image]) -> Part:
    if isinstance(part, ToolResult):
        content = tuple(changed.get(id(one), one) for one in part.content)
        return attrs.evolve(part, content=content)
    return changed.get(id(part), part)
