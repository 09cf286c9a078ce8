"""The plain client of an open App: everything that the manager can do, and the services that it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import attrs
from anyio import to_thread
from returns.result import Success

from pointsman.blocking.bridge import Bridge
from pointsman.blocking.errors import exception_of
from pointsman.blocking.methods import (
    ChatMethods,
    ClientMethods,
    CollectionMethods,
    ConversationMethods,
    ManagerMethods,
    MemoryMethods,
)
from pointsman.core.chat.part import ToolCall
from pointsman.core.chat.request import ChatRequest
from pointsman.core.prompts.personality import Personality
from pointsman.core.settings import Settings
from pointsman.layers.app import Layers, open_app
from pointsman.layers.live import live
from pointsman.layers.loop_thread import loop_thread
from pointsman.layers.typed import ask_for
from pointsman.services.app import App
from pointsman.services.health import health
from pointsman.services.manager import NO_CONTEXT
from pointsman.services.persona import Persona
from pointsman.services.ports.client import Ping
from pointsman.services.ports.tools import ToolFunction
from pointsman.services.typed.typed_answer import TypedAnswer

_Value = TypeVar("_Value")


@attrs.frozen
class BlockingChat(ChatMethods):
    """A client that chats: with tools, say, or with instructions of its own."""

    def ask(self, request: ChatRequest, returns: type[_Value], *, repairs: int = 1) -> TypedAnswer[_Value]:
        """The answer to `request` as a value of the type `returns`; `InvalidResponse` lists what does not fit."""
        return self.bridge.run(lambda: ask_for(self.source, request, returns, repairs=repairs))


@attrs.frozen
class BlockingConversations(ConversationMethods):
    """Conversations: created, asked, streamed, forked, found."""

    def through(self, client: BlockingChat, beside: int = 0) -> BlockingConversations:
        """These conversations, answered by `client`, which adds up to `beside` tokens to what it is asked."""
        return BlockingConversations(self.source.through(client.source, beside), self.bridge)

    def owned_by(self, owner: str) -> BlockingConversations:
        """As `Conversations.owned_by`."""
        return BlockingConversations(self.source.owned_by(owner), self.bridge)


@attrs.frozen
class BlockingClient(ManagerMethods):
    """The manager of an open `App`, one plain method a question. Safe to share between threads."""

    app: App = attrs.field(kw_only=True)

    @property
    def conversations(self) -> BlockingConversations:
        """See `pointsman.Conversations`."""
        return BlockingConversations(self.source.conversations, self.bridge)

    @property
    def collections(self) -> CollectionMethods:
        """Texts that are found by what they mean."""
        return CollectionMethods(self.source.collections, self.bridge)

    @property
    def memories(self) -> MemoryMethods:
        """What is remembered."""
        return MemoryMethods(self.source.memories, self.bridge)

    @property
    def providers(self) -> Mapping[str, ClientMethods]:
        """The providers one by one, by name: their models, whether they answer, what they say without routing."""
        return {name: ClientMethods(client, self.bridge) for name, client in self.app.clients.items()}

    def health(self) -> tuple[Ping, ...]:
        """A ping of each provider, in the order of their names, all asked at the same time."""
        return self.bridge.run(lambda: health(self.app.clients, self.app.clock))

    def tooled(
        self,
        *tools: ToolFunction,
        approve: Callable[[ToolCall], bool] = lambda call: False,
        max_rounds: int = 8,
        max_calls: int = 16,
        parallel: int = 4,
    ) -> BlockingChat:
        """This client with `tools`, which run here. `approve` is called in a thread, and may wait for somebody."""

        async def approves(call: ToolCall) -> bool:
            return await to_thread.run_sync(approve, call, abandon_on_cancel=True)

        client = self.source.tooled(
            *tools, approve=approves, max_rounds=max_rounds, max_calls=max_calls, parallel=parallel
        )
        return BlockingChat(client, self.bridge)

    def persona(self, personality: Personality) -> Persona:
        """`personality` with a mood that can be read and set, in each conversation its own; for `enhanced`."""
        return self.source.persona(personality)

    def enhanced(
        self,
        *,
        personality: Personality | Persona = Personality(),
        memories: int = 0,
        time: bool = False,
        tools: bool = False,
        context: Mapping[str, str] = NO_CONTEXT,
        user_context: Mapping[str, str] = NO_CONTEXT,
        budget: int = 1000,
    ) -> BlockingChat:
        """This client, which tells the model who it is, what is remembered and what it can use. See `Manager`."""
        client = self.source.enhanced(
            personality=personality,
            memories=memories,
            time=time,
            tools=tools,
            context=context,
            user_context=user_context,
            budget=budget,
        )
        return BlockingChat(client, self.bridge)


@contextmanager
def connect(settings: Settings | None = None, layers: Layers = live) -> Iterator[BlockingClient]:
    """A client over `settings` (default: those of the layers, as in `open_app`), until the scope ends.

    Runs an asyncio event loop in a thread of its own, which no fork survives: connect in each process. Used after the
    scope or in a forked process it raises `ConfigurationError`, as it does for settings that are wrong.
    """
    with loop_thread("this client", exception_of) as thread, thread.scope(open_app(layers, settings)) as opened:
        if not isinstance(opened, Success):
            raise exception_of(opened.failure())
        app = opened.unwrap()
        yield BlockingClient(source=app.manager, bridge=Bridge(thread), app=app)
