"""Streams that are cut off at any byte: what the vendor bills is booked, and the ledger is what the records say.

Each stream tells its usage as its vendors do, also on the way: what is told on the way is no bill.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path

import anyio
import attrs
import pytest

from pointsman import App, Budget, ModelSettings, ProviderSettings, Settings, ask, live, open_app, settle
from pointsman.core.chat.options import PLAIN
from pointsman.core.money.budget import accounts
from pointsman.core.money.settlement import NO_AMOUNT, Amount
from pointsman.core.routing.breaker import BreakerPolicy
from pointsman.core.security.secret import Secret
from pointsman.core.settings import RetrySettings
from tests.loopback import QuietHandler, serve_on_loopback
from tests.managed import stream

BILLED = 130
"""Tokens, of every stream here: 30 in and 100 out."""
BUDGETS = (Budget(name="all", usd=Decimal(1000), period="total"),)


def events(*documents: str, names: bool = False) -> bytes:
    """Of server-sent events, each named by its document's `type` if they have `names`."""
    whole = ""
    for document in documents:
        name = json.loads(document)["type"] if names else ""
        whole += f"event: {name}\ndata: {document}\n\n" if names else f"data: {document}\n\n"
    return whole.encode()


def chat_chunk(text: str, output: int | None, finish: str = "null") -> str:
    usage = "null" if output is None else f'{{"prompt_tokens":30,"completion_tokens":{output}}}'
    choice = f'{{"index":0,"delta":{{"content":"{text}"}},"finish_reason":{finish}}}'
    return f'{{"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{choice}],"usage":{usage}}}'


LAST = '{"id":"1","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":30,"completion_tokens":100}}'


def gemini_chunk(text: str, output: int, finish: str = "") -> str:
    candidate = f'{{"index":0,"content":{{"role":"model","parts":[{{"text":"{text}"}}]}}{finish}}}'
    usage = f'{{"promptTokenCount":30,"candidatesTokenCount":{output},"totalTokenCount":{30 + output}}}'
    return f'{{"candidates":[{candidate}],"usageMetadata":{usage}}}'


def delta_of_message(output: int, reason: str) -> str:
    usage = f'"usage":{{"output_tokens":{output}}}'
    return f'{{"type":"message_delta","delta":{{"stop_reason":{reason}}},{usage}}}'


STREAMS = {
    "openai": events(
        chat_chunk("", None), chat_chunk("some", None), chat_chunk(" words", None, '"stop"'), LAST, "[DONE]"
    ),
    "xai": events(  # counts what there is in every chunk
        chat_chunk("", 0), chat_chunk("some", 1), chat_chunk(" words", 2), chat_chunk("", 100, '"stop"'), "[DONE]"
    ),
    "anthropic": events(
        '{"type":"message_start","message":{"id":"1","type":"message","role":"assistant","model":"m","content":[],'
        '"usage":{"input_tokens":30,"output_tokens":1}}}',
        '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
        '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"some words"}}',
        delta_of_message(2, "null"),
        '{"type":"content_block_stop","index":0}',
        delta_of_message(100, '"end_turn"'),
        '{"type":"message_stop"}',
        names=True,
    ),
    "gemini": events(
        gemini_chunk("some", 1), gemini_chunk(" words", 2), gemini_chunk(".", 100, ',"finishReason":"STOP"')
    ),
}
"""By the kinds of providers."""


@attrs.define(eq=False)
class CuttingUpstream:
    """It sends `data` up to `cut`, and closes."""

    data: bytes
    address: str = ""
    cut: int = 0


@contextmanager
def cutting(kind: str) -> Iterator[CuttingUpstream]:
    upstream = CuttingUpstream(STREAMS[kind])

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            self.read_json()
            self.begin_stream()
            self.wfile.write(upstream.data[: upstream.cut])

    with serve_on_loopback(Handler) as upstream.address:
        yield upstream


@asynccontextmanager
async def asking(folder: Path, kind: str, address: str) -> AsyncIterator[App]:
    base = address if kind == "anthropic" else f"{address}/v1"
    settings = Settings(
        providers={"it": ProviderSettings(name="it", kind=kind, base_url=base, api_key=Secret("k"), model="m")},
        default_provider="it",
        models={"it/m": ModelSettings(input=Decimal(10), output=Decimal(10))},
        budgets=BUDGETS,
        database=str(folder / "stores.db"),
        retries=RetrySettings(max_retries=0),
        breaker=BreakerPolicy(failures=1_000_000),
    )
    async with open_app(live, settings) as opened:
        yield opened.unwrap()


async def check_cuts(folder: Path, kind: str, cuts: range) -> None:
    request = attrs.evolve(ask("it/m", "Hi"), max_tokens=1000)
    with cutting(kind) as upstream:
        async with asking(folder, kind, upstream.address) as app:
            for upstream.cut in cuts:
                await stream(app.client, request)
            (account,) = accounts(BUDGETS, PLAIN, "it", "m", 0.0)
            records = (await settle(app.manager.usage_log.read())).unwrap()
            (balance,) = (await settle(app.manager.ledger.balances([account.key], 0.0))).unwrap()
    assert len(records) == len(cuts)
    booked = [record.ledger_amount for record in records]
    too_little = [(cut, one) for cut, one in zip(cuts, booked, strict=True) if one.tokens < BILLED]
    assert too_little == [], "what was told on the way is no bill"
    assert (balance.spent, balance.reserved) == (sum(booked, start=Amount()), NO_AMOUNT)
    assert booked[-1] == Amount(BILLED * 10**7, BILLED), "of the whole stream it is what was told"


@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize("step", [29, pytest.param(1, marks=pytest.mark.long)])
def test_wherever_a_stream_is_cut_its_bill_is_covered(tmp_path: Path, kind: str, step: int) -> None:
    length = len(STREAMS[kind])
    anyio.run(check_cuts, tmp_path, kind, range(length % step, length + 1, step))
