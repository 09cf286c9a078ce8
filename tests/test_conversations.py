"""Conversations as a person has them: `chat`, Ctrl-C, a crash, another day, and what is kept of it all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.patience import GUARD, attempts
from tests.test_cli import POINTSMAN, address, environment, run, take_ctrl_c

__all__ = ["address"]


@pytest.fixture
def home(tmp_path: Path, address: str) -> Path:
    """A folder whose settings lead to a simulated model, and a database of its own."""
    (tmp_path / "pointsman.toml").write_text(
        f"""
        database = "talks.db"
        [providers.gpt]
        kind = "openai"
        base_url = "{address}/v1"
        api_key = "sk-simulated"
        model = "sim"
        [models."gpt/*"]
        input = 1
        output = 2
        """
    )
    return tmp_path


@contextmanager
def talking(home: Path) -> Iterator[subprocess.Popen[str]]:
    """`pointsman chat` under way; it takes Ctrl-C as from a terminal."""
    command = [*POINTSMAN, "chat", "-p", "gpt"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
        cwd=home,
        env=environment(home),
        preexec_fn=take_ctrl_c,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def say(process: subprocess.Popen[str], text: str, until: str) -> str:
    """Say `text` and read the answer up to `until`."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(text + "\n")
    process.stdin.flush()
    heard = ""
    while until not in heard:
        piece = os.read(process.stdout.fileno(), 4096).decode()
        assert piece, heard
        heard += piece
    return heard


def dialogue(home: Path) -> dict[str, object]:
    code, out, err = run(home, "conversations", "show", "--json")
    assert code == 0, err
    found: dict[str, object] = json.loads(out)
    return found


def told(home: Path) -> list[tuple[str, str]]:
    entries = dialogue(home)["entries"]
    assert isinstance(entries, list)
    return [(entry["message"]["role"], entry["status"]) for entry in entries]


def last_text(home: Path) -> str:
    entries = dialogue(home)["entries"]
    assert isinstance(entries, list)
    return "".join(part["text"] for part in entries[-1]["message"]["parts"])


TURN = [("user", "complete"), ("assistant", "complete")]


def test_ctrl_c_in_the_fourth_turn_keeps_all_and_continue_goes_on(home: Path) -> None:
    with talking(home) as process:
        for text in ("First thing.", "Second thing.", "Third thing."):
            say(process, text, "```\n\n")
        say(process, "/model gpt/sim-stall\nFourth thing.", "Simulated")
        process.send_signal(signal.SIGINT)
        assert process.stdin is not None
        process.stdin.write("/exit\n")
        process.stdin.close()
        assert process.wait(timeout=GUARD) == 0
        assert process.stderr is not None
        assert "Stopped; what had come is kept." in process.stderr.read()
    assert told(home) == [*TURN * 3, ("user", "complete"), ("assistant", "partial")]
    code, out, err = run(home, "chat", "-p", "gpt", "--continue", text="Fifth thing.\n/history\n/cost\n")
    assert code == 0
    assert "Going on with 'First thing.': 8 message(s) so far." in err
    assert "The last answer was cut off: 'Simulated" in err
    assert "assistant [partial]: Simulated" in err
    assert "messages: 9" in out
    assert "10 message(s), cost at least $0.00" in err


def test_of_an_answer_that_a_kill_cuts_off_what_had_come_is_kept(home: Path) -> None:
    with talking(home) as process:
        say(process, "First thing.", "```\n\n")
        say(process, "/model gpt/sim-stall\nSecond thing.", "Simulated")
        for _ in attempts():  # it is kept a moment after it was seen
            if last_text(home).startswith("Simulated"):
                break
        process.kill()
        process.wait(timeout=GUARD)
    assert told(home) == [*TURN, ("user", "complete"), ("assistant", "partial")]
    assert last_text(home).startswith("Simulated")


@pytest.mark.long
def test_conversations_are_listed_searched_renamed_exported_imported_and_deleted(home: Path) -> None:
    assert run(home, "chat", "-p", "gpt", text="All about signals.\n")[0] == 0
    assert run(home, "chat", "-p", "gpt", text="All about points.\n/save Points and crossings\n")[0] == 0
    listed = json.loads(run(home, "conversations", "list", "--json")[1])
    assert [one["title"] for one in listed] == ["Points and crossings", "All about signals."]
    assert run(home, "conversations", "search", "signals")[1].split("\t")[2] == "All about signals."
    id = listed[1]["id"]
    assert run(home, "conversations", "rename", id[:8], "Signals")[0] == 0
    shown = run(home, "conversations", "show", id[:8])[1]
    assert shown.startswith("# Signals\n")
    assert "## user\n\nAll about signals.\n\n## assistant (gpt/" in shown
    line = json.loads(run(home, "conversations", "export", id, "--format", "jsonl")[1])
    assert [message["role"] for message in line["messages"]] == ["user", "assistant"]
    (home / "talk.json").write_text(run(home, "conversations", "export", id)[1])
    again = run(home, "conversations", "import", "talk.json")
    assert again[:2] == (0, "Imported 0 conversation(s) with 0 message(s) from pointsman; 1 were there already.\n")
    assert run(home, "conversations", "delete", id)[1] == f"Deleted {id} with 2 message(s).\n"
    assert run(home, "conversations", "import", "talk.json")[1] == f"Imported {id} with 2 message(s).\n"
    assert run(home, "conversations", "show", id[:8])[1] == shown


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["conversations", "show"], 20, "there is no such conversation"),
        (["conversations", "delete"], 2, "name the conversation"),
        (["conversations", "rename", "x"], 2, "its new title"),
        (["conversations", "import", "no.json"], 2, "no such file"),
        (["conversations", "import", "pointsman.toml"], 2, "not an exported conversation"),
        (["chat", "-p", "gpt", "--conversation", "zzz"], 20, "there is no such conversation"),
    ],
)
def test_wrong_input_is_one_sentence(home: Path, arguments: list[str], code: int, said: str) -> None:
    found, _, err = run(home, *arguments)
    assert found == code
    assert said in err


def test_a_fork_leaves_the_conversation_as_it_was(home: Path) -> None:
    assert run(home, "chat", "-p", "gpt", text="Begin.\n/fork\nAnother way.\n")[0] == 0
    listed = json.loads(run(home, "conversations", "list", "--json")[1])
    shown = [json.loads(run(home, "conversations", "show", one["id"], "--json")[1]) for one in listed]
    assert sorted(len(one["entries"]) for one in shown) == [2, 4]


def test_a_tool_runs_in_chat_and_is_kept_with_the_conversation(home: Path) -> None:
    asked = "Use the calculator, please."
    code, _, err = run(home, "chat", "-p", "gpt", "--tools", "calculator,current_time", text=f"{asked}\nThanks.\n")
    assert code == 0
    assert "[calculator(" in err
    roles = [role for role, _ in told(home)]
    assert roles == ["user", "assistant", "tool", "assistant", "user", "assistant"]
    code, out, err = run(home, "generate", "-p", "gpt", "--tools", "calculator", asked)
    assert code == 0
    assert "[calculator(" in err
    assert "1 tool" in out
    code, _, err = run(home, "generate", "-p", "gpt", "--tools", "calculater", "x")
    assert code == 3
    assert "did you mean calculator?" in err


def test_what_is_remembered_by_hand_is_told_to_the_model(home: Path) -> None:
    code, id, _ = run(home, "memory", "add", "The", "lever", "is", "red")
    assert code == 0
    assert run(home, "memory", "search", "which lever?")[1].split("\t")[1] == "The lever is red"
    code, out, err = run(home, "chat", "-p", "gpt", "--memory", "-v", text="Which lever is it?\n")
    assert code == 0
    assert "remembered: The lever is red" in err
    assert "messages: 2 (1 system, 1 user)" in out
    assert run(home, "memory", "forget", id.strip())[1] == "Forgotten.\n"
    assert run(home, "memory", "list")[2].strip() == "Nothing is remembered that fits."
    assert run(home, "memory", "add")[0] == 2
