"""Tools of MCP servers over streamable HTTP."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import anyio
import anyio.abc
import pytest

from pointsman.adapters.mcp.toolsets import open_mcp
from pointsman.core.error import AuthenticationFailed, ConfigurationError, InvalidResponse, NetworkError, TimeoutError
from pointsman.core.mcp_server import McpFailure, McpServer
from tests.accepting import accepting
from tests.adapters.mcp.servers import SUM, Toolbox, listening, opened
from tests.patience import GUARD

pytestmark = pytest.mark.filterwarnings(
    # the SDK leaves httpx2's generators of server-sent events to the collector, and trio says so
    "ignore:Exception ignored in. <async_generator object:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    gc.collect()  # so that what the SDK has left is not told to another test


async def failure(server: McpServer) -> McpFailure:
    async with open_mcp(server) as tools:
        return tools.failure()


@pytest.mark.parametrize("how", [(), ("json",), ("old",), ("old", "json")])
async def test_the_tools_of_a_server_run_whatever_version_it_speaks(how: tuple[str, ...]) -> None:
    async with listening(*how) as remote, opened(remote.server()) as box:
        assert len(box.tools) == 13
        assert await box.said("add", SUM) == "5"
        assert len((await box.call("image")).unwrap()) == 2
        assert (await box.call("error")).failure() == "there is no such train"
        async with anyio.create_task_group() as group:
            group.start_soon(box.call, "meet")
            group.start_soon(box.call, "meet")


@pytest.mark.parametrize("how", [(), ("old",)])
async def test_a_call_that_is_cancelled_leaves_the_session_usable(how: tuple[str, ...]) -> None:
    async with listening(*how) as remote, opened(remote.server()) as box:
        async with anyio.create_task_group() as group:
            group.start_soon(box.call, "slow")
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
        assert await box.said("add", SUM) == "5"


@pytest.mark.long
@pytest.mark.parametrize("how", [("old",), ("json",)])
async def test_an_answer_may_be_long_but_not_without_bounds(how: tuple[str, ...]) -> None:
    async with listening(*how) as remote, opened(remote.server()) as box:
        assert len(str(await box.said("long", '{"mebibytes": 3}'))) == 3 * 2**20
        assert "did not run it" in (await box.call("long", '{"mebibytes": 33}')).failure()
        assert await box.said("add", SUM) == "5"


async def test_a_proxy_is_not_asked_for_a_server_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with listening() as remote, opened(remote.server()) as box:
        assert await box.said("add", SUM) == "5"


async def test_who_is_not_let_in_is_told_so_without_the_token() -> None:
    async with listening() as remote:
        error = await failure(remote.server(token="wrong-token"))
    assert isinstance(error, AuthenticationFailed)
    assert error.status == 401
    assert "'remote' answered HTTP 401" in str(error)
    assert "wrong-token" not in f"{error!r}"


async def test_a_wrong_path_and_a_wrong_port_are_told() -> None:
    async with listening() as remote:
        lost = await failure(remote.server("/nowhere"))
    assert isinstance(lost, InvalidResponse)
    assert "HTTP 404" in str(lost)
    nobody = await failure(remote.server())
    assert isinstance(nobody, NetworkError)
    assert "was not reached (Connect" in str(nobody)


async def hold(stream: anyio.abc.ByteStream) -> None:
    """Take what comes, and say nothing."""
    async with stream:
        async for _ in stream:
            pass


async def test_a_server_that_says_nothing_is_waited_for_no_longer_than_the_timeout() -> None:
    async with accepting(hold) as port:
        error = await failure(McpServer(name="mute", url=f"http://127.0.0.1:{port}", timeout=0.3))
    assert isinstance(error, TimeoutError)
    assert "'mute' gave no tools within 0.3 s" in str(error)


@pytest.mark.parametrize(
    ("variable", "value", "url"),
    [
        ("SSL_CERT_FILE", "/nowhere/ca.pem", "https://mcp.example/"),
        ("ALL_PROXY", "socks4://127.0.0.1:1", "https://mcp.example/"),
        ("HTTPS_PROXY", "http://[", "https://mcp.example/"),
    ],
)
async def test_what_is_set_wrongly_on_the_machine_is_told(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, url: str
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    error = await failure(McpServer(name="far", url=url, timeout=5))
    assert isinstance(error, ConfigurationError)
    assert f"the MCP server 'far' cannot be reached: {variable}: " in str(error)


@pytest.mark.long
@pytest.mark.parametrize("how", [(), ("old",), ("json",)])
async def test_a_server_that_dies_under_a_call_is_told_and_the_users_code_goes_on(how: tuple[str, ...]) -> None:
    told: list[str] = []

    async def call(box: Toolbox, name: str, arguments: str = "") -> None:
        told.append((await box.call(name, arguments)).failure())

    async with listening(*how) as remote, opened(remote.server(timeout=GUARD)) as box:
        async with anyio.create_task_group() as group:
            group.start_soon(call, box, "slow")
            await anyio.wait_all_tasks_blocked()
            await remote.kill()
        await call(box, "add", SUM)
        assert len(told) == 2
        assert all("'remote' did not run it" in text for text in told)
        assert "not reached" in told[1]
        async with listening(*how, port=remote.port):
            if "old" in how:  # a session that the new process does not know
                await call(box, "add", SUM)
                assert "has ended the session" in told[2]
            else:
                assert await box.said("add", SUM) == "5"
