"""What `generate` does beside asking, `logs`, `schemas` and `compare`, in this process against a simulator."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import Line, line_at, simulator, words_at

FUNCTIONS = '''
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b

def _hidden() -> None: ...
'''


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with simulator(tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    return line_at(tmp_path, monkeypatch)


def test_what_was_asked_is_logged_gone_on_with_and_found_again(line: Line, address: str) -> None:
    at = words_at(address)
    assert line("generate", *at, "--system", "Be brief", "Of", "trains", text="and rails")[0] == 0
    assert line("generate", *at, "--no-log", "A secret")[0] == 0
    code, out, _ = line("generate", *at, "-c", "Why?")
    assert code == 0
    assert "messages: 4 (1 system, 2 user, 1 assistant)" in out
    turns = [json.loads(turn) for turn in line("logs", "--json")[1].splitlines()]
    assert [(turn["prompt"], turn["system"], turn["model"]) for turn in turns] == [
        ("Of trains\n\nand rails", "Be brief", "sim"),
        ("Why?", "Be brief", "sim"),
    ]
    assert turns[0]["conversation"] == turns[1]["conversation"]
    assert line("logs", "RAIL", "-s")[1].count("\n") == 1
    assert line("logs", "secret")[1] == ""
    assert line("logs", "-r", "rails")[1] in line("logs", "rails")[1]


def test_the_log_is_off_by_a_setting_and_sealed_where_conversations_are(line: Line, address: str) -> None:
    (line.home / "off.toml").write_text("log = false\n")
    assert line("generate", *words_at(address), "--config", "off.toml", "Unkept")[0] == 0
    assert line("logs", "--json")[1] == ""
    (line.home / "sealed.toml").write_text("encrypted = true\n")
    at = ("--config", "sealed.toml")
    assert line("generate", *words_at(address), *at, "Kryptographisch")[0] == 0
    assert "Kryptographisch" in line("logs", *at)[1]
    kept = b"".join(path.read_bytes() for path in line.home.rglob("pointsman.db*"))
    assert b"ryptographisch" not in kept


def test_an_answer_that_fails_is_logged_with_why(line: Line, address: str) -> None:
    assert line("generate", *words_at(address, "sim-auth"), "Hello")[0] == 4
    (turn,) = map(json.loads, line("logs", "--json")[1].splitlines())
    assert (turn["prompt"], turn["status"], turn["error"]) == ("Hello", "failed", "AuthenticationFailed")


def test_every_parameter_has_its_option_and_reaches_the_wire(line: Line, address: str) -> None:
    given = {"seed": "7", "top_p": "0.5", "stop": "END", "thinking": "low", "extra.user": "me", "verbosity": "low"}
    words = [word for pair in given.items() for word in ("-o", *pair)]
    code, out, err = line("generate", *words_at(address), *words, "Hi")
    assert (code, err) == (0, "")
    for told in ("top_p=0.5", "seed=7"):
        assert told in out


def test_x_prints_the_code_alone_and_jsonl_a_line_for_each_event(line: Line, address: str) -> None:
    at = words_at(address)
    code, out, _ = line("generate", *at, "-x", "Hi")
    assert code == 0
    assert json.loads(out)["model"] == "sim"
    code, out, _ = line("generate", *at, "--jsonl", "Hi")
    events = [json.loads(event) for event in out.splitlines()]
    assert {event["event"] for event in events[:-1]} == {"text"}
    assert events[-1]["event"] == "done"
    assert "".join(event["text"] for event in events[:-1]) == events[-1]["text"]
    code, out, _ = line("generate", *words_at(address, "sim-auth"), "--jsonl", "Hi")
    assert (code, json.loads(out)["error"]["tag"]) == (4, "AuthenticationFailed")
    code, out, err = line("generate", *words_at(address, "sim-auth"), "--json", "Hi")
    assert (code, json.loads(out)["error"]["tag"]) == (4, "AuthenticationFailed")
    assert "API key" in err


def test_a_template_is_kept_from_the_line_and_takes_what_is_piped(line: Line, address: str) -> None:
    at = words_at(address)
    assert line("generate", *at, "--save", "brief", "--system", "Be brief", "Summarise:")[0] == 0
    assert "brief@1" in line("prompts", "list")[1]
    code, out, _ = line("generate", *at, "--template", "brief", text="a long text\n")
    assert code == 0
    assert "“Summarise: a long text”" in out.replace("\n", " ").replace("  ", " ")
    assert "1 system" in out
    code, out, _ = line("generate", *at, "--template", "summarize", text="piped text")
    assert (code, "piped text" in out) == (0, True)
    code, out, _ = line("generate", *at, "--template", "summarize", "--set", "text=@-", text="by its name")
    assert (code, out.count("by its name")) == (0, 1)


def test_schemas_in_short_are_kept_and_used(line: Line, address: str) -> None:
    at = words_at(address)
    code, out, _ = line("generate", *at, "--schema", "name, age int, tags: list", "A dog")
    assert code == 0
    assert set(json.loads(out)) == {"name", "age", "tags"}
    assert line("schemas", "save", "dog", "name,", "kind?", "cat|dog:", "what", "it", "is")[0] == 0
    kept = json.loads(line("schemas", "show", "dog")[1])
    assert kept["properties"]["kind"] == {"type": "string", "enum": ["cat", "dog"], "description": "what it is"}
    assert kept["required"] == ["name"]
    assert json.loads(line("schemas", "--json")[1]) == {"dog": kept}
    assert "name" in json.loads(line("generate", *at, "--schema", "dog", "A dog")[1])
    assert line("schemas", "delete", "dog")[0] == 0
    assert line("schemas")[1] == ""


@pytest.mark.parametrize("as_file", [True, False])
def test_python_functions_are_tools(line: Line, address: str, as_file: bool) -> None:
    (line.home / "tools.py").write_text(FUNCTIONS)
    source = "tools.py" if as_file else FUNCTIONS
    code, out, err = line("generate", *words_at(address), "--functions", source, "Add 1 and 2")
    assert code == 0, err
    assert "add" in out + err
    assert "_hidden" not in out + err


def test_a_picture_comes_through_the_pipe(line: Line, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    from PIL import Image

    drawn = io.BytesIO()
    Image.new("RGB", (4, 3)).save(drawn, "PNG")
    drawn.seek(0)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(drawn))
    code, out, _ = line("generate", *words_at(address), "--image", "-", "What is it?")
    assert code == 0
    assert "4×3 pixels" in out


def test_models_are_compared_side_by_side(line: Line, address: str) -> None:
    (line.home / "pointsman.toml").write_text(
        f'[providers.one]\nkind = "openai"\nbase_url = "{address}/v1"\n'
        f'[providers.two]\nkind = "anthropic"\nbase_url = "{address}"\n'
    )
    at = ("--config", "pointsman.toml", "-m", "one/sim", "-m", "two/sim")
    code, out, _ = line("compare", *at, "Which way?")
    assert code == 0
    assert out.index("## one/sim") < out.index("## two/sim") < out.index("one/sim\t")
    assert out.count("“Which way?”") == 2
    code, out, err = line("compare", *at, "-m", "one/sim-auth", "--json", "Which way?")
    answers = {answer["asked"]: answer for answer in map(json.loads, out.splitlines())}
    assert code == 4
    assert answers["one/sim"]["error"] is None
    assert answers["one/sim-auth"]["error"]["tag"] == "AuthenticationFailed"
    assert answers["two/sim"]["usage"]["input"] > 0
    assert len(answers) == len(out.splitlines()) == 3
    assert err.startswith("pointsman: one/sim-auth: ")
    assert err.count("\n") == 1


def test_a_refusal_is_no_success(line: Line, address: str) -> None:
    code, _, err = line("generate", *words_at(address, "sim-refusal"), "Hi")
    assert (code, "declined" in err) == (12, True)


def test_aliases_and_the_default_model_are_saved_in_one_command_each(line: Line, address: str) -> None:
    (line.home / "p.toml").write_text(f'[providers.openai]\nbase_url = "{address}/v1"\napi_key = "k"\n')
    at = ("--config", "p.toml")
    assert line("aliases", "set", "fast", "openai/sim", *at)[0] == 0
    assert line("aliases", *at)[1] == "fast\topenai/sim\tsaved\n"
    code, out, _ = line("generate", *at, "-m", "fast", "Hi")
    assert (code, "from model `sim`" in out) == (0, True)
    assert line("aliases", "default", "openai/sim-2", *at)[0] == 0
    assert line("aliases", "default", *at)[1] == "openai/sim-2\n"
    assert "sim-2" in "".join(line("generate", *at, "Hi")[1:])
    assert "alias.set" in line("settings", "audit", *at)[1]
    assert line("aliases", "delete", "fast", *at)[0] == 0
    assert json.loads(line("aliases", "--json", *at)[1]) == {}
    for wrong in (("set", "fast"), ("set", "auto", "openai/sim"), ("default", "nonsense"), ("default", "no/x")):
        assert line("aliases", *wrong, *at)[0] == 2, wrong
    assert line("aliases", "delete", "fast", *at)[0] == 20


def test_models_are_listed_over_all_providers_and_who_is_down_is_told(line: Line, address: str) -> None:
    (line.home / "p.toml").write_text(
        f'[providers.one]\nkind = "openai"\nbase_url = "{address}/v1"\n'
        '[providers.gone]\nkind = "ollama"\nbase_url = "http://127.0.0.1:1"\n'
    )
    code, out, err = line("models", "--config", "p.toml")
    assert code == 0
    assert "one/sim\t" in out
    assert err.startswith("Left out: gone")
    asked = json.loads(line("models", "--config", "p.toml", "--json")[1])
    assert "one/sim" in {model["asked"] for model in asked}
    code, out, _ = line("models", "--config", "p.toml", "-p", "one")
    assert (code, out.startswith("one/")) == (0, False)
    assert line("models", "--config", "p.toml", "-p", "gone")[0] == 9


@pytest.mark.parametrize(
    ("begun", "found"),
    [
        (("gen",), ["generate"]),
        (("generate", "--te"), ["--temperature", "--template", "--tenant"]),
        (("generate", "--cache", ""), ["off", "refresh", "use"]),
        (("generate", "-p", "oll"), ["ollama"]),
        (("settings", "set-"), ["set-password"]),
        (("settings", "list", ""), []),
        (("eval", "ru"), ["run"]),
        (("nothing", "--zz"), []),
    ],
)
def test_tab_offers_what_may_stand_there(line: Line, begun: tuple[str, ...], found: list[str]) -> None:
    assert line("completion", "words", "--", *begun)[1].split() == found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(line: Line, shell: str) -> None:
    code, out, _ = line("completion", shell)
    assert (code, "pointsman completion words --" in out) == (0, True)


def test_bash_takes_its_script_and_completes(line: Line) -> None:
    script = line("completion", "bash")[1]
    stub = 'pointsman() { printf "%s_" "$@"; }\n'
    asked = 'COMP_WORDS=(pointsman generate --ca); COMP_CWORD=2; _pointsman; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", f"{stub}{script}\n{asked}"], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("completion_words_--_generate_--ca_\n", "")


@pytest.mark.parametrize(
    ("shell", "asked", "given"),
    [
        ("zsh", 'autoload -U compinit; compinit -D; eval "$SCRIPT"; print $_comps[pointsman]', "_pointsman\n"),
        ("fish", 'echo "$SCRIPT" | source; complete -C "pointsman conv"', "conversations\n"),
    ],
)
def test_zsh_and_fish_take_their_scripts(line: Line, shell: str, asked: str, given: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    command = line.home / "pointsman"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pointsman "$@"\n')
    command.chmod(0o755)
    known = {"SCRIPT": line("completion", shell)[1], "PATH": f"{line.home}:{os.environ['PATH']}"}
    done = subprocess.run(
        [shell, "-c", asked], capture_output=True, text=True, check=False, env={**os.environ, **known}
    )
    assert (done.stdout, done.stderr) == (given, "")


def test_texts_of_a_collection_are_found_by_what_they_mean(line: Line, address: str) -> None:
    at = words_at(address)
    (line.home / "a.txt").write_text("The signal box is closed at night.")
    (line.home / "b.md").write_text("Bread wants flour, water and salt.")
    code, out, err = line("collections", "add", "notes", "a.txt", "b.md", *at)
    assert (code, out) == (0, "notes has 2 text(s): 2 embedded.\n"), err
    (line.home / "b.md").write_text("Bread wants time.")
    assert line("collections", "add", "notes", "a.txt", "b.md", *at)[1] == (
        "notes has 2 text(s): 1 embedded, 1 were there as they are.\n"
    )
    code, out, _ = line("collections", "search", "notes", "The signal box is closed at night.", *at, "--json")
    first, second = map(json.loads, out.splitlines())
    assert (first["id"], round(first["score"], 6)) == ("a.txt", 1.0)
    assert (second["id"], second["text"]) == ("b.md", "Bread wants time.")
    assert line("collections", *at)[1] == "notes\t2\topenai/sim\n"
    assert line("collections", "delete", "notes", "a.txt", *at)[1] == "1 text(s) deleted.\n"
    assert line("collections", "show", "notes", *at)[1] == "b.md\tBread wants time.\n"


def test_an_encrypted_collection_is_found_alike_and_nothing_of_it_can_be_read_in_the_file(
    line: Line, address: str
) -> None:
    at = words_at(address)
    (line.home / "pointsman.toml").write_text("encrypted = true\n")
    assert line("collections", "add", "notes", *at, text="The heron waits at the semaphore.\n")[0] == 0
    found = json.loads(line("collections", "search", "notes", "The heron waits at the semaphore.", *at, "--json")[1])
    assert (found["text"], round(found["score"], 6)) == ("The heron waits at the semaphore.", 1.0)
    kept = b"".join(file.read_bytes() for file in (line.home / ".local/share/pointsman").glob("pointsman.db*"))
    assert b"heron" not in kept
    assert b"openai/sim" in kept


def test_collections_are_looked_at_without_a_provider(line: Line, address: str) -> None:
    assert line("collections", "add", "notes", *words_at(address), text="one\ntwo\n")[0] == 0
    assert line("collections", "list") == (0, "notes\t2\topenai/sim\n", "")
    assert line("collections", "show", "notes", "--limit", "1")[1].endswith("\tone\n")
    assert line("collections", "delete", "notes") == (0, "2 text(s) deleted.\n", "")
    assert line("collections", "search", "nosuch", "x")[0] == 3  # whoever searches needs a model


def test_a_collection_that_is_not_there_and_another_model_are_told(line: Line, address: str) -> None:
    at = words_at(address)
    assert line("collections", "add", "lines", *at, text="one\n\ntwo\none\n")[1].startswith("lines has 2 text(s)")
    for words, code, said in (
        (("search", "nosuch", "x"), 20, "there is no collection 'nosuch'"),
        (("delete", "lines", "nosuch"), 20, "none of these is in 'lines'"),
        (("search", "lines"), 2, "say what to look for"),
        (("add", "lines"), 2, "there are no texts"),
        (("add",), 2, "name a collection"),
    ):
        ended, _, err = line("collections", *words, *at)
        assert (ended, err.count("\n")) == (code, 1), err
        assert said in err
    ended, _, err = line("collections", "add", "lines", *words_at(address, "other"), text="three\n")
    assert (ended, "was made with openai/sim" in err) == (2, True)


def test_chat_prints_each_event_as_a_line_of_json_where_that_is_wanted(line: Line, address: str) -> None:
    code, out, _ = line("chat", *words_at(address), "--json", text="One\nTwo\n")
    events = [json.loads(row) for row in out.splitlines()]
    assert (code, [one["event"] for one in events].count("done")) == (0, 2)
    assert "messages: 3" in events[-1]["text"]


def test_a_collection_is_sealed_where_all_is_and_gets_the_new_key(line: Line, address: str) -> None:
    (line.home / "sealed.toml").write_text("encrypted = true\n")
    at = (*words_at(address), "--config", "sealed.toml")
    assert line("collections", "add", "notes", *at, text="Kryptographisch\nOffen\n")[0] == 0
    assert line("collections", "add", "notes", *at, text="Kryptographisch\n")[1] == (
        "notes has 2 text(s): 0 embedded, 1 were there as they are.\n"
    )
    kept = b"".join(path.read_bytes() for path in line.home.rglob("pointsman.db*"))
    assert b"notes" in kept
    assert b"Kryptographisch" not in kept
    assert hashlib.blake2b(b"Kryptographisch", digest_size=6).hexdigest().encode() not in kept
    code, out, err = line("settings", "rotate-key", "--yes", "--config", "sealed.toml")
    assert (code, "2 texts of collections" in out) == (0, True), err
    assert "Kryptographisch" in line("collections", "search", "notes", "Kryptographisch", *at)[1].split("\n")[0]
