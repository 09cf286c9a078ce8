"""Chat for the page and for programs: with or without a conversation, whole or as it comes, with tools."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Literal

import attrs
from returns.result import Failure, Result, Success
from starlette.responses import Response

from pointsman.adapters.web import views
from pointsman.adapters.web.allowed_models import find_allowed_models
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, invalid
from pointsman.adapters.web.caller import conversations_of, options_of, overrides_of
from pointsman.adapters.web.file_reading import FileInput, read_files
from pointsman.adapters.web.route_view import ExplanationView, explanation_view
from pointsman.adapters.web.streaming import EventStreamResponse
from pointsman.adapters.web.view_types import ResponseView
from pointsman.core.chat.event import Failed, StreamEvent
from pointsman.core.chat.message import Message, system, user
from pointsman.core.chat.part import Bytes, Image, Text
from pointsman.core.chat.request import ChatRequest, Thinking
from pointsman.core.chat.request_defaults import override
from pointsman.core.chat.response import ChatResponse, Warning
from pointsman.core.documents.document import Document
from pointsman.core.documents.document_error import DocumentFault
from pointsman.core.documents.quote import quote_document
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.json import dumps
from pointsman.core.money.amount import read_amount
from pointsman.core.prompts.personality import Personality
from pointsman.core.routing.policy import Explanation
from pointsman.services.app import App
from pointsman.services.conversations.branches import entries_up_to
from pointsman.services.documents.long_question import (
    PartReadingClient,
    ReadingLeave,
    check_leave,
    mention_files,
    plan_question,
    with_earlier,
)
from pointsman.services.documents.long_reading import ReadingPlan
from pointsman.services.ports.client import ChatClient, Client, ResponseStream
from pointsman.services.routing.outlook import outlook_of
from pointsman.services.tasks.off_loop import MANY_PIECES, estimate_off_loop, run_off_loop


@attrs.frozen(kw_only=True)
class ImageInput:
    """A picture: base64, and its media type such as `image/png`."""

    data: str
    media_type: str


@attrs.frozen(kw_only=True)
class MessageInput:
    """A message of text, which may be called `content`, too."""

    role: Literal["system", "user", "assistant"]
    text: str = ""
    content: str = ""


@attrs.frozen(kw_only=True)
class ChatInput:
    """What is asked: `text` (or `messages` before it), of `model` (`provider/model`, `auto`, or the default).

    `files` are read here, and shown to the model before `text`; recordings are heard by the model `transcriber`. What
    is too long for the model is refused with an estimate (`reading` of the error), and read by parts if `by_parts`
    allows it, or `parts_budget`, which says for how many dollars at most; a stream then tells how far that is.

    With `conversation` it goes on there, and is kept; `after` is the message that it follows where that is not the last
    one: another branch is begun there (empty: at the beginning), and a question at `after` is answered once more where
    nothing is asked. `tools` are names of tools of this server, which it runs. With
    the task `heal` it is routed by `error`, what a program printed when it failed.
    """

    text: str = ""
    messages: list[MessageInput] = attrs.field(factory=list)
    images: list[ImageInput] = attrs.field(factory=list)
    files: list[FileInput] = attrs.field(factory=list)
    transcriber: str = ""
    by_parts: bool = False
    parts_budget: str | None = None
    model: str = ""
    conversation: str | None = None
    after: str | None = None
    system: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "max"] | None = None
    tools: list[str] = attrs.field(factory=list)
    task: str | None = None
    error: str = ""
    tags: list[str] = attrs.field(factory=list)
    memory: bool = False
    stream: bool = False


@attrs.frozen(kw_only=True)
class ChatOutput:
    """The answer."""

    response: ResponseView


_MOST_TAGS, _LONGEST_WORD = 32, 200
"""Each stands in the call's record, and each may have a budget of its own."""


def request_of(call: AnyCall, asked: ChatInput, files: tuple[Text | Image, ...] = ()) -> Result[ChatRequest, LLMError]:
    """What is to be asked of the model, with the `files` that were read, or what is wrong with it."""
    if len(asked.tags) > _MOST_TAGS or any(len(one) > _LONGEST_WORD for one in (*asked.tags, asked.task or "")):
        return Failure(invalid(f"tags: more than {_MOST_TAGS}, or one or the task has over {_LONGEST_WORD} characters"))
    pictures: list[Image] = []
    for number, one in enumerate(asked.images):
        try:
            data = base64.b64decode(one.data, validate=True)
        except (binascii.Error, ValueError):
            return Failure(invalid(f"images[{number}].data: it is not base64"))
        pictures.append(Image(Bytes(data, one.media_type)))
    standing = (system(asked.system),) if asked.system else ()
    before = tuple(Message(one.role, user(one.text or one.content).parts) for one in asked.messages)
    shown = (*pictures, *files)
    last = (user(*shown, *([asked.text] if asked.text else [])),) if asked.text or shown else ()
    again = asked.conversation is not None and bool(asked.after)
    if not before and not last and not again:
        return Failure(invalid("text: there is nothing to ask"))
    effort = asked.reasoning_effort
    request = ChatRequest(
        asked.model,
        (*standing, *before, *last),
        temperature=asked.temperature,
        top_p=asked.top_p,
        max_tokens=asked.max_tokens,
        thinking=Thinking(effort, show=True) if effort else None,
        options=attrs.evolve(options_of(call.caller, asked.task, asked.tags), error=asked.error),
    )
    return Success(override(request, overrides_of(call.site, call.caller)))


@attrs.frozen
class _ChatQuestion:
    """What was `asked`, as it goes to the model, and how it is read by parts where that is to be."""

    asked: ChatInput
    request: ChatRequest
    leave: ReadingLeave
    """What reading by parts may cost."""
    plan: ReadingPlan | None = None


async def chat(call: ApiCall[ChatInput, object]) -> Result[ChatOutput, LLMError] | Response:
    """Ask; with `stream` the answer is server-sent events."""
    asked: ChatInput = call.body
    made = await _read_question(call, asked)
    if isinstance(made, Failure):
        return Failure(made.failure())
    question = made.unwrap()
    if asked.stream:
        hold = call.context.open_connections.hold(call.caller, "chat")
        return EventStreamResponse(_frames(call, question), hold, lambda error: frame(Failed(error, ChatResponse())))
    with call.site.running.lease() as app:
        client = _client(call, app, question)
        if asked.conversation is None:
            answer: Result[ChatResponse, LLMError] = await settle(client.chat(question.request))
        else:
            talks = conversations_of(call.caller, app.manager).through(client, _BESIDE)
            answer = await settle(talks.ask(asked.conversation, question.request, asked.after))
        return answer.map(lambda response: ChatOutput(response=views.response(response)))


async def _read_request(call: AnyCall, asked: ChatInput) -> Result[ChatRequest, LLMError]:
    """As `_read_question`, without files."""
    return (await _read_question(call, asked)).map(lambda question: question.request)


async def _read_question(call: AnyCall, asked: ChatInput) -> Result[_ChatQuestion, LLMError]:
    """As `request_of`, with the files, off the event loop where there is much; and only what the caller may ask."""
    allowed, leave = await _find_allowed(call, asked), _read_leave(asked)  # before anything is heard for money
    if isinstance(allowed, Failure):
        return Failure(allowed.failure())
    if isinstance(leave, Failure):
        return Failure(leave.failure())
    read = await read_files(call, asked.files, asked.transcriber)
    if isinstance(read, Failure):
        return Failure(read.failure())
    documents = read.unwrap()
    shown = tuple(part for document in documents for part in quote_document(document))
    made = await run_off_loop(lambda: request_of(call, asked, shown), large=len(asked.messages) > MANY_PIECES)
    if isinstance(made, Failure):
        return Failure(made.failure())
    request = made.unwrap()
    await estimate_off_loop(request)
    request = attrs.evolve(request, options=attrs.evolve(request.options, allowed_models=allowed.unwrap()))
    question = _ChatQuestion(asked, request, leave.unwrap())
    return await _fit_documents(call, question, documents, len(asked.images) + len(shown))


def _read_leave(asked: ChatInput) -> Result[ReadingLeave, LLMError]:
    """What reading by parts may cost: `parts_budget` in dollars, where it is there."""
    if asked.parts_budget is None:
        return Success(ReadingLeave(is_given=asked.by_parts))
    budget = read_amount(asked.parts_budget)
    return budget.map(lambda usd: ReadingLeave(budget=usd)).alt(lambda said: invalid(f"parts_budget: {said}"))


async def _fit_documents(
    call: AnyCall, question: _ChatQuestion, documents: Sequence[Document], shown: int
) -> Result[_ChatQuestion, LLMError]:
    """The question whole, or by parts where it is too long for that and somebody allows what that costs."""
    request = question.request
    with call.site.running.lease() as app:
        heard = await _after_earlier(call, question, app) if documents else Success(request)
        if isinstance(heard, Failure):
            return Failure(heard.failure())
        planned = await plan_question(app.manager, heard.unwrap(), documents, shown)
    if isinstance(planned, Failure):
        error = planned.failure()
        return Failure(invalid(f"files: {error}") if isinstance(error, DocumentFault) else error)
    plan = planned.unwrap()
    if plan is None:
        return Success(question)
    by_parts = attrs.evolve(question, request=mention_files(request, plan), plan=plan)
    return check_leave(plan, question.leave).map(lambda _: by_parts)


async def _after_earlier(call: AnyCall, question: _ChatQuestion, app: App) -> Result[ChatRequest, LLMError]:
    """The request, after the latest words of its conversation."""
    id, after = question.asked.conversation, question.asked.after
    if id is None:
        return Success(question.request)
    found = await settle(conversations_of(call.caller, app.manager).get(id))
    before = found.map(lambda talk: talk.branch if after is None else entries_up_to(talk, after))
    return before.map(lambda entries: with_earlier(question.request, entries))


async def _find_allowed(call: AnyCall, asked: ChatInput) -> Result[tuple[str, ...], LLMError]:
    """Which models may answer; or why this may not be asked: a tool that is not there, a model that is closed."""
    missing = [name for name in asked.tools if name not in call.site.tools]
    if missing:
        known = ", ".join(sorted(call.site.tools)) or "none"
        return Failure(invalid(*(f"tools: there is no tool {name!r}; there are {known}" for name in missing)))
    with call.site.running.lease() as app:
        return await find_allowed_models(app, call.caller.key, asked.model)


_BESIDE = 1000


def _client(call: AnyCall, app: App, question: _ChatQuestion) -> ChatClient:
    asked = question.asked
    if question.plan is not None:
        notes = _unheard(asked)
        return PartReadingClient(manager=app.manager, plan=question.plan, leave=question.leave, warnings=notes)
    client: Client = app.client
    personality = app.settings.personality
    if asked.memory or personality != Personality():
        client = app.manager.enhanced(personality=personality, memories=5 if asked.memory else 0, budget=_BESIDE)
    if asked.tools:
        tools = [call.site.tools[name] for name in dict.fromkeys(asked.tools)]
        client = attrs.evolve(app.manager.tooled(*tools), inner=client)
    return client


def _unheard(asked: ChatInput) -> tuple[Warning, ...]:
    """What is asked for and plays no part where files are read by parts."""
    unheard = (("images", asked.images), ("tools", asked.tools), ("memory", asked.memory))
    return tuple(Warning(name, "it plays no part where files are read by parts") for name, value in unheard if value)


async def _frames(call: AnyCall, question: _ChatQuestion) -> AsyncGenerator[bytes, None]:
    async with _answer(call, question) as events:
        async for event in events:
            yield frame(event)


@asynccontextmanager
async def asked_stream(call: AnyCall, asked: ChatInput) -> AsyncIterator[AsyncIterator[StreamEvent]]:
    """The answer to `asked` as it comes; what is wrong with it is its end."""
    made = await _read_question(call, asked)
    if isinstance(made, Failure):
        async with aclosing(_only(Failed(made.failure(), ChatResponse()))) as events:
            yield events
        return
    async with _answer(call, made.unwrap()) as events:
        yield events


@asynccontextmanager
async def _answer(call: AnyCall, question: _ChatQuestion) -> AsyncIterator[AsyncIterator[StreamEvent]]:
    asked = question.asked
    with call.site.running.lease() as app:
        client = _client(call, app, question)
        stream: ResponseStream
        if asked.conversation is None:
            stream = client.stream(question.request)
        else:
            talks = conversations_of(call.caller, app.manager).through(client, _BESIDE)
            stream = talks.stream(asked.conversation, question.request, asked.after)
        async with stream as events:
            yield events


async def _only(event: StreamEvent) -> AsyncGenerator[StreamEvent, None]:
    yield event


def frame(event: StreamEvent) -> bytes:
    """One server-sent event."""
    name, data = views.event(event)
    return b"event: %s\ndata: %s\n\n" % (name.encode(), dumps(data))


async def explain(call: ApiCall[ChatInput, object]) -> Result[ExplanationView, LLMError]:
    """Where it would go. Nobody is asked, so files are not read."""
    if call.body.files:
        return Failure(invalid("files: none are read here; leave them out"))
    made = await _read_request(call, call.body)
    if isinstance(made, Failure):
        return made
    with call.site.running.lease() as app:
        found = await settle(app.manager.explain(made.unwrap()))
        return found.map(
            lambda one: explanation_view(one, outlook_of(app.manager.planner, made.unwrap(), _models(one)))
        )


def _models(explained: Explanation) -> tuple[str, ...]:
    return tuple(one.model for one in (*explained.ranked, *explained.passed_over))


ENDPOINTS = (
    ApiEndpoint(
        method="POST",
        path="/api/v1/chat",
        summary="Ask a model; with `stream` the answer is server-sent events",
        run=chat,
        scope="chat",
        streams=True,
    ),
    ApiEndpoint(
        method="POST",
        path="/api/v1/route/explain",
        summary="Say where a request would go; nobody is asked",
        run=explain,
        scope="chat",
    ),
)
