"""Never run: two type checkers read it. What clients say they can fail with, and what each middleware adds to that."""

from __future__ import annotations

from typing import Never, assert_never, assert_type

from returns.future import FutureResult
from returns.methods import unwrap_or_failure
from returns.result import Result

import pointsman as p
from pointsman import ports
from pointsman.core.conversations.conversation import Conversation
from pointsman.core.error import ProviderError
from pointsman.core.money.budget import Account, Balance
from pointsman.services.middleware.fallback import Fallback, Step
from pointsman.services.middleware.record import Recording
from pointsman.services.middleware.retry import Retrying
from pointsman.services.middleware.tool_loop import Tooled

Q = p.ask("m", "hello")


class Down(ports.ProviderClient[p.ModelUnavailable]):
    """A client of one's own that can fail in one way."""

    async def call_chat(self, request: p.ChatRequest) -> Result[p.ChatResponse, p.ModelUnavailable]:
        raise NotImplementedError


class Closing:
    """An interceptor that refuses in one way."""

    async def before(self, call: ports.Call) -> Result[ports.After | None, p.QuotaExhausted]:
        raise NotImplementedError


class Looking:
    """One that only looks."""

    async def before(self, call: ports.Call) -> Result[ports.After | None, Never]:
        raise NotImplementedError


async def narrow(down: Down, clock: ports.Clock, chance: ports.Random, store: ports.RecordingStore) -> None:
    await assert_type(down.chat(Q), FutureResult[p.ChatResponse, p.ModelUnavailable | p.UnsupportedFeature])
    client: ports.Client[p.ModelUnavailable | p.UnsupportedFeature] = down
    assert_type(Retrying(client, clock, chance), Retrying[p.ModelUnavailable | p.UnsupportedFeature])
    assert_type(Tooled(client, (), clock), Tooled[p.ModelUnavailable | p.UnsupportedFeature])
    await assert_type(
        Recording(client, store).chat(Q),
        FutureResult[p.ChatResponse, p.ModelUnavailable | p.UnsupportedFeature | p.StorageError],
    )
    looked: p.Intercepted[p.ModelUnavailable | p.UnsupportedFeature, Never] = p.Intercepted(client, (Looking(),), clock)
    await assert_type(
        looked.chat(Q), FutureResult[p.ChatResponse, p.ModelUnavailable | p.UnsupportedFeature | p.InvalidResponse]
    )
    closing: p.Intercepted[p.ModelUnavailable | p.UnsupportedFeature, p.QuotaExhausted] = p.Intercepted(
        client, (Closing(), Looking()), clock
    )
    match unwrap_or_failure(await p.settle(closing.chat(Q))):
        case p.ChatResponse() | p.ModelUnavailable() | p.UnsupportedFeature() | p.InvalidResponse():
            return
        case p.QuotaExhausted():
            return
        case other:
            assert_never(other)


def falls_back(
    down: Down, clock: ports.Clock
) -> ports.Client[p.ModelUnavailable | p.UnsupportedFeature | p.FallbackExhausted | p.ConfigurationError]:
    client: ports.Client[p.ModelUnavailable | p.UnsupportedFeature] = down
    return Fallback((Step(client), Step(client, "other")), clock)


def widens(client: ports.ChatClient[ProviderError]) -> ports.ChatClient:
    return client


def without_a_word(client: ports.Client) -> ports.Client[p.ChatError]:
    return client


async def keep(app: p.App) -> None:
    """What only asks a store fails as the store does, and as no provider can."""
    await assert_type(app.manager.balances(), FutureResult[tuple[tuple[Account, Balance], ...], p.StorageError])
    await assert_type(app.manager.report(), FutureResult[tuple[p.UsageRow, ...], p.StorageError])
    await assert_type(app.manager.explain(Q), FutureResult[p.Explanation, p.ConfigurationError | p.ModelNotFound])
    talks = app.manager.conversations
    await assert_type(talks.create(), FutureResult[Conversation, p.StorageError])
    await assert_type(talks.delete("1"), FutureResult[None, p.StorageError | p.ConversationNotFound])
    await assert_type(
        talks.rename("1", "points"),
        FutureResult[Conversation, p.StorageError | p.ConversationNotFound | p.ConversationConflict],
    )
    await assert_type(
        talks.context("1", 4000),
        FutureResult[tuple[p.Message, ...], p.StorageError | p.ConversationNotFound | p.ContextTooLarge],
    )
    await assert_type(app.manager.continue_conversation("1", "Which way?"), FutureResult[p.ChatResponse, p.LLMError])
