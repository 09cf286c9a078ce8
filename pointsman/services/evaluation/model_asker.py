"""Asks models the questions of a run, within its budget, and keeps what came of each in the journal. Judges nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.core.chat.message import user
from pointsman.core.chat.options import CallOptions
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, response_of
from pointsman.core.effect import settle
from pointsman.core.error import (
    AuthenticationFailed,
    ChatError,
    ConfigurationError,
    ContentFiltered,
    ContextTooLarge,
    InvalidResponse,
    ModelNotFound,
    QuotaExhausted,
    StorageError,
    UnsupportedFeature,
)
from pointsman.core.evaluation.healing import HealingAnswer, HealingQuestion
from pointsman.core.evaluation.manifest import RunManifest
from pointsman.core.json import as_object, float_or_none, int_or_none, loads
from pointsman.core.money.cost import Cost
from pointsman.services.evaluation.challenge import Challenge
from pointsman.services.evaluation.run_budget import RunBudget, cost_of_failure
from pointsman.services.middleware.tool_loop import Tooled
from pointsman.services.ports.client import CHAT, Client
from pointsman.services.ports.clock import Clock
from pointsman.services.ports.executor import SandboxExecutor
from pointsman.services.ports.run_store import RunStore, most_charged

EstimateMost: TypeAlias = Callable[[ChatRequest], Awaitable[Result[Cost, ChatError]]]
"""The most that a request can cost."""

_OF_THE_MODEL = (ContentFiltered, ContextTooLarge, UnsupportedFeature)
"""Errors that are an answer of a kind: asking again would give the same."""
_HOPELESS = (AuthenticationFailed, ConfigurationError, ModelNotFound, QuotaExhausted)
"""Errors after which the model need not be asked further in this session."""
_MOST_FAILURES: Final = 20
"""In a row, after which a model is taken as being out of order."""
_ROUND_CHARACTERS: Final = 16_000
"""That the tests of one round of agent mode add to the prompt; the answer, as long as it may be, comes to it."""
_CHARACTERS_A_TOKEN: Final = 4


@attrs.define(eq=False)
class ModelAsker:
    """Asks for a run. What a model is not to be blamed for leaves its question unasked; see `given_up` and `is_spent`.

    `client` is asked by model reference and has retries and limits around it; `budget` is that of the run.
    """

    manifest: RunManifest
    challenge: Challenge = attrs.field(repr=False)
    client: Client = attrs.field(repr=False)
    store: RunStore = attrs.field(repr=False)
    executor: SandboxExecutor = attrs.field(repr=False)
    clock: Clock = attrs.field(repr=False)
    estimate: EstimateMost = attrs.field(repr=False)
    budget: RunBudget
    given_up: dict[str, str] = attrs.field(factory=dict)
    """Why a model is asked no more in this session."""
    failures: int = 0
    is_spent: bool = False
    """Whether the budget has no room for a further question."""
    _in_a_row: Counter[str] = attrs.field(factory=Counter, repr=False)

    async def answer(self, question: HealingQuestion) -> Result[HealingAnswer | None, StorageError]:
        """The answer, kept; None where there is none, for reasons that are not the model's."""
        if self.is_spent or question.model in self.given_up:
            return Success(None)
        request = self._request(question)
        most = await self._most(request, question)
        if most is None:
            return Success(None)
        if not await self.budget.hold(most):
            self.is_spent = True
            return Success(None)
        charged = most
        try:
            asked = await settle(self.store.ask(question, most))
            if isinstance(asked, Failure):
                return Failure(asked.failure())
            result = await self._ask(question, self.budget.limit_tries(request))
            charged = most_charged(_cost_of(result, most), most)
        finally:
            self.budget.book(most, charged)
        return await self._keep(question, result, most)

    async def _most(self, request: ChatRequest, question: HealingQuestion) -> Cost | None:
        """The most that the question can cost; None where it must be known and is not, so that it cannot be asked."""
        padded = request
        if self.manifest.agent:
            answer = _CHARACTERS_A_TOKEN * (request.max_tokens or 0)
            filler = "x" * ((answer + _ROUND_CHARACTERS) * self.manifest.agent)
            padded = attrs.evolve(request, messages=(*request.messages, user(filler)))
        estimated = unwrap_or_failure(await self.estimate(padded))
        if not isinstance(estimated, Cost):
            self._give_up(question.model, estimated)
            return None
        most = Cost(estimated.amount * (self.manifest.agent + 1), estimated.complete)
        if self.manifest.budget is not None and not most.complete:
            self._give_up(question.model, _unknown_price(question.model))
            return None
        return most

    def _request(self, question: HealingQuestion) -> ChatRequest:
        parameters = as_object(loads(question.parameters).value_or(None))
        return ChatRequest(
            question.model,
            self.challenge.messages(question),
            temperature=float_or_none(parameters.get("temperature")),
            max_tokens=int_or_none(parameters.get("max_tokens")),
            # repeats ask with seeds of their own: a provider that would repeat its answer gives another one
            seed=question.repeat if self.manifest.repeat > 1 else None,
            options=CallOptions(
                order=(question.model,),
                cache="off",
                tags=(self.manifest.tag,),
            ),
        )

    async def _ask(self, question: HealingQuestion, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        client: Client = self.client
        if self.manifest.agent:
            tools = self.challenge.tools(question, self.executor)
            client = Tooled(self.client, tools, self.clock, max_rounds=self.manifest.agent + 1)
        began = self.clock.monotonic()
        result = await client.call(CHAT, request)
        took = (self.clock.monotonic() - began) * 1000
        return result.bind(_only_the_model_itself).map(
            lambda response: response if response.latency_ms is not None else attrs.evolve(response, latency_ms=took)
        )

    async def _keep(
        self, question: HealingQuestion, result: Result[ChatResponse, ChatError], most: Cost
    ) -> Result[HealingAnswer | None, StorageError]:
        came = unwrap_or_failure(result)
        if isinstance(came, ChatResponse):
            answer = _answer_of(question, came)
        elif isinstance(came, _OF_THE_MODEL):
            answer = HealingAnswer(question=question, cost=_cost_of(result, most), error=_sentence(came))
        else:
            if self.budget.refuses(came):
                self.is_spent = True  # another try would have passed it: that is not the model's fault
            else:
                self._count_failure(question.model, came)
            kept = await settle(self.store.keep_failure(question, _cost_of(result, most), _sentence(came)))
            return kept.map(lambda _: None)
        self._in_a_row[question.model] = 0
        return (await settle(self.store.keep_answer(answer))).map(lambda _: answer)

    def _count_failure(self, model: str, error: ChatError) -> None:
        self.failures += 1
        self._in_a_row[model] += 1
        if isinstance(error, _HOPELESS) or self._in_a_row[model] >= _MOST_FAILURES:
            self._give_up(model, error)

    def _give_up(self, model: str, error: ChatError) -> None:
        self.given_up.setdefault(model, str(error))


def _only_the_model_itself(response: ChatResponse) -> Result[ChatResponse, ChatError]:
    """`response`, unless another model stepped in: it is no answer of the one that was asked."""
    if response.used_fallback:
        detail = f"{response.fallback_provider} stepped in, so the model itself gave no answer"
        return Failure(InvalidResponse(detail=detail, response=response))
    return Success(response)


def _answer_of(question: HealingQuestion, response: ChatResponse) -> HealingAnswer:
    return HealingAnswer(
        question=question,
        text=response.text,
        usage=response.usage,
        cost=response.cost,
        latency_ms=response.latency_ms or 0.0,
        rounds=1 + sum(message.role == "assistant" for message in response.steps),
        fingerprint=response.model,
    )


def _cost_of(result: Result[ChatResponse, ChatError], most: Cost) -> Cost:
    """What the call cost: of one that failed, what is known; nothing where nothing was sent."""
    came = unwrap_or_failure(result)
    if isinstance(came, ChatResponse):
        return came.cost
    response = response_of(came)
    if response is not None:
        return response.cost
    return cost_of_failure(came, most)


def _sentence(error: ChatError) -> str:
    return f"{error.tag}: {error.detail or error.summary}"


def _unknown_price(model: str) -> ConfigurationError:
    problem = f"the price of {model} is not known, so the budget of the run cannot be kept"
    return ConfigurationError(
        detail=f'{problem}; give its price in the settings, under [models."{model}"]',
        problems=(problem,),
        local=True,
        remedy="",
    )
