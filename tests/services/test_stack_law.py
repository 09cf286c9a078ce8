"""The law of the stack: where nothing goes wrong, everything around a client changes nothing of what it answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import anyio
import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman import (
    Budget,
    CacheSettings,
    ChatRequest,
    ChatResponse,
    Experiment,
    Limit,
    RoutingSettings,
    StreamEvent,
    Variant,
    ask,
)
from pointsman.core.chat.event import Done
from pointsman.core.chat.part import Opaque, Reasoning, Refusal, Text, ToolCall
from pointsman.core.chat.response import Finish, Other, Warning
from pointsman.core.chat.usage import Usage
from pointsman.core.error import Attempt
from pointsman.core.money.cost import UNKNOWN_COST
from pointsman.testing import ScriptedClient
from pointsman.testing.laws.examples import examples
from tests.managed import chat, managed, priced, stream

EVERYTHING: dict[str, Any] = {
    "cache": CacheSettings(enabled=True),
    "budgets": (Budget(name="b", usd=Decimal(10**6)), Budget(name="t", tokens=10**12, scope="model")),
    "limits": {"fake": Limit(requests_per_minute=1000, tokens_per_minute=10**9, concurrent=5)},
    "experiments": (Experiment(name="e", variants=(Variant(name="same"),)),),
    "routing": RoutingSettings(always=True, hedge_after=1.0),
    "fallback": ("fake/other",),
}


def responses() -> st.SearchStrategy[ChatResponse]:
    """Answers with all kinds of parts, some of them empty, ended in any way."""
    states = st.none() | st.builds(Opaque, st.just("anthropic"), st.just("signature"), st.text(max_size=5))
    parts = st.one_of(
        st.builds(Text, st.text(max_size=80)),
        st.builds(Reasoning, st.text(max_size=40), states),
        st.builds(ToolCall, st.text(max_size=4), st.text(max_size=8), st.text(max_size=30), states),
        st.builds(Refusal, st.text(max_size=20)),
    )
    counts = st.none() | st.integers(0, 10_000)
    return st.builds(
        ChatResponse,
        parts=st.lists(parts, max_size=4).map(tuple),
        finish_reason=st.sampled_from(Finish) | st.builds(Other, st.text(max_size=5)),
        usage=st.builds(Usage, counts, counts, counts, counts, counts),
        id=st.text(max_size=5),
        model=st.just("m"),
        warnings=st.lists(st.builds(Warning, st.text(max_size=3), st.text(max_size=5)), max_size=2).map(tuple),
    )


def bare(response: ChatResponse) -> ChatResponse:
    """What the model answered, without what the stack knows of it."""
    return attrs.evolve(response, cost=UNKNOWN_COST, route=None, latency_ms=None)


def plain(events: list[StreamEvent]) -> list[StreamEvent]:
    return [Done(bare(event.response)) if isinstance(event, Done) else event for event in events]


@settings(max_examples=examples(60))
@given(response=responses())
def test_the_whole_stack_answers_as_the_client_itself(response: ChatResponse) -> None:
    said = attrs.evolve(response, provider="fake", attempts=(Attempt("fake", "m", 1.0),))

    async def run() -> None:
        request: ChatRequest = ask("fake/m", "hello")
        alone = ScriptedClient(lambda asked: said)
        for question in (request, attrs.evolve(request, model="auto")):
            inner = ScriptedClient(lambda asked: said)
            async with managed(inner, {"fake/m": priced("1")}, **EVERYTHING) as app:
                answered = await chat(app.client, question)
            assert isinstance(answered, ChatResponse)
            assert bare(answered) == await chat(alone, attrs.evolve(request, model="m"))
            async with managed(inner, {"fake/m": priced("1")}, **EVERYTHING) as app:
                streamed = await stream(app.client, question)
            assert plain(streamed) == await stream(alone, attrs.evolve(request, model="m"))
            assert {asked.model for asked in inner.requests} == {"m"}

    anyio.run(run)
