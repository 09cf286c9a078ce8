"""What a conversation says that is worth remembering: a model is asked, what is new is kept. Only when asked to."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import system, user
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.request import ChatRequest
from pointsman.core.conversations.conversation import Entry
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.memory import Memory, MemoryScope
from pointsman.core.words import words_of
from pointsman.services.ports.client import ChatClient
from pointsman.services.ports.clock import Clock, Random
from pointsman.services.ports.memory_store import MemoryStore
from pointsman.services.ports.structure import Structure
from pointsman.services.typed.typed_answer import typed_answer

INSTRUCTIONS = (
    "You read a conversation and note what is worth remembering about the user for later conversations: who they are, "
    "what they prefer, what they decided, names, dates, plans. Each fact is one sentence that can be understood alone. "
    "Leave out what was only said in passing, what the assistant said of itself, passwords and keys. Nothing is fine."
)
_MOST_CHARACTERS = 24_000


@attrs.frozen
class Fact:
    """What is worth remembering; `importance` is 0 to 1."""

    text: str
    importance: float = 0.5


@attrs.frozen
class Facts:
    """All that is worth remembering."""

    facts: list[Fact]


@attrs.frozen(kw_only=True)
class Learner:
    """Finds facts in conversations by `model` and keeps them in `store`."""

    client: ChatClient
    structure: Structure
    store: MemoryStore
    clock: Clock
    random: Random
    model: str = ""

    async def learn(self, entries: Sequence[Entry], tenant: str = "") -> Result[tuple[Memory, ...], LLMError]:
        """The memories that were made of `entries`, those of `tenant`; what is known already is not kept twice."""
        said = "\n".join(f"{one.message.role}: {one.message.text}" for one in entries if one.message.text)
        if not said:
            return Success(())
        request = ChatRequest(
            self.model,
            (system(INSTRUCTIONS), user(f"Conversation:\n{said[-_MOST_CHARACTERS:]}")),
            options=CallOptions(tenant=tenant, tags=("memory",)),
        )
        answer = await typed_answer(self.client, self.structure, request, Facts)
        if isinstance(answer, Failure):
            return Failure(answer.failure())
        known = await settle(self.store.all(MemoryScope(user=tenant)))
        if isinstance(known, Failure):
            return Failure(known.failure())
        return await self._keep(answer.unwrap().value, {words_of(one.text) for one in known.unwrap()}, tenant)

    async def _keep(
        self, found: Facts, known: set[tuple[str, ...]], tenant: str
    ) -> Result[tuple[Memory, ...], LLMError]:
        kept: list[Memory] = []
        for fact in found.facts:
            words = words_of(fact.text)
            if not words or words in known:
                continue
            known.add(words)
            made = Memory(
                id=self.random.new_id(),
                text=fact.text.strip(),
                created=self.clock.now(),
                importance=min(1.0, max(0.0, fact.importance)),
                user=tenant,
                tags=("learned",),
            )
            done = await settle(self.store.remember(made))
            if isinstance(done, Failure):
                return Failure(done.failure())
            kept.append(made)
        return Success(tuple(kept))
