"""A question with documents that are too long for the model: planned, allowed by who pays, and answered by parts.

The command line, the HTTP API and the page ask alike. It knows no format and no door.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from decimal import Decimal
from math import inf

import anyio
import attrs
from anyio.streams.memory import MemoryObjectSendStream
from returns.future import FutureResult
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Done, Failed, PartDone, StreamEvent, TextDelta
from pointsman.core.chat.message import Message, user
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Warning, response_of
from pointsman.core.documents.document import Document, join_documents
from pointsman.core.documents.document_error import DocumentFault
from pointsman.core.documents.quote import mention_document
from pointsman.core.documents.reading_prompts import SUMMARY
from pointsman.core.error import ChatError, ContextTooLarge, InvalidRequest
from pointsman.services.documents.long_reading import (
    DocumentAnswer,
    ReadingError,
    ReadingPlan,
    Tell,
    check_window,
    plan_reading,
    read_by_plan,
)
from pointsman.services.manager import Manager
from pointsman.services.ports.client import ResponseStream
from pointsman.services.tasks.together import background_tasks


@attrs.frozen(kw_only=True)
class ReadingLeave:
    """What who asks allows to be spent: anything, or at most `budget` dollars; without either, what costs nothing."""

    is_given: bool = False
    budget: Decimal | None = None


async def plan_question(
    manager: Manager, request: ChatRequest, documents: Sequence[Document], shown: int, window: int | None = None
) -> Result[ReadingPlan | None, ReadingError]:
    """How `request` is answered by parts; None where it fits whole, into `window` tokens, by default the model's.

    The first `shown` parts of its last message show `documents` and pictures, what stands after them is the question.
    Where no parts would fit either, that is the failure.
    """
    if not documents or isinstance(await check_window(manager, request, window), Success):
        return Success(None)
    template = attrs.evolve(request, messages=request.messages[:-1])
    words = [part.text for part in request.messages[-1].parts[shown:] if isinstance(part, Text)]
    task = "\n\n".join(words) or SUMMARY
    return await plan_reading(manager, join_documents(documents), task, template, window)


def check_leave(plan: ReadingPlan, leave: ReadingLeave) -> Result[None, ContextTooLarge]:
    """Whether it may be read as planned; the refusal has the estimate, in words and as numbers."""
    if plan.is_free or leave.is_given or leave.budget is not None:
        return Success(None)
    remedy = "Say `by_parts` to have it read so, or `parts_budget` to say what it may cost."
    said = str(plan)
    return Failure(ContextTooLarge(detail=said, remedy=remedy, limit=plan.window, reading=plan.estimate, local=True))


def mention_files(request: ChatRequest, plan: ReadingPlan) -> ChatRequest:
    """`request` as a conversation keeps it: the document is named in it, and the question stands."""
    asked = user(mention_document(plan.task.document), plan.task.task)
    return attrs.evolve(request, messages=(*request.messages[:-1], asked))


@attrs.frozen(kw_only=True)
class PartReadingClient:
    """A client whose answers are made of one document, by parts. Of what it is asked only the instructions are heard.

    So that a conversation keeps the turn as any other. Its stream tells how far the reading is (`ReadingProgress`).
    """

    manager: Manager = attrs.field(repr=False)
    plan: ReadingPlan
    leave: ReadingLeave = ReadingLeave(is_given=True)
    parallel: int = 4
    warnings: tuple[Warning, ...] = ()
    """What the answer is to tell beside its own: what of the question is not heard by parts."""

    def chat(self, request: ChatRequest) -> FutureResult[ChatResponse, ChatError]:
        """The whole answer."""
        return FutureResult(self._answer(request, lambda progress: None))

    def stream(self, request: ChatRequest) -> ResponseStream:
        """How far it is, then the answer, in one piece."""
        return self._scope(request)

    @asynccontextmanager
    async def _scope(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[StreamEvent]]:
        async with aclosing(self._events(request)) as events:
            yield events

    async def _events(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        sender, receiver = anyio.create_memory_object_stream[StreamEvent](inf)
        with sender, receiver:
            async with background_tasks() as group:
                group.start_soon(self._send_events, request, sender)
                async for event in receiver:
                    yield event

    async def _send_events(self, request: ChatRequest, sender: MemoryObjectSendStream[StreamEvent]) -> None:
        with sender:
            answer = unwrap_or_failure(await self._answer(request, sender.send_nowait))
            if not isinstance(answer, ChatResponse):
                sender.send_nowait(Failed(answer, response_of(answer) or ChatResponse()))
                return
            sender.send_nowait(TextDelta(answer.text))
            sender.send_nowait(PartDone(0, Text(answer.text)))
            sender.send_nowait(Done(answer))

    async def _answer(self, request: ChatRequest, tell: Tell) -> Result[ChatResponse, ChatError]:
        planned = await self._plan_for(request)
        if isinstance(planned, Failure):
            return Failure(_for_a_client(planned.failure()))
        budget = self.leave.budget
        read = await read_by_plan(self.manager, planned.unwrap(), parallel=self.parallel, budget=budget, tell=tell)
        return read.map(self._response).alt(_for_a_client)

    def _response(self, read: DocumentAnswer) -> ChatResponse:
        notes = (*read.response.warnings, *self.warnings)
        return attrs.evolve(read.response, parts=(Text(read.text),), warnings=notes)

    async def _plan_for(self, request: ChatRequest) -> Result[ReadingPlan, ReadingError]:
        """The plan, with the instructions of the conversation, and its name on every request."""
        task = self.plan.task
        template = attrs.evolve(task.template, options=request.options)
        instructions, rest = _instructions(request), task.template.messages
        if instructions == _instructions(task.template):
            return Success(attrs.evolve(self.plan, task=attrs.evolve(task, template=template)))
        said = tuple(message for message in rest if message.role != "system")
        template = attrs.evolve(template, messages=(*instructions, *said))
        return await plan_reading(self.manager, task.document, task.task, template, self.plan.window)


def _instructions(request: ChatRequest) -> tuple[Message, ...]:
    return tuple(message for message in request.messages if message.role == "system")


def _for_a_client(error: ReadingError) -> ChatError:
    """What is wrong with a document is wrong with what is asked."""
    if isinstance(error, DocumentFault):
        return InvalidRequest(detail=str(error), problems=(str(error),), local=True)
    return error
