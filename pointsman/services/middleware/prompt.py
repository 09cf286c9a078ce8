"""Middleware: puts together the instructions above a request, within a budget, and tells the caller what went in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Generic

import attrs
from returns.result import Result, Success

from pointsman.core.chat.message import system
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
from pointsman.services.ports.client import CHAT, Client, Error_co
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.memory_store import MemoryStore
from pointsman.services.streams.event_stream import EventStream


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
    """What is added to the system messages of a request, in at most `budget` tokens (an estimate).

    In this order: the request's own instructions (always whole), the `personality`, at most `memories` of what is
    remembered that fits the last user message, the time (UTC) and the list of tools. Memories are those of the
    request's tenant and conversation, and those that are for everybody; if they cannot be read, the request goes
    without, and the answer has a warning.
    """

    store: MemoryStore
    clock: Clock
    personality: Personality | Persona = Personality()
    memories: int = 0
    time: bool = False
    tools: bool = False
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
            Section(name="time", text=f"It is {now}." if self.time else "", rank=2),
            Section(name="tools", text=_list_tools(request) if self.tools else "", rank=4, cuttable=True),
        )
        text, pieces = assemble(sections, self.budget, estimate_text)
        rest = tuple(message for message in request.messages if message.role != "system")
        messages = (system(text), *rest) if text else rest
        return Prepared(
            attrs.evolve(request, messages=messages), pieces, _memories_with_room(found, pieces, text), lost
        )

    def _personality(self, request: ChatRequest) -> Personality:
        one = self.personality
        return one.current(request.options.conversation) if isinstance(one, Persona) else one

    async def _recall(self, request: ChatRequest) -> Result[tuple[Recalled, ...], ChatError]:
        if not self.memories:
            return Success(())
        asked = next((message.text for message in reversed(request.messages) if message.role == "user"), "")
        scope = MemoryScope(user=request.options.tenant, conversation=request.options.conversation)
        return await settle(self.store.recall(asked, self.memories, scope, self.clock.now()))


@attrs.frozen
class Enhanced(ChatMiddleware[Error_co], Generic[Error_co]):
    """A client that asks `inner` with the instructions that `enhancer` puts together.

    What went in stands in `prompt` of the response, the memories among it in `recalled`.
    """

    inner: Client[Error_co]
    enhancer: PromptEnhancer

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, Error_co]:
        """As `Client.chat`."""
        prepared = await self.enhancer.prepare(request)
        return (await self.inner.call(CHAT, prepared.request)).map(prepared.tell)

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """As `Client.stream`."""
        prepared = await self.enhancer.prepare(request)
        stream = await self.inner.open(prepared.request)
        stream.map_response(prepared.tell)
        return stream


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
