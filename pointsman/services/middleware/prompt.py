"""Middleware: puts together the instructions above a request, within a budget, and tells the caller what went in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Generic

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import Message, system
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Warning
from pointsman.core.chat.token_estimate import estimate_text
from pointsman.core.chat.tool import functions_of
from pointsman.core.effect import settle
from pointsman.core.error import ChatError
from pointsman.core.memory import MemoryScope, Recalled, describe_memories
from pointsman.core.prompts.personality import Personality, describe_personality
from pointsman.core.prompts.plan import PromptPiece, Section, assemble
from pointsman.services.event_bus import Publish, give_up, publish_nowhere
from pointsman.services.middleware.middleware import ChatMiddleware
from pointsman.services.persona import Persona
from pointsman.services.ports.client import CHAT, Calling, Client, Error_co, Opening
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.memory_store import MemoryStore
from pointsman.services.ports.tracer import NO_TRACER, Attribute, Tracer
from pointsman.services.streams.event_stream import EventStream
from pointsman.services.tasks.call_time import time_of
from pointsman.services.tracing import trace, trace_stream


@attrs.frozen
class Prepared:
    """A request with its instructions, what they are made of, the memories among them, and what was left out for a
    fault of ours."""

    request: ChatRequest
    pieces: tuple[PromptPiece, ...]
    recalled: tuple[Recalled, ...]
    warnings: tuple[Warning, ...]

    def tell(self, response: ChatResponse) -> ChatResponse:
        """`response`, which says what went in."""
        texts = tuple(one.memory.text for one in self.recalled)
        warnings = (*response.warnings, *self.warnings)
        return attrs.evolve(response, prompt=self.pieces, recalled=texts, warnings=warnings)


@attrs.frozen(kw_only=True)
class PromptEnhancer:
    """What is added to the messages of a request, in at most `budget` tokens (an estimate).

    To its instructions, in this order: these themselves (always whole), the `personality`, at most `memories` of what
    is remembered that fits the last user message, the `context`, the time (UTC) and the list of tools. Memories are
    those of the request's tenant and conversation, and those that are for everybody; if they cannot be read, the
    request goes without, and the answer has a warning. `user_context` goes before the last user message, in it; what
    providers have cached of the instructions stays of use when that changes.
    """

    store: MemoryStore
    clock: Clock
    personality: Personality | Persona = Personality()
    memories: int = 0
    time: bool = False
    tools: bool = False
    context: Mapping[str, str] = attrs.field(factory=dict)
    user_context: Mapping[str, str] = attrs.field(factory=dict)
    budget: int = 1000
    publish: Publish = publish_nowhere

    async def enhance(self, request: ChatRequest) -> tuple[ChatRequest, tuple[PromptPiece, ...], tuple[Recalled, ...]]:
        """The request, what became of each piece, and what was recalled of it."""
        prepared = await self.prepare(request)
        return prepared.request, prepared.pieces, prepared.recalled

    async def prepare(self, request: ChatRequest) -> Prepared:
        """As `enhance`, with warnings of what could not be added."""
        read = await self._recall(request)
        found, lost = read.value_or(()), give_up(read, "the memories", self.publish)
        standing = "\n\n".join(message.text for message in request.messages if message.role == "system")
        now = datetime.fromtimestamp(self.clock.now(), UTC).strftime("%A, %d %B %Y, %H:%M UTC")
        sections = (
            Section(name="system", text=standing, rank=0),
            Section(name="personality", text=describe_personality(self._personality(request)), rank=1),
            Section(name="memories", text=describe_memories(found) if found else "", rank=3, cuttable=True),
            Section(name="context", text=_list_context(self.context), rank=2, cuttable=True),
            Section(name="time", text=f"It is {now}." if self.time else "", rank=2),
            Section(name="tools", text=_list_tools(request) if self.tools else "", rank=4, cuttable=True),
        )
        text, pieces = assemble(sections, self.budget, estimate_text)
        rest, beside = self._add_user_context(tuple(m for m in request.messages if m.role != "system"), pieces)
        messages = (system(text), *rest) if text else rest
        recalled = _memories_with_room(found, pieces, text)
        return Prepared(attrs.evolve(request, messages=messages), (*pieces, *beside), recalled, lost)

    def _add_user_context(
        self, messages: tuple[Message, ...], pieces: tuple[PromptPiece, ...]
    ) -> tuple[tuple[Message, ...], tuple[PromptPiece, ...]]:
        """`messages` with the user's context in the last that a user said, in the room that `pieces` leave."""
        last = next((place for place in reversed(range(len(messages))) if messages[place].role == "user"), None)
        left = self.budget - sum(piece.tokens for piece in pieces if piece.name != "system") if last is not None else 0
        section = Section(name="user_context", text=_list_context(self.user_context), cuttable=True)
        text, beside = assemble((section,), left, estimate_text)
        if last is None or not text:
            return messages, beside
        said = messages[last]
        told = attrs.evolve(said, parts=(Text(text), *said.parts))
        return (*messages[:last], told, *messages[last + 1 :]), beside

    def _personality(self, request: ChatRequest) -> Personality:
        one = self.personality
        return one.current(request.options.conversation) if isinstance(one, Persona) else one

    async def _recall(self, request: ChatRequest) -> Result[tuple[Recalled, ...], ChatError]:
        if not self.memories:
            return Success(())
        asked = next((message.text for message in reversed(request.messages) if message.role == "user"), "")
        scope = MemoryScope(user=request.options.tenant, conversation=request.options.conversation)
        recall = self.store.recall(asked, self.memories, scope, self.clock.now())
        time = time_of(request, self.clock)
        if time.seconds is None:
            return await settle(recall)
        async with self.clock.limit(time.seconds):
            return await settle(recall)
        return Failure(time.late(request.model))


@attrs.frozen
class Enhanced(ChatMiddleware[Error_co], Generic[Error_co]):
    """A client that asks `inner` with the instructions that `enhancer` puts together.

    What went in stands in `prompt` of the response, the memories among it in `recalled`. A span holds what is looked up
    and the call.
    """

    inner: Client[Error_co]
    enhancer: PromptEnhancer
    tracer: Tracer = NO_TRACER

    def call_chat(self, request: ChatRequest) -> Calling[ChatResponse, Error_co]:
        """As `Client.chat`."""
        return trace(self.tracer, *_span(request), lambda: self._answer(request))

    async def _answer(self, request: ChatRequest) -> Result[ChatResponse, Error_co]:
        time = time_of(request, self.enhancer.clock)
        prepared = await self.enhancer.prepare(request)
        return (await self.inner.call(CHAT, time.share(prepared.request))).map(prepared.tell).alt(time.tell)

    def open_chat(self, request: ChatRequest) -> Opening:
        """As `Client.stream`."""
        return trace_stream(self.tracer, *_span(request), lambda: self._begin(request))

    async def _begin(self, request: ChatRequest) -> EventStream:
        time = time_of(request, self.enhancer.clock)
        prepared = await self.enhancer.prepare(request)
        stream = await self.inner.open(time.share(prepared.request))
        stream.map_response(prepared.tell)
        time.tell_end(stream)
        return stream


def _span(request: ChatRequest) -> tuple[str, dict[str, Attribute]]:
    """The name of the span around what is looked up and the call, and what it says."""
    return f"enhanced chat {request.model}".rstrip(), {"model": request.model}


def _list_context(context: Mapping[str, str]) -> str:
    lines = [f"- {name}: {text}" for name, text in context.items()]
    return "\n".join(("This may matter here:", *lines)) if lines else ""


def _list_tools(request: ChatRequest) -> str:
    lines = [f"- {tool.name}: {(tool.description.splitlines() or [''])[0]}" for tool in functions_of(request.tools)]
    return "\n".join(("You can use these tools:", *lines)) if lines else ""


def _memories_with_room(
    found: tuple[Recalled, ...], pieces: tuple[PromptPiece, ...], text: str
) -> tuple[Recalled, ...]:
    """The memories that had room."""
    fate = next((piece.fate for piece in pieces if piece.name == "memories"), "left_out")
    if fate == "cut":
        return tuple(one for one in found if f"- {one.memory.text}" in text)
    return found if fate == "whole" else ()
