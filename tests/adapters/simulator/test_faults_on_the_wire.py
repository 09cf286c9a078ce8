"""Each fault as a client meets it, over real sockets."""

from __future__ import annotations

import anyio
import attrs
import httpx
import pytest

from pointsman.adapters.simulator import Scenario
from pointsman.adapters.simulator.faults import FAULTS, fault
from pointsman.adapters.simulator.scenario import Match, Rule
from tests.adapters.simulator.test_server import (
    SIMULATOR,
    address_of,
    frames_of,
    post,
    read_to_end,
    running,
)
from tests.patience import GUARD, pass_on, until

ERRORS = {
    "sim-status-503": (503, "ModelUnavailable"),
    "sim-status:418": (418, "InvalidRequest"),
    "sim-503": (503, "ModelUnavailable"),
    "sim-429": (429, "RateLimitExceeded"),
    "sim-rate-limit-7": (429, "RateLimitExceeded"),
    "sim-quota": (429, "QuotaExhausted"),
    "sim-auth": (401, "AuthenticationFailed"),
    "sim-overflow": (400, "ContextTooLarge"),
    "sim-content-filter": (400, "ContentFiltered"),
    "sim-not-found": (404, "ModelNotFound"),
    "sim-typo": (404, "ModelNotFound"),
}


@pytest.mark.parametrize(("model", "wanted"), ERRORS.items())
async def test_errors_have_their_status_and_kind(model: str, wanted: tuple[int, str]) -> None:
    async with running() as (_, client):
        for stream in (False, True):
            reply = await client.post("/chat", json={"model": model, "text": "x", "stream": stream})
            assert (reply.status_code, reply.json()["error"]["tag"]) == wanted


async def test_a_rate_limit_says_how_long() -> None:
    async with running() as (_, client):
        waits = [
            (await client.post("/chat", json={"model": model, "text": "x"})).headers["retry-after"]
            for model in ("sim-rate-limit", "sim-rate-limit-7", "sim-rate-limit:0.5")
        ]
        assert waits == ["1", "7", "0.5"]


async def test_a_typing_error_in_a_fault_is_told_with_what_there_is() -> None:
    async with running() as (_, client):
        message = (await client.post("/chat", json={"model": "sim-rest", "text": "x"})).json()["error"]["message"]
        assert "'rest'" in message
        assert "reset" in message


async def test_a_reset_breaks_the_connection_after_some_chunks() -> None:
    async with running() as (server, _):
        for stream in (b"true", b"false"):
            async with await anyio.connect_tcp(*address_of(server)) as wire:
                await wire.send(post(b'{"model": "sim-reset-2", "text": "x", "stream": %s}' % stream))
                received = bytearray()
                with anyio.fail_after(GUARD), pytest.raises(anyio.BrokenResourceError) as broken:
                    await read_to_end(wire, received)
                assert isinstance(broken.value.__cause__, ConnectionResetError)
                assert received.startswith(b"HTTP/1.1 200 ")
                assert received.count(b"data: ") == (2 if stream == b"true" else 0)


async def test_a_cut_leaves_the_http_body_unfinished() -> None:
    async with running() as (_, client):
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            await frames_of(client, "sim-cut")


async def test_a_truncated_stream_ends_well_in_http_but_without_its_mark() -> None:
    async with running() as (_, client):
        frames = await frames_of(client, "sim-truncate-2")
        assert [frame[:13] for frame in frames] == ['data: {"text"'] * 2


async def test_a_truncated_body_is_shorter_than_announced() -> None:
    async with running() as (_, client):
        with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
            await client.post("/chat", json={"model": "sim-truncate", "text": "x"})


@pytest.mark.parametrize("stream", [b"true", b"false"])
async def test_a_stall_sends_some_and_then_nothing_until_the_client_goes(stream: bytes) -> None:
    async with running() as (server, _):
        async with await anyio.connect_tcp(*address_of(server)) as wire:
            await wire.send(post(b'{"model": "sim-stall", "text": "x", "stream": %s}' % stream))
            received = bytearray()
            beginning, times = (b"data: ", 3) if stream == b"true" else (b"\r\n\r\n", 1)
            while received.count(beginning) < times:
                received += await wire.receive()
            with anyio.CancelScope() as scope:
                async with anyio.create_task_group() as group:
                    group.start_soon(read_to_end, wire, received)
                    await pass_on()
                    scope.cancel()
            assert received.startswith(b"HTTP/1.1 200 ")
            assert received.count(b"data: ") == (3 if stream == b"true" else 0)
        stats = server.stats
        await until(lambda: stats().cancelled_streams if stream == b"true" else stats().abandoned_replies)
        assert stats().cancelled_streams + stats().abandoned_replies == 1


async def test_a_stall_at_first_sends_nothing_at_all() -> None:
    async with running() as (_, client):
        body = {"model": "sim-stall-first", "text": "x"}
        with pytest.raises(httpx.ReadTimeout):
            await client.post("/chat", json=body, timeout=httpx.Timeout(GUARD, read=0.2))
        assert (await client.get("/health")).status_code == 200


async def test_malformed_answers() -> None:
    async with running() as (_, client):
        frames = await frames_of(client, "sim-malformed-1")
        assert frames[1] == 'data: {"broken": "sim'
        assert frames[-1] == "data: [DONE]"
        reply = await client.post("/chat", json={"model": "sim-malformed", "text": "x"})
        assert reply.status_code == 200
        with pytest.raises(ValueError, match=r"Unterminated|delimiter|Expecting"):
            reply.json()


async def test_pages_and_nothing_instead_of_an_answer() -> None:
    async with running() as (_, client):
        for model, status, beginning in (
            ("sim-html", 200, "<!doctype html>"),
            ("sim-html-502", 502, "<!doctype html>"),
            ("sim-empty", 200, ""),
        ):
            for stream in (True, False):
                reply = await client.post("/chat", json={"model": model, "text": "x", "stream": stream})
                assert (reply.status_code, reply.text[:15]) == (status, beginning)
                assert reply.headers["content-type"].startswith("text/html") == model.startswith("sim-html")


async def test_a_drip_sends_the_whole_answer_byte_by_byte() -> None:
    async with running() as (_, client):
        body = {"model": "sim-drip-0", "text": "ü", "stream": True}
        sizes = []
        async with client.stream("POST", "/chat", json=body) as reply:
            text = b""
            async for piece in reply.aiter_raw():
                sizes.append(len(piece))
                text += piece
        assert text.endswith(b"data: [DONE]\n\n")
        assert len(sizes) > 20


async def test_an_answer_with_nothing_in_it() -> None:
    async with running() as (_, client):
        reply = await client.post("/chat", json={"model": "sim-empty-choices", "text": "x"})
        assert reply.json()["choices"] == []
        assert await frames_of(client, "sim-empty-choices") == ['data: {"finish":"stop"}', "data: [DONE]"]


async def test_an_error_in_the_middle_of_a_stream_and_inside_a_200() -> None:
    async with running() as (_, client):
        frames = await frames_of(client, "sim-stream-error")
        assert frames[-1] == 'data: {"error":"ModelUnavailable"}'
        assert frames[0] == 'data: {"text":"Simulate"}'
        reply = await client.post("/chat", json={"model": "sim-stream-error", "text": "x"})
        assert (reply.status_code, reply.json()["error"]["tag"]) == (200, "ModelUnavailable")


async def test_slow_waits_first() -> None:
    async with running() as (_, client):
        began = anyio.current_time()
        assert (await client.post("/chat", json={"model": "sim-slow-0.2", "text": "x"})).status_code == 200
        assert anyio.current_time() - began >= 0.2


async def test_flaky_fails_so_often_and_then_answers() -> None:
    async with running() as (_, client):
        statuses = [
            (await client.post("/chat", json={"model": "sim-flaky-3", "text": "x"})).status_code for _ in range(5)
        ]
        assert statuses == [503, 503, 503, 200, 200]


async def test_a_scenario_can_do_it_to_any_operation() -> None:
    rules = (Rule(fault("rate-limit"), Match(path="/models"), 1), Rule(fault("html-502"), Match(path="/emb*")))
    async with running(attrs.evolve(SIMULATOR, scenario=Scenario(rules))) as (_, client):
        assert [(await client.get("/models")).status_code for _ in range(2)] == [429, 200]
        assert (await client.post("/embed", json={"texts": ["x"]})).status_code == 502


async def test_every_fault_is_a_model_in_the_list() -> None:
    async with running() as (_, client):
        ids = {model["id"] for model in (await client.get("/models")).json()["data"]}
        assert {f"sim-{row.name}" for row in FAULTS} <= ids
