"""Every command of README and the pages is run, in the order of its page, in an empty HOME, before the simulator.

The tutorial has a test of its own, which also compares what is printed. What a page leaves to its reader (files, names,
what is typed) stands in its `Scene`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from pointsman import fake, fake_settings, open_app
from pointsman.adapters.providers.table import PROVIDERS
from pointsman.layers.simulation import simulated_path
from pointsman.testing import ScriptedClient
from tests.adapters.extract.samples import pdf
from tests.adapters.media.test_image import picture
from tests.adapters.media.test_sound_and_documents import tone
from tests.adapters.postgres.server import started_server
from tests.command_line import simulator
from tests.patience import GUARD
from tests.reader import Reader, free_port, reading
from tests.test_readme import DOCS, ROOT

ELSEWHERE = {
    "python3 -m venv": "`.ci/run` itself",
    ".venv/bin/pip": "`.ci/run` itself",
    "pip install 'pointsman[": "the extras are installed where this runs",
    "ANTHROPIC_BASE_URL=": "tests/peers/test_agents.py, with claude itself",
    "pointsman local get": "tests/adapters/local, where the package index has the model",
    'pointsman generate "Say hello."': "tests/adapters/local, with that model",
    "pointsman completion fish": "tests/test_asking.py, in fish",
    "dask ": "tests/adapters/dask, on a cluster of its own",
    "pointsman eval run --models A,B --cluster": "tests/test_eval_cluster.py, on a cluster of its own",
}
"""What is not run here, by its beginning: where it is run instead, or why not."""


@attrs.frozen
class Scene:
    """What the reader of a page has before it is read."""

    files: Mapping[str, bytes] = {}
    words: Mapping[str, str] = {}
    """What stands for the reader's own in a command."""
    typed: Mapping[str, str] = {}
    """What is piped into commands, by their beginnings."""
    codes: Mapping[str, int] = {}
    """The exit codes of commands that do not end with 0, by their beginnings: each as its page says."""
    after: Mapping[str, Callable[[Reader], object]] = {}
    """What somebody else does after a command."""
    has_settings: bool = False
    """Whether the settings that the page shows are the reader's."""


def accept_invitation(reader: Reader) -> None:
    """Ann opens the link at the server that runs."""
    word = re.findall(r"#invite=(\S+)", reader.run("pointsman users invite member"))[0]
    body = {"invitation": word, "name": "ann", "password": "correct horse"}
    address = f"http://127.0.0.1:{reader.words['pointsman serve'].rpartition(' ')[2]}"
    assert httpx.post(f"{address}/api/v1/session", json=body, timeout=GUARD, trust_env=False).status_code == 200


def make_key(reader: Reader) -> None:
    """A key, whose id takes the place of the page's."""
    reader.run("pointsman keys create desk")
    reader.words["f6bdcdc96949"] = re.findall(r"[0-9a-f]{12}", reader.run("pointsman keys list"))[0]


CHAT = "Which way?\n/exit\n"
TEXTS = {"letter.txt": b"The night train leaves from platform 3.", "report.txt": b"Points are set by a pointsman."}
REPORT = {"report.pdf": pdf(["Points are set by a pointsman.", "He is on his way.", "The end."])}
PICTURES = {"photo.jpg": picture("JPEG"), "a.png": picture()}
TOOLS = b'''import random


def roll(dice: int, sides: int) -> int:
    """The sum of some dice."""
    return sum(random.randint(1, sides) for _ in range(dice))
'''

SCENES = {
    "README.md": Scene(
        words={"git diff": "echo '+points'"},
        typed={"pointsman chat": CHAT},
    ),
    "docs/assistants.md": Scene(
        files=TEXTS | REPORT | PICTURES | {"talk.mp3": tone()},
        typed={"pointsman chat": CHAT},
        words={"pointsman transcribe": "pointsman transcribe -p openai"},
    ),
    "docs/command-line.md": Scene(
        files=TEXTS
        | PICTURES
        | {"tools.py": TOOLS, "questions.txt": b"# later\nWho pays for shipping?\n"}
        | {"notes/one.md": b"The customer pays for shipping.", "notes/two.md": b"Points are set by hand."},
        words={"git diff": "echo '+points'", "curl -s https://example.org/a.png": "cat a.png"},
    ),
    "docs/documents.md": Scene(files=REPORT | PICTURES | {"talk.wav": tone()}),
    "docs/evaluation.md": Scene(words={"--seed 7 --budget 2.50": "--seed 7 --budget 2.50 --cases 4"}),
    "docs/healing.md": Scene(
        files={"test_way.py": b"def test_way():\n    assert 'left' == 'right'\n", "app.py": b"print(1 / 0)\n"}
        | {"app.log": b"Traceback (most recent call last):\n  File 'app.py', line 1\nZeroDivisionError: by zero\n"},
        words={"tail -f": "cat"},
        codes={"pointsman heal -- pytest": 18, "pointsman heal -m": 18},
    ),
    "docs/local.md": Scene(),
    "docs/operations.md": Scene(
        words={"/backups/": "", "erase ": "erase --yes ", "D=…": "D=correct-horse"},
        typed={"pointsman settings set-password": "a long password\n"},
        after={"pointsman serve --workers": Reader.end, "pointsman restore": make_key},
    ),
    "docs/plugins.md": Scene(),
    "docs/routing.md": Scene(has_settings=True),
    "docs/serving.md": Scene(words={"erase ": "erase --yes "}, after={"pointsman users invite": accept_invitation}),
    "docs/simulator.md": Scene(),
}


def blocks_of(page: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)


def lines_of(block: str) -> Iterator[str]:
    """The commands of a block, without those that run elsewhere."""
    for line in block.replace("\\\n", " ").splitlines():
        if not line.startswith(tuple(ELSEWHERE)):
            yield line


def at_beginning(table: Mapping[str, object], line: str) -> list[object]:
    return [value for beginning, value in table.items() if line.startswith(beginning)]


def test_every_page_with_commands_has_a_reader() -> None:
    pages = [f"docs/{page.name}" for page in sorted(DOCS.glob("*.md")) if page.name != "tutorial.md"]
    assert sorted(SCENES) == ["README.md", *(page for page in pages if blocks_of(page))]


def test_what_runs_elsewhere_is_on_a_page() -> None:
    every = [line for page in SCENES for block in blocks_of(page) for line in block.splitlines()]
    assert [word for word in ELSEWHERE if not any(line.startswith(word) for line in every)] == []


def follow(reader: Reader, line: str, scene: Scene) -> None:
    """Do what a line says, and what comes after it."""
    command = reader.place(line)
    if exported := re.match(r"export (\w+)=(\S+)", command):
        reader.environment[exported[1]] = exported[2]
    elif re.search(r"pointsman (serve|simulate)\b", command):
        assert set(reader.end()) <= {0}
        reader.start(command.split("#")[0].rstrip(" &"))
    else:
        (code,) = at_beginning(scene.codes, line) or [0]
        (typed,) = at_beginning(scene.typed, line) or [""]
        assert isinstance(code, int)
        printed = reader.run(f"set +e; {command}", code, str(typed))
        assert "Traceback" not in printed or "heal" in command  # what is healed may print its own
    for act in (act for beginning, act in scene.after.items() if line.startswith(beginning)):
        act(reader)


def providers_at(address: str) -> dict[str, str]:
    """The variables by which three vendors are the simulator."""
    names = ("openai", "anthropic", "ollama")
    addresses = {f"{name.upper()}_BASE_URL": address + simulated_path(PROVIDERS[name]) for name in names}
    return addresses | {"OPENAI_API_KEY": "k-openai-123456", "ANTHROPIC_API_KEY": "k-anthropic-123456"}


@pytest.mark.long
@pytest.mark.parametrize("page", SCENES)
def test_the_commands_of_a_page_do_what_they_say(page: str, tmp_path: Path) -> None:
    scene = SCENES[page]
    (tmp_path / "desk").mkdir()
    needed = started_server() if "postgresql://" in "".join(blocks_of(page)) else nullcontext()
    with (
        needed as server,
        simulator(tmp_path / "desk") as address,
        reading(tmp_path, ("8399",), **providers_at(address)) as reader,
    ):
        reader.words.update({**scene.words, "pointsman serve": f"pointsman serve --port {free_port()}"})
        if server is not None:
            reader.words["postgresql://me@db.example/house"] = f"'{server.url()}'"
        for name, content in scene.files.items():
            (reader.folder / name).parent.mkdir(exist_ok=True)
            (reader.folder / name).write_bytes(content)
        if scene.has_settings:
            shown = re.findall(r"```toml\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
            (reader.folder / "pointsman.toml").write_text("\n".join(shown), "utf-8")
        for block in blocks_of(page):
            for line in lines_of(block):
                follow(reader, line, scene)
        assert set(reader.end()) <= {0}


def programs_of(page: str) -> list[str]:
    """The programs of a page that are not a file of `examples/`, which have tests of their own."""
    return re.findall(r"(?<!-->\n)```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)


@pytest.mark.long
@pytest.mark.parametrize("page", ["README.md", "docs/programs.md", "docs/plugins.md"])
def test_the_programs_of_a_page_run_as_they_stand(page: str, tmp_path: Path) -> None:
    """Those that ask, and tests; what only defines a function is called by `test_the_functions_of_the_pages`."""
    (tmp_path / "desk").mkdir()
    run = 0
    with simulator(tmp_path / "desk") as address, reading(tmp_path, **providers_at(address)) as reader:
        for program in programs_of(page):
            is_test = "def test_" in program
            (reader.folder / "test_it.py").write_text(program, "utf-8")
            if is_test:
                assert " passed" in reader.run("pytest -q test_it.py")
            elif "connect()" in program or "anyio.run" in program:
                assert "nobody answered" not in reader.run("python test_it.py")
            else:
                continue
            run += 1
    assert run >= 1


async def test_the_functions_of_the_pages_do_what_they_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    for page in ("README.md", "docs/programs.md", "docs/healing.md"):
        for program in programs_of(page):
            if "connect()" not in program:
                exec(compile(program, page, "exec", dont_inherit=True), names)
    async with open_app(fake({"one": ScriptedClient(["Left."] * 3)}), fake_settings("one")) as opened:
        app = opened.unwrap()
        assert await names["answer"](app, "Which way?") == "Left."
        assert await names["print_as_it_comes"](app, "Which way?") is None
        assert capsys.readouterr().out == "Left."
        assert await names["heal"](app, tmp_path) is False  # there are no tests, which is a failure
