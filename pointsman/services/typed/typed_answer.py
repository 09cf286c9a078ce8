"""An answer that is a value of a type: the schema goes out, the text comes back, and may be mended once.

A dialect may write the schema in another form (see `pointsman.core.schema.strict`); here the answer is read back, so
`value` is what was asked for, while the text of the `response` stays as the model gave it.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import Message, user
from pointsman.core.chat.part import ToolCall
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, place_error
from pointsman.core.chat.running_total import RunningTotal
from pointsman.core.chat.tool import ResponseSchema
from pointsman.core.chat.verdict import Verdict, judge
from pointsman.core.effect import settle
from pointsman.core.error import ChatError, ContentFiltered, InvalidRequest, InvalidResponse, invalid_request
from pointsman.core.schema.of_type import schema_of
from pointsman.core.schema.strict import Strict, with_object_root
from pointsman.services.ports.client import ChatClient
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.structure import Structure
from pointsman.services.tasks.call_time import CallTime, time_of

_Value = TypeVar("_Value")


@attrs.frozen
class TypedAnswer(Generic[_Value]):
    """The value, and the response that it was read from."""

    value: _Value
    response: ChatResponse


async def typed_answer(
    client: ChatClient,
    structure: Structure,
    request: ChatRequest,
    kind: type[_Value],
    repairs: int = 1,
    clock: Clock | None = None,
) -> Result[TypedAnswer[_Value], ChatError]:
    """The answer to `request` as a `kind`; told its problems, the model may try `repairs` times again.

    By `clock` the request's timeout is for all tries together; without one it is for each.
    """
    prepared = with_schema(request, kind)
    if isinstance(prepared, Failure):
        return Failure(prepared.failure())
    asked, strict = prepared.unwrap()
    question = TypedQuestion(asked, kind, strict, repairs, RunningTotal(), time_of(asked, clock))
    return await read_typed(client, structure, question, None)


@attrs.define
class TypedQuestion(Generic[_Value]):
    """What is asked, as what it is read, how often it may still be repaired, what that has come to so far, and in what
    time it must be answered."""

    request: ChatRequest
    kind: type[_Value]
    strict: Strict
    repairs: int
    total: RunningTotal
    time: CallTime


async def read_typed(
    client: ChatClient, structure: Structure, question: TypedQuestion[_Value], response: ChatResponse | None
) -> Result[TypedAnswer[_Value], ChatError]:
    """The answer in `response`, or, where there is none yet or it does not fit, in what `client` says next."""
    while True:
        if response is None:
            result = await settle(client.chat(question.time.share(question.request)))
            if isinstance(result, Failure):
                return Failure(question.total.blame(question.time.tell(result.failure())))
            response = result.unwrap()
        question.total.take(response)
        whole = question.total.put_on(response)
        unread = no_answer(response)
        if unread is not None:
            return Failure(attrs.evolve(unread, response=whole))
        read = structure(response.text, question.kind, question.strict.unwrap)
        if isinstance(read, Success):
            return Success(TypedAnswer(read.unwrap(), whole))
        if not response.is_cached and not question.repairs:
            return Failure(attrs.evolve(unfit(response, read.failure()), response=whole))
        question.request = _again(question, response, read.failure())
        response = None


def _again(question: TypedQuestion[Any], response: ChatResponse, problems: tuple[str, ...]) -> ChatRequest:
    """What is asked after a misfit, past the cache, which would say the same. What it said itself is no try."""
    options = question.request.options
    if options.cache == "use":
        options = attrs.evolve(options, cache="refresh")
    if response.is_cached:
        return attrs.evolve(question.request, options=options)
    question.repairs -= 1
    return attrs.evolve(reproach(question.request, response, problems), options=options)


def no_answer(response: ChatResponse) -> InvalidResponse | ContentFiltered | None:
    """Why `response` cannot be read as a value and asking the same again would not help; None where it can be tried."""
    match judge(response):
        case Verdict.CUT_OFF:
            problem = "the answer was cut off: it reached max_tokens or the end of the context; allow more max_tokens"
        case Verdict.PAUSED:
            problem = "the answer was cut off: the provider paused it"
        case Verdict.FILTERED:
            return place_error(ContentFiltered(detail="the answer was filtered"), response)
        case Verdict.REFUSED:
            said = response.refusal or response.text or "it does not say why"
            return place_error(ContentFiltered(detail=f"the model refuses: {said}", category="refusal"), response)
        case _:
            return None
    return place_error(InvalidResponse(detail=problem, problems=(problem,)), response)


def with_schema(request: ChatRequest, kind: Any) -> Result[tuple[ChatRequest, Strict], InvalidRequest]:
    """`request` that asks for a `kind`, and how its answer is read back."""
    described = schema_of(kind)
    if isinstance(described, Failure):
        problem = f"returns: {described.failure()}"
        return Failure(invalid_request(problem, request=request))
    strict = with_object_root(described.unwrap())
    schema = ResponseSchema(strict.schema, name=_name(kind), rewritable=True)
    return Success((attrs.evolve(request, response_schema=schema), strict))


def reproach(asked: ChatRequest, response: ChatResponse, problems: tuple[str, ...]) -> ChatRequest:
    """`asked` once more, with what is wrong with `response`."""
    return attrs.evolve(
        asked, messages=(*asked.messages, *_answer_before_reproach(response), user(_reproach(problems)))
    )


def _answer_before_reproach(response: ChatResponse) -> tuple[Message, ...]:
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
    detail = f"the answer does not fit: {'; '.join(problems[:3])}"
    return place_error(InvalidResponse(detail=detail, problems=problems), response)
