"""`docs/coming-from.md`: every program that is marked *here* runs, against simulated vendors and servers."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from pointsman.adapters.simulator.listener import serve
from pointsman.layers.simulation import simulator

PAGE = (Path(__file__).parents[2] / "docs" / "coming-from.md").read_text("utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}
HERE = re.compile(r"<!-- here -->\n```python\n(.*?)```", re.DOTALL)


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


@pytest.mark.parametrize("name", SECTIONS)
async def test_its_program_runs(
    name: str, at_home: None, address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (program,) = HERE.findall(SECTIONS[name])
    program = program.replace(
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
