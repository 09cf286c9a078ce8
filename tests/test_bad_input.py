"""A hundred things that people type and pipe wrongly: one sentence on standard error, the right code, nothing sent.

Each runs in this process. Those that need a process, a terminal or broken streams stand in `test_terminal.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pointsman.adapters.cli.exit_codes import MEANINGS
from tests.command_line import Line, line_at

NOBODY = "-p ollama -u http://127.0.0.1:1 -m x"
"""A server that is not there: whoever asks it all the same ends with 9."""
G = f"generate --no-log {NOBODY}"

WRONG: tuple[tuple[str, int, str], ...] = (
    # the words of the line
    ("nope", 2, "invalid choice"),
    ("", 2, "COMMAND"),
    ("--nope", 2, "required"),
    (f"{G} --nope x", 2, "--nope"),
    (f"{G} --temp 1 x", 2, "--temp"),
    (f"{G} -m", 2, "expected one argument"),
    ("settings", 2, "required"),
    ("settings nope", 2, "invalid choice"),
    ("settings show", 2, "settings show NAME"),
    ("settings set", 2, "settings set NAME"),
    ("settings set openai", 2, "settings set NAME"),
    ("settings set openai model", 2, "field=value"),
    ("settings set openai nope=1", 2, "nope"),
    ("settings set openai temperature=hot", 2, "temperature"),
    ("settings set openai temperature=9", 2, "temperature"),
    ("settings use", 2, "settings use NAME"),
    ("settings forget-secrets", 2, "--yes"),
    ("conversations", 2, "required"),
    ("conversations rename x", 2, "new title"),
    ("conversations delete", 2, "name the conversation"),
    ("conversations import", 2, "name the file"),
    ("conversations import none.json", 2, "no such file"),
    ("conversations export x --format pdf", 2, "invalid choice"),
    ("conversations list --limit 0", 2, "at least 1"),
    ("memory add", 2, "memory add"),
    ("memory forget", 2, "memory forget"),
    ("memory add x --importance 2", 2, "between 0 and 1"),
    ("prompts show", 2, "say which"),
    ("prompts show nope", 2, "no prompt 'nope'"),
    ("prompts show summarize@9", 2, "no version"),
    ("prompts compare summarize", 2, "say which"),
    ("prompts render summarize --set x", 2, "name=value"),
    ("prompts render summarize --set text=@none.txt", 2, "no such file"),
    ("prompts render summarize", 2, "must be given"),
    ("usage --since yesterday", 2, "not a moment"),
    ("usage --until soon", 2, "not a moment"),
    ("usage --by colour", 2, "invalid choice"),
    ("cache", 2, "required"),
    ("logs -n 0", 2, "at least 1"),
    ("logs -n many", 2, "whole number"),
    ("schemas save dog", 2, "schemas save"),
    ("schemas save d/g name", 2, "no name"),
    ("schemas save dog 'age int int'", 2, "no type"),
    ("schemas save dog 'age, age'", 2, "twice"),
    ("serve --port 70000", 2, "between 0 and 65535"),
    ("serve --port x", 2, "port number"),
    ("simulate --pace -1", 2, "at least 0"),
    ("transcribe", 2, "FILE"),
    ("transcribe none.wav " + NOBODY, 2, "no such file"),
    ("embed " + NOBODY, 2, "no texts"),
    (f"embed x {NOBODY} --dimensions 0", 2, "at least 1"),
    ("compare --config two.toml hi", 2, "name the models"),
    ("compare --config two.toml -m one hi", 2, "name the models"),
    ("compare --config two.toml -m a -m b", 2, "no prompt"),
    ("compare --config two.toml -m a -m b -o seed x hi", 2, "whole number"),
    ("route --task nope " + NOBODY, 2, "no task 'nope'"),
    ("chat --conversation a --continue", 2, "not allowed"),
    # numbers
    (f"{G} -t 3 x", 2, "between 0 and 2"),
    (f"{G} -t nan x", 2, "between 0 and 2"),
    (f"{G} -t warm x", 2, "not a number"),
    (f"{G} --max-tokens 0 x", 2, "at least 1"),
    (f"{G} --max-tokens 1e3 x", 2, "whole number"),
    (f"{G} --timeout 0 x", 2, "at least"),
    (f"{G} --timeout nan x", 2, "at least"),
    # parameters
    (f"{G} -o", 2, "expected 2 arguments"),
    (f"{G} -o seed x y", 2, "whole number"),
    (f"{G} -o sed 3 x", 2, "did you mean seed"),
    (f"{G} -o top_p 3 x", 2, "between 0 and 1"),
    (f"{G} -o n 0 x", 2, "n: 0"),
    (f"{G} -o logit_bias [] x", 2, "JSON object"),
    (f"{G} -o thinking hard x", 2, "neither a number of tokens"),
    (f"{G} -o json_mode maybe x", 2, "neither true nor false"),
    (f"{G} -o on_unsupported cry x", 2, "neither warn nor fail"),
    (f"{G} -o timeout -1 x", 2, "not above 0"),
    # what is said and would have no effect
    (G, 2, "no prompt"),
    (f"{G} --task nope x", 2, "no task"),
    (f"{G} --order a/b x", 2, "leave one of them out"),
    ("generate --config two.toml --order= x", 2, "names no model"),
    (f"{G} --set a=b x", 2, "--template"),
    (f"{G} --save", 2, "expected one argument"),
    (f"{G} --save brief", 2, "nothing to keep"),
    (f"{G} --save ../x hi", 2, "no name"),
    (f"{G} --save x {{{{a", 2, "does not begin a variable"),
    (f"{G} --template nope x", 2, "no prompt 'nope'"),
    (f"{G} --template summarize", 2, "must be given"),
    # files
    (f"{G} --image none.png x", 2, "no such file"),
    (f"{G} --image empty x", 2, "empty"),
    (f"{G} --image . x", 2, "folder"),
    # schemas
    (f"{G} --schema none.json x", 2, "no such file"),
    (f"{G} --schema {{bad x", 2, "not JSON"),
    (f"{G} --schema {{}} x", 2, "not a JSON Schema"),
    (f'{G} --schema {{"type":"objekt"}} x', 2, "did you mean object"),
    (f'{G} --schema {{"type":5}} x', 2, "no type"),
    (f'{G} --schema {{"$ref":"#/no"}} x', 2, "leads nowhere"),
    (f'{G} --schema {{"type":"string","pattern":"("}} x', 2, "no regular expression"),
    (f'{G} --schema {{"type":"integer","minimum":9,"maximum":1}} x', 2, "nothing can fit"),
    (f'{G} --schema {{"enum":[]}} x', 2, "at least one value"),
    (f"{G} --schema 'name strng' x", 2, "did you mean"),
    # settings
    ("generate -p opnai x", 3, "did you mean openai"),
    ("generate -p openai x", 3, "OPENAI_API_KEY"),
    ("generate -u ftp://x x", 3, "not an address"),
    ("generate --config none.toml x", 3, "no such file"),
    ("generate --config notes.txt x", 3, "TOML"),
    ("generate --config deep.toml x", 3, "deep.toml"),
    ("generate --config binary.toml x", 3, "binary.toml"),
    (f"{G} --tools nope x", 3, "no tool 'nope'"),
    (f"{G} --functions none.py x", 2, "no such file"),
    (f"{G} --functions notes.txt x", 2, "cannot be loaded"),
    (f"{G} --functions empty x", 2, "no public function"),
    # what is not kept here
    ("settings test nope", 20, "no provider 'nope'"),
    ("conversations show nope", 20, "no such conversation"),
    ("conversations delete nope", 20, "no such conversation"),
    ("memory forget nope", 20, "no such memory"),
    ("experiment nope", 20, "no experiment 'nope'"),
    ("collections show nope", 20, "no collection 'nope'"),
    ("schemas show nope", 20, "no schema is called 'nope'"),
    ("read", 2, "no file to read"),
    ("local get nope", 2, "no model that can be got; there are minilm, smollm2; others"),
    ("logs -r", 20, "nothing that fits"),
    ("schemas show nope", 20, "no schema"),
    ("schemas delete nope", 20, "no schema"),
    (f"{G} -c why", 20, "no such conversation"),
    (f"{G} --conversation nope why", 20, "no such conversation"),
    # the world
    (f"{G} hi", 9, "nothing answers"),
    ("usage --database notes.txt", 16, "notes.txt"),
    ("memory list --database .", 16, "directory"),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all: making a database takes longer than most of these lines, and none of them keeps anything."""
    tmp_path = tmp_path_factory.mktemp("home")
    (tmp_path / "notes.txt").write_text("only notes\n")
    (tmp_path / "two.toml").write_text('[providers.ollama]\nbase_url = "http://127.0.0.1:1"\nmodel = "x"\n')
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "deep.toml").write_text("x = " + "[" * 5000)
    (tmp_path / "binary.toml").write_bytes(bytes(range(128, 256)))
    return tmp_path


@pytest.fixture
def line(home: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    return line_at(home, monkeypatch)


def words_of(text: str) -> list[str]:
    """Words as a shell would make them, of quotes only `'` having a meaning."""
    words = [word for part in text.split("'")[0::2] for word in [part]]
    quoted = text.split("'")[1::2]
    found: list[str] = []
    for number, plain in enumerate(words):
        found += plain.split()
        found += quoted[number : number + 1]
    return found


@pytest.mark.parametrize(("text", "code", "said"), WRONG, ids=[text or "nothing" for text, _, _ in WRONG])
def test_what_is_wrong_is_one_sentence_with_the_right_code(line: Line, text: str, code: int, said: str) -> None:
    found, out, err = line(*words_of(text))
    assert (found, out) == (code, ""), err
    assert said in err
    assert err.startswith("pointsman: ")
    assert err.count("\n") == 1 + err.count("  (tried "), err
    assert "Errno" not in err
    assert "sending it again unchanged" not in err
    assert not err.rstrip("\n").endswith(("..", "?."))
    assert err.rstrip("\n").endswith((".", "?", ")", "…"))


@pytest.mark.parametrize(
    ("data", "said"), [(b"caf\xe9", "byte 0xe9 at position 3"), (b"\x00\xff" * 9, "not UTF-8"), (b"  \n", "no prompt")]
)
def test_what_is_piped_and_is_no_text_is_told_and_not_sent(line: Line, data: bytes, said: str) -> None:
    code, out, err = line(*G.split(), text=data)
    assert (code, out) == (2, "")
    assert said in err


def test_there_are_a_hundred_and_each_code_is_one_that_is_written_down() -> None:
    assert len(WRONG) >= 100
    assert {code for _, code, _ in WRONG} <= MEANINGS.keys()
