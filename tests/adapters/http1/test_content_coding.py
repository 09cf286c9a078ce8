"""Packed bodies: as they were, under any cut; within bounds, whatever they expand to; and typed where not read."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from functools import cache

import pytest
from anyio.abc import ByteStream
from hypothesis import given
from hypothesis import strategies as st

from pointsman import AuthenticationFailed, ChatError, ChatResponse, InvalidResponse, ask
from pointsman.adapters.http1.content_coding import PIECE, coding_of, unpacker_for
from pointsman.core.chat.event import Done, Failed
from pointsman.layers.app import open_app
from pointsman.layers.live import live
from tests.adapters.client.test_rate_limits import BODY
from tests.adapters.http1.peer import Serve, listening
from tests.managed import chat, stream
from tests.simulated import settings_at

ZEROS = 80 * 2**20
"""Bytes, more than an answer may have."""


def raw_deflate(data: bytes) -> bytes:
    """Deflate without zlib's head, as some servers send it."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKED: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress, "raw": raw_deflate}


@cache
def bomb() -> bytes:
    """Zeros, packed."""
    packer = zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(ZEROS // 2**20)) + packer.flush()


def reply(body: bytes, *codings: str, status: str = "200 OK", kind: str = "application/json") -> bytes:
    """A response whose body is packed as `codings` say, a header each."""
    headers = "".join(f"Content-Encoding: {coding}\r\n" for coding in codings)
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{headers}content-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def sending(answer: bytes, step: int = 2**16) -> Serve:
    """A server that sends `answer` to whoever asks, `step` bytes at a time."""

    async def serve(stream: ByteStream, request: bytes) -> bool:
        for start in range(0, len(answer), step):
            await stream.send(answer[start : start + step])
        return True

    return serve


async def outcome(answer: bytes, step: int = 2**16) -> ChatResponse | ChatError:
    """What a chat gives where the server sends `answer`."""
    async with (
        listening(sending(answer, step)) as peer,
        open_app(live, settings_at(f"http://127.0.0.1:{peer.port}", "openai")) as opened,
    ):
        return await chat(opened.unwrap().client, ask("openai/m", "hi"))


async def end_of_stream(answer: bytes) -> Done | Failed:
    """How a stream ends where the server sends `answer`."""
    async with (
        listening(sending(answer)) as peer,
        open_app(live, settings_at(f"http://127.0.0.1:{peer.port}", "openai")) as opened,
    ):
        end = (await stream(opened.unwrap().client, ask("openai/m", "hi")))[-1]
    assert isinstance(end, (Done, Failed))
    return end


@pytest.mark.parametrize("step", [1, 2**16])
@pytest.mark.parametrize(
    ("body", "codings"),
    [
        (BODY, ()),
        (BODY, ("identity",)),
        (BODY, ("",)),
        (BODY, ("utf-8",)),
        (gzip.compress(BODY), ("gzip",)),
        (gzip.compress(BODY), ("X-GZIP",)),
        (gzip.compress(BODY), ("identity", "gzip")),
        (zlib.compress(BODY), ("deflate",)),
        (raw_deflate(BODY), ("deflate",)),
        (gzip.compress(BODY) + b"what comes after the end", ("gzip",)),
    ],
)
async def test_an_answer_is_read_however_it_is_packed(body: bytes, codings: tuple[str, ...], step: int) -> None:
    found = await outcome(reply(body, *codings), step)
    assert isinstance(found, ChatResponse)
    assert found.text == "fine"


@pytest.mark.parametrize("codings", [("gzip, gzip",), ("gzip", "gzip"), ("deflate, gzip",), ("br, gzip",)])
async def test_what_is_packed_more_than_once_is_not_read(codings: tuple[str, ...]) -> None:
    found = await outcome(reply(gzip.compress(gzip.compress(BODY)), *codings))
    assert isinstance(found, InvalidResponse)
    assert "packed more than once" in found.detail


@pytest.mark.parametrize("coding", ["br", "zstd", "compress"])
async def test_a_coding_that_nobody_asked_for_is_told(coding: str) -> None:
    found = await outcome(reply(b"\x1b", coding))
    assert isinstance(found, InvalidResponse)
    assert found.detail == f"the answer is packed as {coding}, which was not asked for"


@pytest.mark.parametrize("body", [b"not packed", gzip.compress(BODY)[:-8] + b"\1" * 8])
async def test_a_body_that_is_not_what_it_says_is_told(body: bytes) -> None:
    found = await outcome(reply(body, "gzip"))
    assert isinstance(found, InvalidResponse)
    assert "cannot be unpacked" in found.detail


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
async def test_an_answer_that_explodes_is_refused_at_the_bound(kind: str) -> None:
    packed = bomb()
    assert len(packed) < 2**20
    end = await end_of_stream(reply(packed, "gzip", kind=kind))
    assert isinstance(end, Failed)
    assert isinstance(end.error, InvalidResponse)
    assert f"larger than {64 * 2**20} bytes" in end.error.detail


@pytest.mark.parametrize("codings", [("gzip",), ("gzip, gzip",), ("br",)])
async def test_an_error_is_known_by_its_status_whatever_its_body_does(codings: tuple[str, ...]) -> None:
    found = await outcome(reply(bomb(), *codings, status="401 Unauthorized"))
    assert isinstance(found, AuthenticationFailed)


async def test_the_words_of_a_packed_error_are_read() -> None:
    said = json.dumps({"error": {"message": "No such key", "type": "authentication_error"}}).encode()
    found = await outcome(reply(gzip.compress(said), "gzip", status="401 Unauthorized"))
    assert isinstance(found, AuthenticationFailed)
    assert found.detail == "No such key"


@given(
    st.binary(max_size=3000).map(lambda data: data * 200),
    st.sampled_from(["gzip", "deflate", "raw"]),
    st.lists(st.integers(1, 5000), max_size=20),
)
def test_any_cut_of_the_same_bytes_unpacks_to_the_same(data: bytes, how: str, cuts: list[int]) -> None:
    packed = PACKED[how](data)
    unpacker = unpacker_for("deflate" if how == "raw" else how)
    pieces: list[bytes] = []
    for cut in cuts:
        pieces += unpacker.feed(packed[:cut])
        packed = packed[cut:]
    pieces += unpacker.feed(packed)
    assert b"".join(pieces) == data
    assert all(0 < len(piece) <= PIECE for piece in pieces)


@pytest.mark.parametrize("size", [PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_nothing_is_left_in_the_unpacker_at_the_edges(size: int) -> None:
    data = bytes(size)
    assert b"".join(unpacker_for("gzip").feed(gzip.compress(data))) == data


@given(st.lists(st.tuples(st.sampled_from([b"content-encoding", b"Content-Encoding", b"x"]), st.binary(max_size=30))))
def test_no_header_makes_it_raise(headers: list[tuple[bytes, bytes]]) -> None:
    assert isinstance(coding_of(headers), str)
