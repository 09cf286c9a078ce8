"""The command line on a terminal, and with streams that are slow, full or closed: real processes."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import POINTSMAN, environment, on_terminal, simulator, words_at
from tests.patience import GUARD


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with simulator(tmp_path_factory.mktemp("home")) as found:
        yield found


def in_shell(home: Path, line: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`line` in a shell, in which `"$@"` is pointsman with `words`."""
    return subprocess.run(
        ["/bin/sh", "-c", line, "sh", *POINTSMAN, *words],
        capture_output=True,
        text=True,
        cwd=home,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        timeout=GUARD,
        check=False,
    )


def test_a_slow_pipe_is_read_to_its_end_and_that_is_said(tmp_path: Path, address: str) -> None:
    command = [*POINTSMAN, "generate", *words_at(address), "Summarise:"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=tmp_path, env=environment(tmp_path)
    ) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        assert one.stderr is not None
        guard = threading.Timer(GUARD, one.kill)
        guard.start()
        assert "to its end" in one.stderr.readline()  # only then does anything come
        one.stdin.write("SLOW DATA")
        one.stdin.close()
        assert "Summarise: SLOW DATA" in one.stdout.read()
        assert one.wait() == 0
        guard.cancel()


@pytest.mark.parametrize(
    ("line", "words", "code", "said"),
    [
        ('"$@" > /dev/full', ("providers",), 16, "no space left"),
        ('"$@" > /dev/full', ("--help",), 16, "no space left"),
        ('"$@" >&-', ("providers",), 16, "closed"),
        ('"$@" <&- >/dev/null 2>&-', ("providers",), 0, ""),
        ('"$@" 2> /dev/full', ("settings", "show"), 2, ""),
    ],
    ids=["full disk", "help on a full disk", "closed output", "closed input and errors", "errors that are lost"],
)
def test_broken_streams_are_one_sentence_and_the_right_code(
    tmp_path: Path, line: str, words: tuple[str, ...], code: int, said: str
) -> None:
    done = in_shell(tmp_path, line, *words)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert done.stderr.count("\n") == bool(said)


def test_a_closed_output_is_told_before_anybody_is_asked(tmp_path: Path) -> None:
    done = in_shell(tmp_path, '"$@" >&-', "generate", *words_at("http://127.0.0.1:1"), "Hi")
    assert (done.returncode, "closed" in done.stderr) == (16, True)


def test_ctrl_c_while_modules_are_loaded_ends_with_130_and_no_word(tmp_path: Path) -> None:
    program = (
        "import os, signal, pointsman.__main__ as door\n"
        "door.standard = lambda: os.kill(os.getpid(), signal.SIGINT)\n"
        "door.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, env=environment(tmp_path), timeout=GUARD, check=False
    )
    assert (done.returncode, done.stderr) == (130, b"")


def test_ctrl_c_at_the_prompt_of_chat_is_asked_twice_and_leaves_the_terminal_as_it_was(
    tmp_path: Path, address: str
) -> None:
    with on_terminal(tmp_path, "chat", *words_at(address)) as chat:
        before = chat.modes()
        chat.wait_for("Talking with openai/sim")
        chat.wait_for("> ")
        chat.interrupt()
        chat.wait_for("Ctrl-C again leaves")
        assert chat.process.poll() is None
        chat.interrupt()
        assert chat.wait() == 130
        assert chat.modes() == before


def test_a_pasted_block_is_one_message(tmp_path: Path, address: str) -> None:
    with on_terminal(tmp_path, "chat", *words_at(address)) as chat:
        chat.wait_for("> ")
        chat.type("\x1b[200~def f():\r    return 1\r# end\x1b[201~\r")
        chat.wait_for("messages: 1 (1 user)")
        chat.wait_for("> ", times=2)
        chat.type("/exit\r")
        assert chat.wait() == 0
        assert "messages: 3" not in chat.seen
    kept = in_shell(tmp_path, '"$@"', "logs", "--json").stdout
    assert kept.count("\n") == 1
    assert r'"prompt":"def f():\n    return 1\n# end"' in kept


def test_sigterm_at_a_prompt_ends_with_143_and_leaves_the_terminal_as_it_was(tmp_path: Path, address: str) -> None:
    for words in (("chat", *words_at(address)), ("settings", "set", "openai", "api_key=-")):
        with on_terminal(tmp_path, *words) as one:
            before = one.modes()
            one.wait_for("> " if words[0] == "chat" else ": ")
            one.process.terminate()
            assert one.wait() == -signal.SIGTERM  # a shell says 143
            assert one.modes() == before


def test_slash_commands_and_tab_do_what_help_says_of_them(tmp_path: Path, address: str) -> None:
    with on_terminal(tmp_path, "chat", *words_at(address)) as chat:
        chat.wait_for("> ")

        def say(line: str, expected: str) -> None:
            already = chat.seen.count(expected)
            chat.type(f"{line}\r")
            chat.wait_for(expected, times=already + 1)

        say("/fork", "Nothing has been said yet.")
        say("/system Be brief.", "The instructions are set.")
        say("First question", "messages: 2")
        say("/again", "messages: 2")
        say("/cost", "4 message(s), cost")
        say("/save Signals", "Kept as 'Signals'")
        say("/compare openai/sim openai/sim-echo", "openai/sim-echo")
        say("/mod\topenai/sim", "Going on with openai/sim.")
        say("/model", "Talking with openai/sim")
        say("/nosuch", "There is no command /nosuch")
        chat.type("/ex\t\r")
        assert chat.wait() == 0


def test_a_table_of_many_columns_is_not_broken_on_a_narrow_terminal(tmp_path: Path, address: str) -> None:
    assert in_shell(tmp_path, '"$@"', "generate", *words_at(address), "Hi").returncode == 0
    with on_terminal(tmp_path, "usage", columns=40) as usage:
        assert usage.wait() == 0
        assert "openai/sim" in usage.seen  # the name stands whole
        assert "calls 1" in usage.seen


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_an_id_can_be_copied_from_a_narrow_terminal(tmp_path: Path, address: str, columns: int) -> None:
    for question in ("Hi", "Which way is the station from the platform where the night train to Brig leaves?"):
        assert in_shell(tmp_path, '"$@"', "generate", *words_at(address), question).returncode == 0
    with on_terminal(tmp_path, "conversations", "list", columns=columns) as listed:
        assert listed.wait() == 0
        lines = re.sub(r"\x1b\[[0-9;]*m", "", listed.seen).splitlines()
    ids = [line.split()[0] for line in lines if re.fullmatch("[0-9a-f]{32}", line.split(" ")[0])]
    assert len(set(ids)) == 2
    assert max(map(len, lines)) <= columns
    assert "station" in " ".join(lines)


@pytest.mark.parametrize("words", [("settings", "set", "openai", "api_key=-"), ("settings", "set-password")])
def test_one_ctrl_c_ends_a_secret_prompt_and_typing_is_seen_again(tmp_path: Path, words: tuple[str, ...]) -> None:
    with on_terminal(tmp_path, *words) as one:
        before = one.modes()
        one.wait_for(": ")
        assert one.modes() != before  # what is typed now is not seen
        one.interrupt()
        assert one.wait() == 130
        assert one.modes() == before


def test_one_ctrl_c_at_a_question_is_a_no_and_leaves_the_terminal_as_it_was(tmp_path: Path, address: str) -> None:
    assert in_shell(tmp_path, '"$@"', "generate", *words_at(address), "Keep me").returncode == 0
    with on_terminal(tmp_path, "conversations", "delete", "latest") as one:
        before = one.modes()
        one.wait_for("(y/N)")
        one.interrupt()
        assert one.wait() == 130
        assert one.modes() == before
    assert "Keep me" in in_shell(tmp_path, '"$@"', "conversations", "list").stdout


def test_with_a_home_that_cannot_be_written_a_question_is_answered_and_nothing_is_claimed(address: str) -> None:
    done = in_shell(Path("/proc"), 'exec "$@"', "generate", *words_at(address), "Hi")  # nobody can make files there
    assert done.returncode == 0, done.stderr
    assert "not recorded" in done.stderr


@pytest.mark.parametrize("command", [POINTSMAN, [str(Path(sys.executable).parent / "pointsman")]], ids=["-m", "script"])
def test_ctrl_c_while_the_package_itself_is_loaded_ends_with_130_and_no_word(
    tmp_path: Path, command: list[str]
) -> None:
    """A `sitecustomize` presses Ctrl-C when the first of the data types is loaded, which is before `main` runs."""
    if not Path(command[0]).exists():
        pytest.skip("the command is not installed beside this Python")
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "class Press:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'pointsman.core.chat.event':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Press())\n"
    )
    told = environment(tmp_path)
    told["PYTHONPATH"] = f"{tmp_path}:{told['PYTHONPATH']}"
    done = subprocess.run(
        [*command, "providers"], capture_output=True, env=told, cwd=tmp_path, timeout=GUARD, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
    other = subprocess.run(
        [sys.executable, "-c", "import pointsman"], capture_output=True, env=told, timeout=GUARD, check=False
    )
    assert b"KeyboardInterrupt" in other.stderr, "a program of somebody else keeps Python's own way"


def test_a_program_that_is_called_as_the_command_is_may_load_the_package_in_a_thread(tmp_path: Path) -> None:
    program = tmp_path / "pointsman"
    program.write_text(
        "from threading import Thread\nThread(target=lambda: print(__import__('pointsman').ask)).start()"
    )
    done = subprocess.run([sys.executable, str(program)], env=environment(tmp_path), capture_output=True, text=True)
    assert (done.stderr, done.stdout[:13]) == ("", "<function ask")


def test_a_program_that_is_called_as_the_command_is_keeps_its_own_end_at_ctrl_c(tmp_path: Path) -> None:
    program = tmp_path / "pointsman"
    program.write_text(
        "import os, signal, pointsman\n"
        "try:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "except KeyboardInterrupt:\n"
        "    print('cleared up')\n"
    )
    done = subprocess.run([sys.executable, str(program)], env=environment(tmp_path), capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "cleared up\n", "")
