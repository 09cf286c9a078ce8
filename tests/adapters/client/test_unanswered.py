"""A whole answer may take as long as the call may; and a request that went out is not sent twice unasked."""

from __future__ import annotations

import anyio
import attrs
import pytest
from anyio.abc import ByteStream

from pointsman import ChatError, ChatResponse, NetworkError, Settings, TimeoutError, Timeouts, ask
from pointsman.core.chat.event import Done, Failed
from pointsman.core.settings import RetrySettings
from pointsman.layers.app import open_app
from pointsman.layers.live import live
from tests.adapters.client.test_rate_limits import answered
from tests.adapters.http1.peer import Peer, Serve, listening, silence
from tests.managed import chat, stream
from tests.simulated import settings_at

HASTY = Timeouts(connect=10.0, first_byte=0.05, idle=0.05, total=30.0)
"""Limits of a stream that any answer here outlasts."""
PATIENT = Timeouts(connect=10.0, first_byte=1.0, idle=1.0, total=30.0)
"""Limits that a request is sent within on any machine."""
SHORT = attrs.evolve(PATIENT, total=1.0)
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
CHUNK = b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}]}\n\n'
QUESTION = ask("m", "hi")
"""Of the default provider: a name without a slash is looked up in no list."""


def at(peer: Peer, timeouts: Timeouts = HASTY, *, resend: bool = False) -> Settings:
    """Settings with a retry that takes no time."""
    settings = settings_at(f"http://127.0.0.1:{peer.port}", "openai", timeouts=timeouts)
    return attrs.evolve(settings, retries=RetrySettings(max_retries=1, base_delay=0.0, resend_unanswered=resend))


async def asked(settings: Settings) -> ChatResponse | ChatError:
    """The outcome of one chat."""
    async with open_app(live, settings) as opened:
        return await chat(opened.unwrap().client, QUESTION)


async def streamed(settings: Settings) -> Done | Failed:
    """How one stream ends."""
    async with open_app(live, settings) as opened:
        end = (await stream(opened.unwrap().client, QUESTION))[-1]
    assert isinstance(end, (Done, Failed))
    return end


async def hang_up(stream: ByteStream, request: bytes) -> bool:
    """The request is read, and nothing said."""
    return False


async def head_only(stream: ByteStream, request: bytes) -> bool:
    """A stream begins, and is cut before any event."""
    await stream.send(STREAM_HEAD.replace(b"\r\n\r\n", b"\r\ntransfer-encoding: chunked\r\n\r\n"))
    return False


async def head_and_silence(stream: ByteStream, request: bytes) -> bool:
    """A stream begins, and says nothing."""
    await stream.send(STREAM_HEAD)
    await stream.receive()
    return False


async def half_a_body(stream: ByteStream, request: bytes) -> bool:
    """The beginning of a whole answer."""
    await stream.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{")
    return False


async def test_a_whole_answer_may_come_long_after_the_limits_of_a_stream() -> None:
    async def thinking(stream: ByteStream, request: bytes) -> bool:
        await anyio.sleep(0.5)
        body = answered(b"")
        await stream.send(body[:-10])
        await anyio.sleep(0.2)
        await stream.send(body[-10:])
        return True

    async with listening(thinking) as peer:
        assert isinstance(await asked(at(peer)), ChatResponse)
        assert len(peer.requests) == 1


@pytest.mark.parametrize(
    ("serve", "limits", "phase"),
    [
        (silence, PATIENT, "first_byte"),
        (head_and_silence, PATIENT, "first_byte"),
        (silence, attrs.evolve(PATIENT, total=1.0, first_byte=20.0), "total"),
    ],
)
async def test_a_stream_keeps_its_limits(serve: Serve, limits: Timeouts, phase: str) -> None:
    async with listening(serve) as peer:
        end = await streamed(at(peer, limits))
        assert isinstance(end, Failed)
        assert isinstance(end.error, TimeoutError)
        assert (end.error.phase, end.error.sent, len(peer.requests)) == (phase, True, 1)


async def test_silence_in_a_stream_has_a_limit_of_its_own() -> None:
    """Not that of the first byte, which is longer."""

    async def falls_silent(stream: ByteStream, request: bytes) -> bool:
        await anyio.sleep(0.3)
        await stream.send(STREAM_HEAD + CHUNK)
        await stream.receive()
        return False

    async with listening(falls_silent) as peer:
        end = await streamed(at(peer, attrs.evolve(PATIENT, first_byte=30.0)))
        assert isinstance(end, Failed)
        assert isinstance(end.error, TimeoutError)
        assert (end.error.phase, end.partial.text) == ("idle", "hi")


@pytest.mark.parametrize("serve", [silence, hang_up, half_a_body])
@pytest.mark.parametrize(("resend", "times"), [(False, 1), (True, 2)])
async def test_a_request_that_went_out_unanswered_is_sent_again_only_if_that_is_asked_for(
    serve: Serve, resend: bool, times: int
) -> None:
    async with listening(serve) as peer:
        error = await asked(at(peer, SHORT, resend=resend))
        assert isinstance(error, (TimeoutError, NetworkError))
        assert error.sent
        assert len(peer.requests) == times


@pytest.mark.parametrize("serve", [silence, hang_up, head_only, head_and_silence])
@pytest.mark.parametrize(("resend", "times"), [(False, 1), (True, 2)])
async def test_so_is_a_stream_before_its_first_byte(serve: Serve, resend: bool, times: int) -> None:
    async with listening(serve) as peer:
        end = await streamed(at(peer, PATIENT, resend=resend))
        assert isinstance(end, Failed)
        assert end.error.sent
        assert len(peer.requests) == times


async def test_where_no_connection_was_made_another_is_tried() -> None:
    async with listening(silence) as peer:
        pass
    error = await asked(at(peer))
    assert isinstance(error, NetworkError)
    assert not error.sent
    assert len(error.attempts) == 2


async def test_an_answer_that_says_no_is_an_answer() -> None:
    """A status is no silence: what can be retried is."""

    async def overloaded(stream: ByteStream, request: bytes) -> bool:
        await stream.send(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")
        return True

    async with listening(overloaded) as peer:
        await asked(at(peer))
        assert len(peer.requests) == 2


async def test_another_model_may_be_asked_after_a_timeout_where_the_settings_say_so() -> None:
    """That is no repetition: the fallback was set for just that."""

    async def fine(stream: ByteStream, request: bytes) -> bool:
        await stream.send(answered(b""))
        return True

    async with listening(silence) as mute, listening(fine) as other:
        settings = at(mute, SHORT)
        second = settings_at(f"http://127.0.0.1:{other.port}", "custom").providers
        settings = attrs.evolve(settings, providers={**settings.providers, **second}, fallback=("custom/m",))
        assert isinstance(await asked(settings), ChatResponse)
        assert (len(mute.requests), len(other.requests)) == (1, 1)


async def test_the_words_of_an_error_are_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its status says enough."""
    monkeypatch.setattr("pointsman.adapters.client.driver._ERROR_SECONDS", 0.05)

    async def says_no_and_stops(stream: ByteStream, request: bytes) -> bool:
        await stream.send(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 100\r\n\r\n{")
        await stream.receive()
        return False

    async with listening(says_no_and_stops) as peer:
        error = await asked(at(peer))
        assert isinstance(error, ChatError)
        assert error.tag == "AuthenticationFailed"
