"""A provider's own limits, from its headers on a real socket to the response, and to the calls that follow."""

from __future__ import annotations

import json

import anyio
import attrs
from anyio.abc import ByteStream

from pointsman import ChatResponse, Limit, RateLimitExceeded, RateLimits, ask
from pointsman.core.chat.event import Done, Failed
from pointsman.core.settings import Settings
from pointsman.layers.app import open_app
from pointsman.layers.live import live
from tests.adapters.http1.peer import always, listening
from tests.managed import chat, stream
from tests.patience import GUARD
from tests.simulated import settings_at

BODY = json.dumps(
    {"id": "1", "model": "m", "choices": [{"index": 0, "message": {"content": "fine"}, "finish_reason": "stop"}]}
).encode()
LIMITS = b"x-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 1m30s\r\n"


def answered(headers: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n%scontent-length: %d\r\n\r\n"
        % (
            headers,
            len(BODY),
        )
        + BODY
    )


async def _limited(stream: ByteStream, request: bytes) -> bool:
    await stream.send(answered(LIMITS))
    return True


def settings(port: int) -> Settings:
    return settings_at(f"http://127.0.0.1:{port}", "openai")


async def test_headers_reach_the_response_of_chat_and_stream() -> None:
    expected = RateLimits(requests_left=0, requests_reset=90.0)
    async with listening(_limited) as server:
        async with open_app(live, settings(server.port)) as opened:
            response = await chat(opened.unwrap().client, ask("openai/m", "hi"))
        async with open_app(live, settings(server.port)) as opened:
            end = (await stream(opened.unwrap().client, ask("openai/m", "hi")))[-1]
    assert isinstance(response, ChatResponse)
    assert response.rate_limits == expected
    assert isinstance(end, Done)
    assert end.response.rate_limits == expected


async def test_after_the_last_request_the_next_one_is_not_sent_before_its_time_where_it_may_wait() -> None:
    patient = {"openai": Limit(max_pause=60.0)}
    async with (
        listening(_limited) as server,
        open_app(live, attrs.evolve(settings(server.port), limits=patient)) as opened,
    ):
        client = opened.unwrap().client
        began = anyio.current_time()
        assert isinstance(await chat(client, ask("openai/m", "hi")), ChatResponse)
        refused = await chat(client, attrs.evolve(ask("openai/m", "hi"), timeout=5.0))
        passed = anyio.current_time() - began
        asked = [request for request in server.requests if request.startswith(b"POST")]
        assert len(asked) == 1  # who serves under another address may be asked for its models before
    assert isinstance(refused, RateLimitExceeded)
    assert refused.local
    assert refused.retry_after is not None
    assert 60 - passed - 0.01 <= refused.retry_after <= 60


async def test_after_a_429_the_next_request_is_answered_at_once_and_not_sent() -> None:
    """With what is left of the time, for chats and streams."""
    said = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 600\r\ncontent-length: 0\r\n\r\n"
    async with listening(always(said)) as server, open_app(live, settings(server.port)) as opened:
        client = opened.unwrap().client
        began = anyio.current_time()
        await chat(client, ask("openai/m", "hi"))
        with anyio.fail_after(GUARD):  # half of what it would wait
            refused = await chat(client, ask("openai/m", "hi"))
            ended = (await stream(client, ask("openai/m", "hi")))[-1]
        passed = anyio.current_time() - began
        asked = [request for request in server.requests if request.startswith(b"POST")]
        assert len(asked) == 1  # who serves under another address may be asked for its models before
    assert isinstance(ended, Failed)
    for error in (refused, ended.error):
        assert isinstance(error, RateLimitExceeded)
        assert error.local
        assert error.retry_after is not None
        assert 600 - passed - 0.01 <= error.retry_after <= 600
