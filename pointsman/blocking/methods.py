"""Async services as plain ones. Written by `tools/write_blocking.py`: do not edit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TypeVar

import attrs

from pointsman.blocking.bridge import Bridge
from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import StreamEvent
from pointsman.core.chat.message import Message
from pointsman.core.chat.options import PLAIN, CallOptions
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.collection import SimilarText
from pointsman.core.conversations.conversation import ChatParameters, Conversation, Dialogue, Entry
from pointsman.core.memory import Memory, MemoryScope, Recalled
from pointsman.core.models.model import ModelInfo
from pointsman.core.money.budget import Account, Balance
from pointsman.core.money.usage_report import GroupBy, UsageRow
from pointsman.core.routing.experiment import VariantResult
from pointsman.core.routing.policy import Explanation
from pointsman.services.collections import Collections, Growth
from pointsman.services.conversations.conversation_service import _ALL, _DEFAULTS, Conversations
from pointsman.services.manager import Estimate, Manager
from pointsman.services.ports.client import ChatClient, Client, Ping, StreamRequest, TokenCount
from pointsman.services.ports.conversation_store import ConversationPage, ConversationQuery
from pointsman.services.ports.memory_store import MemoryStore
from pointsman.services.typed.typed_answer import TypedAnswer
from pointsman.services.typed.typed_stream import Partial

_Value = TypeVar("_Value")


@attrs.frozen
class ChatMethods:
    """The methods of `ChatClient`: plain, and what fails is raised."""

    source: ChatClient
    bridge: Bridge

    def chat(self, request: ChatRequest) -> ChatResponse:
        """The whole answer."""
        return self.bridge.run(lambda: self.source.chat(request))

    def stream(self, request: ChatRequest) -> AbstractContextManager[Iterator[StreamEvent]]:
        """The answer as it is made; ends in exactly one of `Done` and `Failed`."""
        return self.bridge.stream(lambda: self.source.stream(request))


@attrs.frozen
class ClientMethods:
    """The methods of `Client`: plain, and what fails is raised."""

    source: Client
    bridge: Bridge

    def forget_models(self) -> None:
        """Drop the cached model list, if there is one."""
        return self.bridge.run_plain(lambda: self.source.forget_models())

    def chat(self, request: ChatRequest) -> ChatResponse:
        """The whole answer."""
        return self.bridge.run(lambda: self.source.chat(request))

    def stream(self, request: StreamRequest) -> AbstractContextManager[Iterator[StreamEvent]]:
        """The answer as it is made; ends in exactly one of `Done` and `Failed`.

        A prompt is continued in the same events, of which only text is the continuation.
        """
        return self.bridge.stream(lambda: self.source.stream(request))

    def complete(self, request: CompletionRequest) -> Completion:
        """Continue a prompt."""
        return self.bridge.run(lambda: self.source.complete(request))

    def embed(self, request: EmbeddingRequest) -> EmbeddingResponse:
        """Vectors of one or many texts, sent in as many batches as the provider needs."""
        return self.bridge.run(lambda: self.source.embed(request))

    def transcribe(self, request: TranscriptionRequest) -> Transcription:
        """The words in recorded speech."""
        return self.bridge.run(lambda: self.source.transcribe(request))

    def models(self, *, detailed: bool = False, use_cache: bool = True) -> tuple[ModelInfo, ...]:
        """The models there are. With `detailed`, all the provider can tell of each, at the price of more calls."""
        return self.bridge.run(lambda: self.source.models(detailed=detailed, use_cache=use_cache))

    def ping(self) -> Ping:
        """Ask for the cheapest thing the provider has. Being down is an answer (`ok=False`), not a failure."""
        return self.bridge.run(lambda: self.source.ping())

    def count_tokens(self, request: ChatRequest) -> TokenCount:
        """Input tokens, by the provider's own count where it has one, else an estimate marked as such."""
        return self.bridge.run(lambda: self.source.count_tokens(request))


@attrs.frozen
class ManagerMethods(ClientMethods):
    """The methods of `Manager`: plain, and what fails is raised."""

    source: Manager

    def forget_models(self) -> None:
        """As `Client.forget_models`."""
        return self.bridge.run_plain(lambda: self.source.forget_models())

    def continue_conversation(self, id: str, text: str, model: str = "", options: CallOptions = PLAIN) -> ChatResponse:
        """The answer to `text` in the conversation `id`, which keeps both. See `conversations` for more."""
        return self.bridge.run(lambda: self.source.continue_conversation(id, text, model, options))

    def ask(self, request: ChatRequest, returns: type[_Value], *, repairs: int = 1) -> TypedAnswer[_Value]:
        """The answer to `request` as a value of the type `returns`; `InvalidResponse` lists what does not fit."""
        return self.bridge.run(lambda: self.source.ask(request, returns, repairs=repairs))

    def ask_stream(
        self, request: ChatRequest, returns: type[_Value], *, repairs: int = 1
    ) -> AbstractContextManager[Iterator[Partial | TypedAnswer[_Value]]]:
        """As `ask`, as it comes: what is there so far, as JSON, and at the end the answer or the failure."""
        return self.bridge.stream(lambda: self.source.ask_stream(request, returns, repairs=repairs))

    def learn(self, id: str, *, model: str = "", tenant: str = "") -> tuple[Memory, ...]:
        """Have a model note what the conversation `id` says that is worth remembering, and keep that."""
        return self.bridge.run(lambda: self.source.learn(id, model=model, tenant=tenant))

    def explain(self, request: ChatRequest) -> Explanation:
        """Where `request` would go and why; nobody is asked, and nobody's turn is taken."""
        return self.bridge.run(lambda: self.source.explain(request))

    def estimate(self, request: ChatRequest) -> Estimate:
        """What `request` should cost, before it is made."""
        return self.bridge.run(lambda: self.source.estimate(request))

    def report(
        self, by: GroupBy = "model", since: float | None = None, until: float | None = None
    ) -> tuple[UsageRow, ...]:
        """The usage records from `since` to `until` (Unix seconds), counted up by `by`."""
        return self.bridge.run(lambda: self.source.report(by, since, until))

    def compare(self) -> tuple[VariantResult, ...]:
        """How the variants of the experiments have done."""
        return self.bridge.run(lambda: self.source.compare())

    def balances(self, options: CallOptions = PLAIN) -> tuple[tuple[Account, Balance], ...]:
        """What is spent of the budgets that are for everybody, and of those that `options` has accounts in."""
        return self.bridge.run(lambda: self.source.balances(options))


@attrs.frozen
class ConversationMethods:
    """The methods of `Conversations`: plain, and what fails is raised."""

    source: Conversations
    bridge: Bridge

    def create(
        self,
        *,
        id: str = "",
        system: str = "",
        title: str = "",
        tags: tuple[str, ...] = (),
        parameters: ChatParameters = _DEFAULTS,
        folder: str = "",
    ) -> Conversation:
        """A new, empty conversation; under an `id` of one's own, which must be new, or one that is made up."""
        return self.bridge.run(
            lambda: self.source.create(
                id=id, system=system, title=title, tags=tags, parameters=parameters, folder=folder
            )
        )

    def get(self, id: str) -> Dialogue:
        """The conversation with all its entries."""
        return self.bridge.run(lambda: self.source.get(id))

    def find(self, query: ConversationQuery) -> ConversationPage:
        """A page of conversations, the latest first."""
        return self.bridge.run(lambda: self.source.find(query))

    def folders(self) -> tuple[str, ...]:
        """The folders that conversations are in, by name."""
        return self.bridge.run(lambda: self.source.folders())

    def count(self, query: ConversationQuery = _ALL) -> int:
        """How many conversations there are that `query` asks for, whatever its limit."""
        return self.bridge.run(lambda: self.source.count(query))

    def add_message(self, id: str, message: Message) -> Entry:
        """Keep `message` at the end of the conversation `id`, without asking anybody."""
        return self.bridge.run(lambda: self.source.add_message(id, message))

    def context(self, id: str, max_tokens: int) -> tuple[Message, ...]:
        """The messages of the conversation `id` as a model would be told them, fitted to `max_tokens` (an estimate).

        The instructions, the summary where there is one, and the latest turns; `ContextTooLarge` where the latest turn
        alone does not fit. Nobody is asked.
        """
        return self.bridge.run(lambda: self.source.context(id, max_tokens))

    def rename(self, id: str, title: str) -> Conversation:
        """Give it another title."""
        return self.bridge.run(lambda: self.source.rename(id, title))

    def edit(self, id: str, change: Callable[[Conversation], Conversation]) -> Conversation:
        """Change what is known of it beside its entries: title, folder, parameters, …"""
        return self.bridge.run(lambda: self.source.edit(id, change))

    def switch_branch(self, id: str, entry: str) -> Conversation:
        """Go on with the branch of `entry`, at its end: that is what a model is told from now on."""
        return self.bridge.run(lambda: self.source.switch_branch(id, entry))

    def delete(self, id: str) -> None:
        """Delete it, for good."""
        return self.bridge.run(lambda: self.source.delete(id))

    def fork(self, id: str, at: str | None = None) -> Conversation:
        """A new conversation of the entries up to and with `at`, of its branch only (default: all, of all branches)."""
        return self.bridge.run(lambda: self.source.fork(id, at))

    def add(self, dialogue: Dialogue) -> Conversation:
        """Keep a conversation that was exported; under a new id if there is one with its id."""
        return self.bridge.run(lambda: self.source.add(dialogue))

    def ask(self, id: str, request: ChatRequest, after: str | None = None) -> ChatResponse:
        """The answer to `request`, whose messages are what is new, with the conversation before it.

        `after` is the entry that it follows, where that is not the last one: another branch begins there, and is gone
        on with; the empty text begins the conversation anew. Without messages what stands at `after` is asked again.
        Where the answer cannot be kept, it stands in the `response` of the error.
        """
        return self.bridge.run(lambda: self.source.ask(id, request, after))

    def stream(
        self, id: str, request: ChatRequest, after: str | None = None
    ) -> AbstractContextManager[Iterator[StreamEvent]]:
        """As `ask`, as it comes."""
        return self.bridge.stream(lambda: self.source.stream(id, request, after))


@attrs.frozen
class MemoryMethods:
    """The methods of `MemoryStore`: plain, and what fails is raised."""

    source: MemoryStore
    bridge: Bridge

    def remember(self, memory: Memory) -> None:
        """Keep `memory`; one with the same id is replaced."""
        return self.bridge.run(lambda: self.source.remember(memory))

    def recall(
        self, text: str, k: int, scope: MemoryScope, now: float, vector: tuple[float, ...] = ()
    ) -> tuple[Recalled, ...]:
        """The `k` memories in `scope` that fit `text` (whose `vector` may be known) best.

        `pointsman.core.memory.recalled` ranks them.
        """
        return self.bridge.run(lambda: self.source.recall(text, k, scope, now, vector))

    def all(self, scope: MemoryScope) -> tuple[Memory, ...]:
        """All memories in `scope`, the latest first."""
        return self.bridge.run(lambda: self.source.all(scope))

    def forget(self, id: str) -> bool:
        """Delete one; says whether it was there."""
        return self.bridge.run(lambda: self.source.forget(id))

    def forget_user(self, user: str) -> int:
        """Delete all that is remembered for `user`, and say how many there were."""
        return self.bridge.run(lambda: self.source.forget_user(user))

    def forget_before(self, before: float) -> int:
        """Delete all that was remembered before `before` (Unix seconds), whoever's it is; says how many."""
        return self.bridge.run(lambda: self.source.forget_before(before))


@attrs.frozen
class CollectionMethods:
    """The methods of `Collections`: plain, and what fails is raised."""

    source: Collections
    bridge: Bridge

    def add(self, name: str, texts: Mapping[str, str], model: str = "") -> Growth:
        """Keep `texts`, by their ids, in the collection `name`; one that is there with the same text costs nothing.

        `model` (`provider/model`) makes the vectors of a new collection; empty is the default. What was embedded before
        a failure is kept. Fails with `InvalidRequest` where the collection was made with another model.
        """
        return self.bridge.run(lambda: self.source.add(name, texts, model))

    def search(self, name: str, text: str, k: int = 5) -> tuple[SimilarText, ...]:
        """The `k` texts of the collection `name` that mean most nearly what `text` means, the best first.

        Fails with `InvalidRequest` where there is no such collection.
        """
        return self.bridge.run(lambda: self.source.search(name, text, k))
