"""`docs/coming-from.md`: every program that is marked *here* runs, against simulated vendors and servers."""

from __future__ import annotations

import ast
import inspect
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from pointsman.adapters.cli.parser import build_parser
from pointsman.adapters.simulator.listener import serve
from pointsman.layers.simulation import simulator
from tests.coming_from.programs import HERE, SECTIONS, THERE, program_here, program_there


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Every vendor and server, simulated; a JSON schema is answered with a value that fits."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(serve(simulator(pace=0))) as upstream:
        yield upstream.address


@pytest.fixture
def at_home(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment in which OpenAI, Ollama and LM Studio are the simulated ones."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "OPENAI_API_KEY": "sk-0",
        "OPENAI_BASE_URL": f"{address}/v1",
        "LMSTUDIO_BASE_URL": f"{address}/v1",
        "OLLAMA_HOST": address,
    }.items():
        monkeypatch.setenv(name, value)


def test_each_has_a_table_and_one_program_in_both_forms() -> None:
    assert len(SECTIONS) == 10
    for name, section in SECTIONS.items():
        assert "| there | here |" in section, name
        assert section.count("<!-- there -->") == len(HERE.findall(section)) == 1, name


COLUMNS = re.compile(r"^\| (.+?) \| (.+) \|$", re.MULTILINE)
CODE = re.compile(r"`(pointsman [a-z][^`]*)`")
PLACEHOLDER = {"…": "x", "NAME": "x", "FILE": "x.py", "URL": "http://localhost:1"}
"""What stands for something in a table."""


@pytest.mark.parametrize("name", SECTIONS)
def test_each_command_of_its_table_is_one_of_ours(name: str) -> None:
    parser = build_parser((), "0")
    for _, here in COLUMNS.findall(SECTIONS[name]):
        for line in CODE.findall(here):
            words = [PLACEHOLDER.get(word, word) for word in shlex.split(line)[1:]]
            if len(words) > 1:
                parser.parse_args(words)
            else:  # named alone, whatever it takes
                assert f"\n  {words[0]} " in parser.format_help(), line


@pytest.mark.parametrize("name", SECTIONS)
def test_its_program_of_there_is_a_program(name: str) -> None:
    """In its own language; what is in Python is read by Python."""
    language, program = THERE.findall(SECTIONS[name])[0]
    assert language in ("python", "ts")
    if language == "python":
        compile(program, "there", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def test_the_program_of_the_vendors_own_sdk_runs_as_it_stands(
    at_home: None, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever keeps the SDK changes nothing but the address."""
    openai = pytest.importorskip("openai")
    exec(compile(program_there("The vendors' SDKs"), "there", "exec"), {"OpenAI": openai.OpenAI})
    assert "Hi" in capsys.readouterr().out


@pytest.mark.parametrize("name", SECTIONS)
async def test_its_program_runs(
    name: str, at_home: None, address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = program_here(name).replace(
        'ProviderSettings(name="lmstudio",', f'ProviderSettings(name="lmstudio", base_url="{address}/v1",'
    )
    program = program.replace("ProviderSettings(name=name)", f'ProviderSettings(name=name, base_url="{address}")')
    code = compile(program, "docs/coming-from.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    pending = eval(code, {"__name__": "program"})
    if inspect.iscoroutine(pending):
        await pending
    said = capsys.readouterr().out
    assert said.strip()
    assert "nobody answered" not in said
