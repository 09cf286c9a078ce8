"""What is set on the user's machine and stands in the way: a typed failure with its cure, on real sockets."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

import anyio
import attrs
import pytest
import trustme
from anyio.abc import ByteStream

from pointsman import ChatError, ChatResponse, ConfigurationError, NetworkError, Settings, ask
from pointsman.core.chat.event import Failed
from pointsman.layers.app import open_app
from pointsman.layers.live import live
from tests.accepting import accepting
from tests.adapters.client.test_rate_limits import answered
from tests.adapters.http1.peer import always, listening
from tests.adapters.http1.test_proxies import tunnel
from tests.managed import chat, stream
from tests.simulated import settings_at

pytestmark = pytest.mark.llm_live  # asks through proxies of this machine, which have nobody behind them
FINE = always(answered(b""))
VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def outcome(settings: Settings) -> ChatResponse | ChatError:
    """What a chat gives; its stream must fail as it does."""
    async with open_app(live, settings) as opened:
        client = opened.unwrap().client
        whole = await chat(client, ask("openai/m", "hi"))
        streamed = (await stream(client, ask("openai/m", "hi")))[-1]
    if not isinstance(whole, ChatResponse):
        assert isinstance(streamed, Failed)
        assert (streamed.error.tag, streamed.error.detail) == (whole.tag, whole.detail)
    return whole


def at(address: str, *, proxy: str | None = None, verify_tls: bool = True) -> Settings:
    """Settings with one provider, and retries that take no time."""
    settings = settings_at(address, "openai", retries=2)
    provider = attrs.evolve(settings.providers["openai"], proxy=proxy, verify_tls=verify_tls)
    return attrs.evolve(settings, providers={"openai": provider})


def issued(name: str = "localhost") -> tuple[trustme.CA, ssl.SSLContext]:
    """An authority that nobody knows, and a server with a certificate of it."""
    authority = trustme.CA()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(server)
    return authority, server


async def test_a_file_of_authorities_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    error = await outcome(at("https://127.0.0.1:1"))
    assert isinstance(error, ConfigurationError)
    assert error.detail.startswith("SSL_CERT_FILE: there is no file '/nowhere/ca.pem'")
    async with listening(FINE) as peer:
        assert isinstance(await outcome(at(f"http://127.0.0.1:{peer.port}")), ChatResponse)


async def test_a_certificate_that_is_not_trusted_is_tried_once_and_told_how_to_trust_it() -> None:
    _, server = issued()
    async with listening(FINE, server) as peer:
        settings = at(f"https://localhost:{peer.port}")
        async with open_app(live, settings) as opened:
            error = await chat(opened.unwrap().client, ask("openai/m", "hi"))
        assert (peer.connections, peer.requests) == (0, [])
        assert isinstance(error, ConfigurationError)
        assert error.attempts == ()
        assert "not trusted" in error.detail
        assert "SSL_CERT_FILE" in error.detail
        assert "verify_tls = false" in error.detail
        assert isinstance(await outcome(at(f"https://localhost:{peer.port}", verify_tls=False)), ChatResponse)


async def test_the_authority_that_the_sentence_asks_for_is_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, server = issued()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with listening(FINE, server) as peer:
        assert isinstance(await outcome(at(f"https://localhost:{peer.port}")), ChatResponse)


async def test_a_certificate_for_another_name_is_not_cured_by_trust(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, server = issued("other.example")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with listening(FINE, server) as peer:
        error = await outcome(at(f"https://localhost:{peer.port}"))
    assert isinstance(error, ConfigurationError)
    assert "is for another name" in error.detail


async def test_a_server_that_does_not_speak_tls_is_not_said_to_be_silent() -> None:
    async with _plain_server() as port:
        error = await outcome(at(f"https://127.0.0.1:{port}"))
    assert isinstance(error, ConfigurationError)
    assert "does not speak TLS" in error.detail


@asynccontextmanager
async def _plain_server() -> AsyncIterator[int]:
    """A server that answers whatever it hears in plain HTTP."""

    async def answer(stream: ByteStream) -> None:
        async with stream:
            await stream.receive()
            await stream.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with accepting(answer) as port:
        yield port


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ALL_PROXY", "socks://127.0.0.1:1080/", "ALL_PROXY: a proxy of socks:// cannot be used"),
        ("HTTP_PROXY", "http://[", "HTTP_PROXY: it is not an address"),
        ("http_proxy", "htp://proxy", "HTTP_PROXY: it is not an address"),
    ],
)
async def test_a_proxy_that_cannot_be_used(
    variable: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    error = await outcome(at("http://api.example"))
    assert isinstance(error, ConfigurationError)
    assert error.detail.startswith(said)
    async with listening(FINE) as peer:  # loopback goes past all proxies
        assert isinstance(await outcome(at(f"http://127.0.0.1:{peer.port}")), ChatResponse)


async def test_a_proxy_in_the_settings_is_named_by_its_place() -> None:
    async with open_app(live, at("http://api.example", proxy="http://:1")) as opened:
        error = opened.failure()
    assert error.detail.startswith("providers.openai.proxy: it is not an address")


async def test_a_proxy_with_the_wrong_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    error = await outcome(at("https://api.example", proxy="http://127.0.0.1:1"))
    assert isinstance(error, ConfigurationError)
    assert error.detail.startswith("SSL_CERT_FILE: ")


async def test_a_proxy_that_is_down_is_told_as_such_and_tried_again() -> None:
    async with listening(FINE) as peer:
        pass
    error = await outcome(at("http://api.example", proxy=f"http://127.0.0.1:{peer.port}"))
    assert isinstance(error, NetworkError)
    assert "the proxy of providers.openai.proxy gives no way" in error.detail
    assert len(error.attempts) == 3


async def test_a_proxy_that_wants_a_password_says_so() -> None:
    refusal = always(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
    async with listening(refusal) as peer:
        error = await outcome(at("https://api.example", proxy=f"http://127.0.0.1:{peer.port}"))
    assert isinstance(error, NetworkError)
    assert "407 Proxy Authentication Required" in error.detail


async def test_an_untrusted_certificate_behind_a_proxy_is_told_as_one_before_it() -> None:
    _, server = issued()
    async with listening(FINE, server) as origin, listening(tunnel(origin)) as proxy:
        error = await outcome(at(f"https://localhost:{origin.port}", proxy=f"http://127.0.0.1:{proxy.port}"))
    assert isinstance(error, ConfigurationError)
    assert "not trusted" in error.detail


@pytest.mark.skipif(find_spec("socksio") is None, reason="the extra is not installed")
async def test_socks_leads_to_the_server_where_the_extra_is_installed() -> None:
    async with listening(FINE) as origin, _socks_server(origin.port) as port:
        settings = at("http://api.example", proxy=f"socks5h://127.0.0.1:{port}")
        assert isinstance(await outcome(settings), ChatResponse)
        assert origin.requests[0].startswith(b"POST /v1/chat/completions HTTP/1.1\r\nhost: api.example")


@asynccontextmanager
async def _socks_server(origin: int) -> AsyncIterator[int]:
    """A proxy of SOCKS 5 that wants no password, and leads to one port whatever it is asked for."""

    async def answer(stream: ByteStream) -> None:
        async with stream, await anyio.connect_tcp("127.0.0.1", origin) as upstream, anyio.create_task_group() as group:
            await stream.receive()
            await stream.send(b"\x05\x00")
            await stream.receive()
            await stream.send(b"\x05\x00\x00\x01" + bytes(6))

            async def copy(source: ByteStream, target: ByteStream) -> None:
                try:
                    async for data in source:
                        await target.send(data)
                except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                    pass
                group.cancel_scope.cancel()

            group.start_soon(copy, upstream, stream)
            await copy(stream, upstream)

    async with accepting(answer) as port:
        yield port
