"""The manager: takes a request and decides where it runs, how often it is tried, what it may cost, and whether it has
been answered before. It is a `Client`, and it can say what it would do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core.chat.event import Failed
from pointsman.core.chat.metered import input_tokens, most_input, most_output
from pointsman.core.chat.options import PLAIN, CallOptions
from pointsman.core.chat.request import ChatRequest, ask, output_limit
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.usage import Usage
from pointsman.core.effect import effect, settle
from pointsman.core.error import ChatError, LLMError, StorageError
from pointsman.core.models.model import parse_model_ref
from pointsman.core.money.budget import Account, Balance, Budget, accounts
from pointsman.core.money.cost import Cost
from pointsman.core.money.price import cost_of, highest_cost
from pointsman.core.money.usage_report import GroupBy, UsageRow
from pointsman.core.prompts.personality import Personality
from pointsman.core.prompts.prompt import PromptBook
from pointsman.core.routing.candidate import USUAL_OUTPUT
from pointsman.core.routing.experiment import Experiment, VariantResult, results
from pointsman.core.routing.policy import Explanation
from pointsman.services.conversations.conversation_service import Conversations
from pointsman.services.event_bus import EventBus
from pointsman.services.ports.client import (
    Answer,
    Calling,
    Client,
    Opening,
    Operation,
    Query,
    StreamRequest,
)
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.router import Unplanned
from pointsman.services.ports.tools import Approve, ToolFunction, refuse
from pointsman.services.ports.tracer import NO_TRACER, Tracer
from pointsman.services.routing.model_names import ModelNames
from pointsman.services.routing.planner import Planner

if TYPE_CHECKING:
    from pointsman.core.memory import Memory
    from pointsman.services.collections import Collections
    from pointsman.services.middleware.prompt import Enhanced
    from pointsman.services.middleware.tool_loop import Tooled
    from pointsman.services.persona import Persona
    from pointsman.services.ports.cache_store import CacheStore
    from pointsman.services.ports.ledger import Ledger
    from pointsman.services.ports.memory_store import MemoryStore
    from pointsman.services.ports.model_book import ModelBook
    from pointsman.services.ports.structure import Structure
    from pointsman.services.ports.usage_log import UsageLog
    from pointsman.services.typed.typed_answer import TypedAnswer
    from pointsman.services.typed.typed_stream import Partial

_Value = TypeVar("_Value")

NO_CONTEXT: Mapping[str, str] = MappingProxyType({})
"""Nothing that a model is told beside its instructions."""


@attrs.frozen(kw_only=True)
class Estimate:
    """What a request should cost, and the most it can, at the model that would be asked first; tokens are estimates."""

    model: str
    input_tokens: int
    output_tokens: int
    expected: Cost
    most: Cost
    context_length: int | None = None
    """Tokens that the model takes, where that is known."""


@attrs.frozen(kw_only=True)
class Manager(Client):
    """All of pointsman around the providers: `client` is the whole stack; the rest is what it is made of."""

    client: Client
    planner: Planner
    names: ModelNames
    book: ModelBook
    usage_log: UsageLog
    ledger: Ledger
    bus: EventBus
    clock: Clock
    conversations: Conversations
    structure: Structure
    memories: MemoryStore
    collections: Collections
    cache: CacheStore | None = None
    budgets: tuple[Budget, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    prompts: PromptBook = PromptBook()
    tracer: Tracer = NO_TRACER

    def call(self, operation: Operation[Query, Answer], request: Query) -> Calling[Answer, ChatError]:
        """As `Client.call`, of the provider that is named, else of the default one."""
        return self.client.call(operation, request)

    def open(self, request: StreamRequest) -> Opening:
        """As `Client.open`."""
        return self.client.open(request)

    def forget_models(self) -> None:
        """As `Client.forget_models`."""
        self.client.forget_models()

    def continue_conversation(
        self, id: str, text: str, model: str = "", options: CallOptions = PLAIN
    ) -> FutureResult[ChatResponse, LLMError]:
        """The answer to `text` in the conversation `id`, which keeps both. See `conversations` for more."""
        return self.conversations.ask(id, ask(model, text, options))

    def tooled(
        self,
        *tools: ToolFunction,
        approve: Approve = refuse,
        max_rounds: int = 8,
        max_calls: int = 16,
        parallel: int = 4,
    ) -> Tooled:
        """This client with `tools`, which run here; see `pointsman.services.middleware.tool_loop`."""
        from pointsman.services.middleware.tool_loop import Tooled

        room = self.conversations.window.room
        return Tooled(
            self.client, tools, self.clock, approve, max_rounds, max_calls, parallel, room=room, tracer=self.tracer
        )

    def persona(self, personality: Personality) -> Persona:
        """`personality` with a mood that can be read and set, in each conversation its own; for `enhanced`."""
        from pointsman.services.persona import Persona

        return Persona(personality, self.clock)

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
    ) -> Enhanced:
        """This client, which tells the model who it is, what is remembered, what you know and what it can use.

        `context` goes with the instructions, `user_context` with the last question. See
        `pointsman.services.middleware.prompt.PromptEnhancer`; `budget` is in tokens.
        """
        from pointsman.services.middleware.prompt import Enhanced, PromptEnhancer

        enhancer = PromptEnhancer(
            store=self.memories,
            clock=self.clock,
            personality=personality,
            memories=memories,
            time=time,
            tools=tools,
            context=context,
            user_context=user_context,
            budget=budget,
            publish=self.bus.publish,
        )
        return Enhanced(self.client, enhancer, self.tracer)

    @effect
    async def ask(
        self, request: ChatRequest, returns: type[_Value], *, repairs: int = 1
    ) -> Result[TypedAnswer[_Value], ChatError]:
        """The answer to `request` as a value of the type `returns`; `InvalidResponse` lists what does not fit."""
        from pointsman.services.typed.typed_answer import typed_answer

        return await typed_answer(self.client, self.structure, request, returns, repairs, self.clock)

    def ask_stream(
        self, request: ChatRequest, returns: type[_Value], *, repairs: int = 1
    ) -> AbstractAsyncContextManager[AsyncIterator[Partial | TypedAnswer[_Value] | Failed]]:
        """As `ask`, as it comes: what is there so far, as JSON, and at the end the answer or the failure."""
        from pointsman.services.typed.typed_stream import typed_stream

        return typed_stream(self.client, self.structure, request, returns, repairs, self.clock)

    @effect
    async def learn(self, id: str, *, model: str = "", tenant: str = "") -> Result[tuple[Memory, ...], LLMError]:
        """Have a model note what the conversation `id` says that is worth remembering, and keep that."""
        from pointsman.services.memory.memory_learning import Learner

        read = await settle(self.conversations.get(id))
        if isinstance(read, Failure):
            return Failure(read.failure())
        learner = Learner(
            client=self.client,
            structure=self.structure,
            store=self.memories,
            clock=self.clock,
            random=self.conversations.random,
            model=model,
        )
        return await learner.learn(read.unwrap().branch, tenant)

    @effect
    async def explain(self, request: ChatRequest) -> Result[Explanation, Unplanned]:
        """Where `request` would go and why; nobody is asked, and nobody's turn is taken."""
        plan = await self.planner.plan(await self._name_model(request), advance=False)
        return plan.map(lambda found: found.explanation)

    @effect
    async def estimate(self, request: ChatRequest) -> Result[Estimate, Unplanned]:
        """What `request` should cost, before it is made."""
        planned = await self.planner.plan(await self._name_model(request), advance=False)
        if isinstance(planned, Failure):
            return Failure(planned.failure())
        model = planned.unwrap().models[0]
        ref = parse_model_ref(model, self.planner.routes.default_models)
        request = self.planner.complete(request, ref.provider or "")
        facts = self.book.facts(ref.provider or "", ref.model)
        taken, given = input_tokens(request), (output_limit(request.max_tokens) or USUAL_OUTPUT) * (request.n or 1)
        return Success(
            Estimate(
                model=model,
                input_tokens=taken,
                output_tokens=given,
                expected=cost_of(facts.price, Usage(taken, given, 0, 0, 0, estimated=True), request.service_tier),
                most=highest_cost(facts.price, most_input(request), most_output(request, facts), request.service_tier),
                context_length=facts.context_length,
            )
        )

    async def _name_model(self, request: ChatRequest) -> ChatRequest:
        """`request` as the stack sees it: for the model that its name stands for, and complete."""
        named = attrs.evolve(request, model=await self.names.resolve(request.model))
        return self.planner.defaults_for(named).complete(named)

    @effect
    async def report(
        self, by: GroupBy = "model", since: float | None = None, until: float | None = None
    ) -> Result[tuple[UsageRow, ...], StorageError]:
        """The usage records from `since` to `until` (Unix seconds), counted up by `by`."""
        return await settle(self.usage_log.summary(by, since, until))

    @effect
    async def compare(self) -> Result[tuple[VariantResult, ...], StorageError]:
        """How the variants of the experiments have done."""
        read = await settle(self.usage_log.read())
        return read.map(results)

    @effect
    async def balances(self, options: CallOptions = PLAIN) -> Result[tuple[tuple[Account, Balance], ...], StorageError]:
        """What is spent of the budgets that are for everybody, and of those that `options` has accounts in."""
        now = self.clock.now()
        found = accounts(self.budgets, options, "", "", now)
        read = await settle(self.ledger.balances([account.key for account in found], now))
        return read.map(lambda balances: tuple(zip(found, balances, strict=True)))
