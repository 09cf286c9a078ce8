"""Where a request comes near the window, the provider's own count decides what fits."""

from __future__ import annotations

import attrs
import pytest
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman import ChatError, ContextTooLarge, ModelUnavailable, RetrySettings, ask, settle
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.token_estimate import estimate_request
from pointsman.core.conversations.conversation import Conversation
from pointsman.core.models.model import ModelFacts
from pointsman.services.ports.client import TokenCount
from pointsman.testing import ScriptedClient
from tests.managed import answer, managed


@attrs.define
class Counting(ScriptedClient):
    """Counts `factor` times what the estimate says; None cannot count."""

    factor: float | None = 1.0
    counted: list[str] = attrs.field(factory=list)

    async def call_count(self, request: ChatRequest) -> Result[TokenCount, ChatError]:
        """By its own measure."""
        self.counted.append(request.model)
        if self.factor is None:
            return Failure(ModelUnavailable(detail="down"))
        return Success(TokenCount(int(estimate_request(request) * self.factor), False))


async def sent(factor: float | None, turns: int = 12, words: int = 60) -> tuple[int, Counting]:
    """How many messages the last request had, in a window of 1,000 tokens."""
    inner = Counting(lambda request: answer("yes"), factor=factor)
    facts = {"fake/m": ModelFacts(context_length=1000)}
    async with managed(inner, facts, retries=RetrySettings(max_retries=0)) as app:
        talks = app.manager.conversations
        made = unwrap_or_failure(await settle(talks.create()))
        assert isinstance(made, Conversation)
        for number in range(turns):
            done = await settle(talks.ask(made.id, ask("fake/m", f"{number} " + "word " * words)))
            assert not isinstance(done.value_or(None), ContextTooLarge)
    return len(inner.requests[-1].messages), inner


async def test_what_counts_less_than_guessed_fits_whole() -> None:
    guessed, _ = await sent(None)
    less, inner = await sent(0.6)
    assert less > guessed
    assert set(inner.counted) == {"m"}


async def test_what_counts_more_than_guessed_is_cut_further() -> None:
    guessed, _ = await sent(None)
    more, _ = await sent(2.0)
    assert more < guessed


@pytest.mark.parametrize("turns", [1, 3])
async def test_what_is_far_from_the_window_is_not_counted(turns: int) -> None:
    _, inner = await sent(1.0, turns)
    assert inner.counted == []
