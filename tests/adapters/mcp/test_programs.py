"""Tools of programs that speak MCP over their standard streams."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import anyio
import pytest

from pointsman.adapters.mcp.toolsets import open_mcp
from pointsman.core.chat.part import Bytes, Image
from pointsman.core.error import ConfigurationError, InvalidResponse, TimeoutError
from pointsman.core.mcp_server import McpFailure, McpServer
from pointsman.core.security.secret import Secret
from tests.adapters.mcp.servers import SUM, Toolbox, opened, program, shell
from tests.patience import GUARD, with_patience

ENDED = "The MCP server 'real' ended while it ran this, which was not repeated."
GONE = "The MCP server 'real' is gone; its tools cannot be used any more."


async def failure(server: McpServer) -> McpFailure:
    async with open_mcp(server) as tools:
        return tools.failure()


async def is_ended(pid: int) -> bool:
    """Whether there is no such process any more, not even a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_the_tools_of_a_program_are_what_it_says_of_them_and_run() -> None:
    async with opened(program(timeout=GUARD, approval="always")) as box:
        add = box.tools["add"]
        assert (add.spec.name, add.spec.description) == ("real_add", "Add two numbers.")
        assert add.spec.parameters["required"] == ["first", "second"]
        assert (add.timeout, add.approval) == (GUARD, "always")
        assert box.tools["slow"].spec.description == "Waits for ever"
        assert box.tools["with_dots_and_spaces"].spec.parameters == {"type": "object", "properties": {}}
        assert await box.said("add", SUM) == "5"
        assert await box.said("structured") == '{"count":3}'
        assert (await box.call("image")).unwrap() == ("a pixel", Image(Bytes(b"\x89PNG pixel", "image/png")))
        assert (await box.call("everything")).unwrap() == (
            "a: file:///a (a file)",
            "a note",
            Image(Bytes(b"\x89PNG pixel", "image/png")),
            "(audio/wav of 5 bytes, which cannot be shown)",
            "(image/png that is not base64)",
        )


async def test_what_goes_wrong_with_a_call_is_a_sentence_and_the_session_goes_on() -> None:
    async with opened(program()) as box:
        assert (await box.call("error")).failure() == "there is no such train"
        assert "'three' is not of type 'integer'" in (await box.call("lie")).failure()
        assert "there is no tool with.dots" in (await box.call("with_dots_and_spaces")).failure()
        assert "not JSON" in (await box.call("add", "{")).failure()
        assert "not a JSON object" in (await box.call("add", "[]")).failure()
        assert "'real' did not run it" in (await box.call("add", "{}")).failure()
        assert await box.said("add", SUM) == "5"


@pytest.mark.long
async def test_tools_come_from_all_pages_and_only_those_that_are_allowed() -> None:
    async with opened(program("many")) as box:
        assert len(box.tools) == 43
    async with opened(program("many", allow=("add", "many29", "with.dots and spaces"))) as box:
        assert sorted(box.tools) == ["add", "many29", "with_dots_and_spaces"]
    missing = await failure(program(allow=("add", "subtract", "divide")))
    assert isinstance(missing, ConfigurationError)
    assert "'real' has no tool 'divide', 'subtract'." in str(missing)
    endless = await failure(program("endless"))
    assert isinstance(endless, InvalidResponse)
    assert "lists its tools without an end" in str(endless)


async def test_a_program_without_tools_is_no_failure() -> None:
    async with opened(program("toolless")) as box:
        assert box.tools == {}


async def test_calls_run_at_the_same_time() -> None:
    said: list[str | None] = []

    async def meet(box: Toolbox) -> None:
        said.append(await box.said("meet"))

    async with opened(program()) as box, anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(meet, box)
    assert said == ["met"] * 4


async def test_a_call_that_is_cancelled_leaves_the_session_usable() -> None:
    async with opened(program()) as box:
        for _ in range(3):
            async with anyio.create_task_group() as group:
                group.start_soon(box.call, "slow")
                await anyio.wait_all_tasks_blocked()
                group.cancel_scope.cancel()
        assert await box.said("add", SUM) == "5"


async def test_a_program_that_is_killed_is_told_to_those_who_call_it() -> None:
    told: list[str] = []

    async def call(box: Toolbox, name: str) -> None:
        told.append((await box.call(name)).failure())

    async with opened(program()) as box:
        pid = int(str(await box.said("pid")))
        async with anyio.create_task_group() as group:
            group.start_soon(call, box, "slow")
            group.start_soon(call, box, "slow")
            await anyio.wait_all_tasks_blocked()
            os.kill(pid, signal.SIGKILL)
        assert told == [ENDED] * 2
        assert await box.said("add", SUM) == "5"
        assert int(str(await box.said("pid"))) != pid


@pytest.mark.long
async def test_a_program_that_crashes_is_started_again_for_the_next_call_and_at_last_left_alone() -> None:
    async with opened(program()) as box:
        for _ in range(1 + 5):
            assert (await box.call("crash")).failure() == ENDED
        failure = (await box.call("add", SUM)).failure()
    assert "has ended 5 times, and may be started again in" in failure


@pytest.mark.long
async def test_those_who_call_at_the_same_time_wait_for_one_start() -> None:
    async with opened(program()) as box:
        await box.call("crash")
        pids: set[str] = set()

        async def call() -> None:
            pids.add(str(await box.said("pid")))

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(call)
    assert len(pids) == 1


@pytest.mark.long
async def test_the_scope_may_end_while_a_program_is_started_again() -> None:
    async with opened(program()) as box:
        await box.call("crash")
        async with anyio.create_task_group() as group:
            group.start_soon(box.call, "pid")
            await anyio.wait_all_tasks_blocked()
            group.cancel_scope.cancel()
    assert (await box.call("add", SUM)).failure() == GONE


async def test_after_the_scope_the_program_has_ended_and_its_tools_say_so() -> None:
    async with opened(program()) as box:
        pid = int(str(await box.said("pid")))
        assert not await is_ended(pid)
    assert await is_ended(pid)
    assert (await box.call("add", SUM)).failure() == GONE


async def test_a_scope_that_is_cancelled_ends_the_program_too() -> None:
    pids: list[int] = []
    async with anyio.create_task_group() as group:
        async with opened(program()) as box:
            pids.append(int(str(await box.said("pid"))))
            group.cancel_scope.cancel()
            await box.call("slow")
        raise AssertionError("it went on after it was cancelled")
    assert await is_ended(pids[0])


async def test_an_exception_of_the_users_code_comes_out_as_itself() -> None:
    class Own(Exception):
        pass

    pids: list[int] = []

    async def raising(problem: BaseException) -> None:
        async with opened(program()) as box:
            pids.append(int(str(await box.said("pid"))))
            raise problem

    for problem in (Own(), SystemExit(3)):
        with pytest.raises(type(problem)) as caught:
            await raising(problem)
        assert caught.value is problem
    assert [await is_ended(pid) for pid in pids] == [True, True]


@pytest.mark.parametrize(
    ("server", "kind", "said"),
    [
        (McpServer(name="s", command="no-such-command"), ConfigurationError, "there is no command 'no-such-command'"),
        (McpServer(name="s", command=os.path.dirname(__file__)), ConfigurationError, "not a program that may be run"),
        (McpServer(name="s", command="x", url="y"), ConfigurationError, "it needs a command or a url, and not both"),
        (shell("echo first >&2; echo no token given >&2; exit 3"), ConfigurationError, "it said: no token given."),
        (shell("exit 0"), ConfigurationError, "ended before it gave its tools. Correct"),
        (shell("head -c 300000 /dev/zero | tr '\\0' x >&2; echo >&2"), ConfigurationError, "it said: xxxx"),
        (shell("read line; echo hello"), InvalidResponse, "is not the Model Context Protocol"),
        (shell("read line; printf '\\377\\376\\n{}\\n[[['"), InvalidResponse, "is not the Model Context Protocol"),
        (shell("cat"), InvalidResponse, "'shell' gave no tools: Method not found"),
        (
            shell('read line; echo \'{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":5}}\''),
            InvalidResponse,
            "is not the Model Context Protocol",
        ),
        (
            shell('read line; echo \'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"pay first"}}\''),
            InvalidResponse,
            "'shell' gave no tools: pay first",
        ),
    ],
    ids=lambda part: "-".join(part.arguments[1:]) if isinstance(part, McpServer) else None,
)
async def test_a_program_that_cannot_be_used_is_an_error_that_says_why(
    server: McpServer, kind: type[McpFailure], said: str
) -> None:
    error = await failure(server)
    assert isinstance(error, kind)
    assert said in str(error)
    assert len(str(error)) < 600


@pytest.mark.parametrize(
    ("line", "kind", "said"),
    [
        ("echo hello; cat > /dev/null", InvalidResponse, "is not the Model Context Protocol"),
        ("echo thinking >&2; cat > /dev/null", TimeoutError, "within its time; it said: thinking."),
    ],
)
async def test_a_program_that_says_something_else_and_then_nothing_is_given_up(
    line: str, kind: type[McpFailure], said: str
) -> None:
    async def given_up(seconds: float) -> tuple[McpFailure, str]:
        error = await failure(shell(line, timeout=seconds))
        return error, str(error).replace(f"within {seconds:g} s", "within its time")

    error, text = await with_patience(given_up, lambda pair: isinstance(pair[0], kind) and said in pair[1])
    assert isinstance(error, kind)
    assert said in text


@pytest.mark.long
async def test_a_program_that_ignores_its_end_is_ended() -> None:
    stubborn = "trap '' TERM; echo $$ >&2; while :; do sleep 0.05; done"
    error = await with_patience(
        lambda seconds: failure(shell(stubborn, timeout=seconds)), lambda error: "it said: " in str(error)
    )
    assert isinstance(error, TimeoutError)
    pid = int(str(error.detail).rpartition(" ")[2])
    with anyio.fail_after(GUARD):
        while not await is_ended(pid):  # noqa: ASYNC110  # killed, and perhaps not yet gone
            await anyio.sleep(0.001)


async def test_a_banner_and_a_flood_of_errors_do_no_harm() -> None:
    async with opened(program("banner", "flood")) as box:
        assert await box.said("add", SUM) == "5"


def test_nothing_that_a_program_writes_is_shown() -> None:
    code = (
        "import anyio\n"
        "from tests.adapters.mcp.servers import opened, program\n"
        "async def main():\n"
        "    async with opened(program('banner', 'flood')) as box:\n"
        "        print(len(box.tools))\n"
        "anyio.run(main)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("13\n", "")


@pytest.mark.parametrize("era", ["old", "new"])
async def test_a_program_that_speaks_only_one_era_of_the_protocol_is_understood(era: str) -> None:
    raw = os.path.join(os.path.dirname(__file__), "raw_server.py")
    async with opened(McpServer(name="raw", command=sys.executable, arguments=(raw, era))) as box:
        assert await box.said("era") == era


async def test_the_program_gets_nothing_of_our_environment_but_what_any_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-servers")
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    monkeypatch.setenv("LANG", "C.UTF-8")
    async with opened(program(environment={"GREETING": Secret("hello"), "HOME": Secret("/")})) as box:
        names = set((await box.call("environment")).unwrap())
    assert {"GREETING", "HOME", "PATH", "LANG"} <= names
    assert names <= {"GREETING", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR"} | {
        "TZ",
        "USER",
    }


async def test_secrets_stand_in_no_error() -> None:
    secrets = {"TOKEN": Secret("hunter22"), "LONG": Secret("hunter22-and-more"), "EMPTY": Secret("")}
    error = await failure(shell('echo "bad: $LONG $TOKEN" >&2; exit 1', environment=secrets))
    assert "it said: bad: *** ***" in str(error)
    assert "hunter22" not in f"{error!r}{error}"
    refusing = 'read line; echo \'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no: \'$TOKEN\'"}}\''
    error = await failure(shell(refusing, environment=secrets))
    assert "gave no tools: no: ***" in str(error)
