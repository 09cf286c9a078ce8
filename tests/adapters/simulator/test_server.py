"""The simulator over real sockets, on both event loops."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.abc
import attrs
import httpx
import pytest
from returns.result import Failure

from pointsman.adapters.simulator import RunningSimulator, Scenario, Simulator, run_forever, serve
from pointsman.adapters.simulator.responder import MOST_BODY
from pointsman.adapters.simulator.scenario import FixedAnswer, Match, Rule
from pointsman.core.error import ConfigurationError
from pointsman.core.security.secret import Secret
from tests.adapters.simulator.plain_dialect import PLAIN
from tests.patience import GUARD, until

SIMULATOR = Simulator(dialects=(PLAIN,), now=lambda: 1_700_000_000.0)


@asynccontextmanager
async def running(simulator: Simulator = SIMULATOR) -> AsyncIterator[tuple[RunningSimulator, httpx.AsyncClient]]:
    async with serve(simulator) as server, httpx.AsyncClient(base_url=server.address, timeout=GUARD) as client:
        yield server, client


def address_of(server: RunningSimulator) -> tuple[str, int]:
    host, port = server.address.removeprefix("http://").split(":")
    return host, int(port)


def post(body: bytes) -> bytes:
    return b"POST /chat HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


async def read_to_end(stream: anyio.abc.ByteReceiveStream, received: bytearray) -> None:
    """Read until the stream raises, and keep what came."""
    while True:
        received += await stream.receive()


async def frames_of(client: httpx.AsyncClient, model: str) -> list[str]:
    async with client.stream("POST", "/chat", json={"model": model, "text": "hello", "stream": True}) as reply:
        assert reply.status_code == 200
        return [line async for line in reply.aiter_lines() if line]


async def test_a_question_gets_an_answer_that_says_it_is_simulated() -> None:
    async with running() as (_, client):
        reply = await client.post("/chat", json={"model": "sim", "text": "What is a pointsman?"})
        assert reply.status_code == 200
        text = reply.json()["choices"][0]["text"]
        assert text.startswith("Simulated answer from model `sim` (plain).")
        assert "You asked: “What is a pointsman?”. I counted 4 words in it." in text
        assert reply.json()["created"] == 1_700_000_000


async def test_the_same_seed_gives_the_same_bytes() -> None:
    async with running() as (_, client), running(attrs.evolve(SIMULATOR, seed=0)) as (_, other):
        body = {"model": "sim", "text": "again"}
        assert (await client.post("/chat", json=body)).content == (await other.post("/chat", json=body)).content


async def test_greeting_and_health_and_head() -> None:
    async with running() as (_, client):
        for path in ("/", "/health"):
            assert (await client.get(path)).text == "pointsman simulator (simulated answers)\n"
        head = await client.head("/")
        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "40")


async def test_a_connection_is_kept_for_the_next_request_and_closed_when_asked() -> None:
    async with running() as (server, client):
        for _ in range(3):
            await client.post("/chat", json={"model": "sim", "text": "x"})
            await frames_of(client, "sim")
        assert server.stats().connections == 1
        reply = await client.get("/health", headers={"connection": "close"})
        assert reply.headers["connection"] == "close"
        await client.get("/health")
        assert server.stats().connections == 2


async def test_requests_in_one_packet_are_answered_in_order() -> None:
    async with running() as (server, _):
        async with await anyio.connect_tcp(*address_of(server)) as stream:
            one = b"GET %s HTTP/1.1\r\nhost: x\r\n\r\n"
            await stream.send(
                one % b"/health" + one % b"/models" + b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
            )
            received = bytearray()
            with anyio.fail_after(GUARD), pytest.raises(anyio.EndOfStream):
                await read_to_end(stream, received)
        assert received.count(b"HTTP/1.1 200") == 3
        assert received.index(b"(simulated answers)") < received.index(b'"sim-fast"')


async def test_what_is_not_http_gets_a_400() -> None:
    async with running() as (server, client):
        async with await anyio.connect_tcp(*address_of(server)) as stream:
            await stream.send(b"\x16\x03\x01 nonsense\r\n\r\n")
            with anyio.fail_after(GUARD):
                assert (await stream.receive()).startswith(b"HTTP/1.1 400 ")
        assert (await client.get("/health")).status_code == 200


async def test_a_stream_comes_in_frames_and_ends_with_its_mark() -> None:
    async with running() as (server, client):
        frames = await frames_of(client, "sim")
        assert frames[0] == 'data: {"text":"Simulate"}'
        assert frames[-2:] == ['data: {"finish":"stop"}', "data: [DONE]"]
        assert server.stats().finished_streams == 1
        assert server.stats().open_streams == 0


async def test_pace_puts_time_between_chunks() -> None:
    paced = attrs.evolve(SIMULATOR, pace=200.0, piece=100)
    async with running(paced) as (_, client):
        began = anyio.current_time()
        frames = await frames_of(client, "sim")
        assert anyio.current_time() - began >= (len(frames) - 2) / 200
        assert len(frames) > 3


async def test_a_client_that_leaves_is_noticed_at_once() -> None:
    async with running(attrs.evolve(SIMULATOR, pace=0.01)) as (server, _):
        async with await anyio.connect_tcp(*address_of(server)) as stream:
            await stream.send(post(b'{"model": "sim", "text": "x", "stream": true}'))
            assert (await stream.receive()).startswith(b"HTTP/1.1 200 ")
            assert server.stats().open_streams == 1
        await until(lambda: server.stats().cancelled_streams == 1)
        assert server.stats().open_streams == 0
        assert server.stats().finished_streams == 0


async def test_stopping_the_server_ends_open_streams() -> None:
    async with serve(attrs.evolve(SIMULATOR, pace=0.01)) as server:
        stream = await anyio.connect_tcp(*address_of(server))
        await stream.send(post(b'{"model": "sim", "text": "x", "stream": true}'))
        assert (await stream.receive()).startswith(b"HTTP/1.1 200 ")
    async with stream:
        with anyio.fail_after(GUARD), pytest.raises((anyio.EndOfStream, anyio.BrokenResourceError)):
            await read_to_end(stream, bytearray())


async def test_paths_that_lead_nowhere_and_wrong_methods() -> None:
    async with running() as (_, client):
        nowhere = await client.post("/nowhere", json={})
        assert (nowhere.status_code, nowhere.json()["error"]["tag"]) == (404, "ModelNotFound")
        assert "POST /nowhere" in nowhere.json()["error"]["message"]
        wrong = await client.get("/chat")
        assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[1]", b'{"text": "no model"}'])
async def test_bodies_that_make_no_sense_are_refused(body: bytes) -> None:
    async with running() as (_, client):
        reply = await client.post("/chat", content=body)
        assert (reply.status_code, reply.json()["error"]["tag"]) == (400, "InvalidRequest")


async def test_a_body_beyond_the_bound_is_refused_unread() -> None:
    async with running() as (_, client):
        reply = await client.post("/chat", content=b"x" * (MOST_BODY + 1))
        assert reply.status_code == 413
        assert (await client.get("/health")).status_code == 200


async def test_a_body_announced_with_expect_is_asked_for() -> None:
    async with running() as (_, client):
        reply = await client.post("/chat", content=b'{"model": "sim", "text": "x"}', headers={"expect": "100-continue"})
        assert reply.status_code == 200


async def test_a_key_is_demanded_where_one_is_set() -> None:
    async with running(attrs.evolve(SIMULATOR, api_key=Secret("sesame"))) as (_, client):
        bare = await client.get("/models")
        assert (bare.status_code, bare.json()["error"]["tag"]) == (401, "AuthenticationFailed")
        assert (await client.get("/models", headers={"authorization": "Bearer wrong"})).status_code == 401
        for headers in ({"authorization": "Bearer sesame"}, {"x-api-key": "sesame"}, {"x-goog-api-key": "sesame"}):
            assert (await client.get("/models", headers=headers)).status_code == 200
        assert (await client.get("/models", headers={"api-key": "sesame"})).status_code == 200
        assert (await client.get("/models?key=sesame")).status_code == 200
        assert (await client.get("/health")).status_code == 200


async def test_models_are_listed_and_shown_and_the_path_may_name_one_with_slashes() -> None:
    async with running() as (server, client):
        ids = [model["id"] for model in (await client.get("/models")).json()["data"]]
        assert {"sim", "sim-fast", "sim-vision", "sim-embed", "sim-reasoning", "sim-reset"} <= set(ids)
        assert (await client.get("/models/some/model")).json() == {"id": "some/model"}
        await client.post("/models/some%2Fmodel:chat", json={"text": "x"})
        assert server.stats().by_model == {"some/model": 1}


async def test_embeddings_have_the_dimensions_asked_for() -> None:
    async with running() as (_, client):
        reply = await client.post("/embed", json={"texts": ["a", "b"], "dimensions": 5})
        assert [len(vector) for vector in reply.json()["vectors"]] == [5, 5]
        assert (await client.post("/embed", json={"texts": ["a"], "dimensions": -1})).status_code == 400


async def test_statistics_are_served() -> None:
    async with running() as (_, client):
        await client.post("/chat", json={"model": "sim-status-500", "text": "x"})
        await frames_of(client, "sim")
        stats = (await client.get("/__simulator__/stats")).json()
        assert stats["by_path"] == {"/chat": 2, "/__simulator__/stats": 1}
        assert stats["by_model"] == {"sim-status-500": 1, "sim": 1}
        assert stats["by_status"] == {"500": 1, "200": 1}
        assert stats["finished_streams"] == 1


async def test_a_scenario_changes_the_answers_it_is_about() -> None:
    rule = Rule(FixedAnswer(text="Sunny.", latency=0.05), Match(contains="WEATHER", nth=2))
    async with running(attrs.evolve(SIMULATOR, scenario=Scenario((rule,)))) as (_, client):
        texts = []
        for text in ("the weather?", "the time?", "the weather?", "the weather?"):
            reply = await client.post("/chat", json={"model": "sim", "text": text})
            texts.append(reply.json()["choices"][0]["text"])
        assert [text == "Sunny." for text in texts] == [False, False, True, False]


async def test_a_port_that_is_taken_is_a_typed_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = await run_forever(SIMULATOR, "127.0.0.1", port, lambda _: None)
        assert isinstance(result, Failure)
        error = result.failure()
        assert isinstance(error, ConfigurationError)
        assert f"127.0.0.1:{port}" in str(error)


async def test_run_forever_serves_until_it_is_cancelled() -> None:
    started: list[RunningSimulator] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run_forever, SIMULATOR, "127.0.0.1", 0, started.append)
        await until(lambda: started)
        async with httpx.AsyncClient(timeout=GUARD) as client:
            assert (await client.get(f"{started[0].address}/health")).status_code == 200
        tasks.cancel_scope.cancel()
    with pytest.raises(OSError, match=r"."):
        await anyio.connect_tcp(*address_of(started[0]))
