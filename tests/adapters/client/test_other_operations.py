"""An operation that only a dialect knows is its codec and its types: all that stands around a call stands around it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import attrs
import pytest

from pointsman import App, Attempt, ProviderSettings, Settings, UnsupportedFeature, Usage, live, open_app
from pointsman.adapters.client import operations
from pointsman.adapters.dialects import openai_chat
from pointsman.ports import Operation
from pointsman.services.ports.client import OperationName
from pointsman.testing import ScriptedTransport


@attrs.frozen
class Rerank:
    """Which of `texts` answer `query` best."""

    model: str
    query: str
    texts: tuple[str, ...]
    timeout: float | None = None


@attrs.frozen
class Ranks:
    """How well each text answers."""

    scores: tuple[float, ...]
    provider: str = ""
    latency_ms: float = 0.0
    usage: Usage = attrs.field(factory=Usage)
    attempts: tuple[Attempt, ...] = ()


RERANK: Operation[Rerank, Ranks] = Operation(cast(OperationName, "rerank"))
RERANK_FILE = """
from returns.result import Success

from pointsman.adapters.dialects.dialect import Codec, InboundCall, WireRequest
from tests.adapters.client.test_other_operations import Ranks, Rerank

CODEC = Codec(
    write_request=lambda asked, target: Success(
        WireRequest("/rerank", {"model": target.model, "query": asked.query, "documents": list(asked.texts)})
    ),
    read_response=lambda body, target: Success(Ranks(tuple(body["scores"]))),
    read_request=lambda inbound: Success(InboundCall(Rerank("", "", ()))),
    write_response=lambda answer, call: {"scores": list(answer.scores)},
)
"""
ASKED = Rerank("m", "Which way?", ("Towards the tower.", "No."))


@asynccontextmanager
async def opened(transport: ScriptedTransport) -> AsyncIterator[App]:
    """An App with one provider, which `transport` answers."""
    provider = ProviderSettings(name="own", kind="custom", base_url="http://127.0.0.1:1/v1", model="m")
    async with open_app(
        live.but(transport=transport.open), Settings(providers={"own": provider}, default_provider="own")
    ) as app:
        yield app.unwrap()


async def test_it_is_asked_by_the_codec_and_answered_with_what_is_known_of_the_call(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "rerank.py").write_text(RERANK_FILE, encoding="utf-8")
    monkeypatch.setattr(openai_chat, "__path__", [*openai_chat.__path__, str(tmp_path)])
    transport = ScriptedTransport(lambda question: (200, b'{"scores": [0.9, 0.1]}'))
    async with opened(transport) as app:
        ranks = (await app.client.call(RERANK, ASKED)).unwrap()
    assert (ranks.scores, ranks.provider, len(ranks.attempts)) == ((0.9, 0.1), "own", 1)
    assert [(one.method, one.target) for one in transport.questions] == [(b"POST", b"/v1/rerank")]


@pytest.fixture(autouse=True)
def forget_the_file() -> Iterator[None]:
    """Each test looks anew for what the dialects have."""
    operations._find_codec.cache_clear()
    yield
    operations._find_codec.cache_clear()
    sys.modules.pop(f"{openai_chat.__name__}.rerank", None)


async def test_where_the_dialect_has_none_it_is_refused_and_nobody_is_asked() -> None:
    transport = ScriptedTransport(lambda question: (200, b"{}"))
    async with opened(transport) as app:
        error = (await app.client.call(RERANK, ASKED)).failure()
    assert isinstance(error, UnsupportedFeature)
    assert (error.feature, transport.questions) == ("rerank", [])
