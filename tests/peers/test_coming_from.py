"""`docs/coming-from.md`: a program of another package and ours beside it, run as they stand, ask a model the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from anyio.from_thread import start_blocking_portal

import pointsman
from pointsman.adapters.simulator.listener import RunningSimulator, serve
from pointsman.layers.simulation import read_scenario, simulator
from tests.coming_from.programs import program_here, program_there
from tests.patience import GUARD
from tests.peers.packages import REAL_CLIENTS, give_up

pytestmark = REAL_CLIENTS


@attrs.frozen
class Pair:
    """A section of the page. `package` is what must be installed, `prelude` what its program leaves out."""

    section: str
    package: str
    prelude: str = ""
    answered: str = ""
    """What both programs must have printed, where it is not the model's own sentence."""

    def __str__(self) -> str:
        return self.package


CITY = """from langchain.chat_models import init_chat_model
from pydantic import BaseModel

class City(BaseModel):
    name: str

"""
PAIRS = (
    Pair("LiteLLM", "litellm"),
    Pair("LangChain", "langchain", CITY, answered="simulated name"),
    Pair("llm, by Simon Willison", "llm"),
    Pair("The vendors' SDKs", "openai", "from openai import OpenAI\n"),
    Pair("pydantic-ai", "pydantic_ai", "from pydantic_ai import Agent\n", answered="It leaves at 14:32."),
)
SCENARIO = """{"rules": [
  {"match": {"tool": "departures", "answered": true}, "answer": {"text": "It leaves at 14:32."}},
  {"match": {"tool": "departures"},
   "answer": {"tool_calls": [{"name": "departures", "arguments": {"station": "Brig"}}]}}
]}"""


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    """Strict as the vendors are; it calls the tool of pydantic-ai's program once."""
    file = tmp_path_factory.mktemp("scenario") / "scenario.json"
    file.write_text(SCENARIO)
    scenario = read_scenario(str(file)).unwrap()
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(serve(simulator(scenario=scenario, strict=True))) as running,
    ):
        yield running


def run(python: Path | str, program: str, upstream: RunningSimulator, home: Path) -> str:
    """What `program` prints where OpenAI is the simulated one."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "PYTHONPATH": str(Path(pointsman.__file__).parents[1]) if python == sys.executable else "",
        "OPENAI_API_KEY": "sk-0",
        "OPENAI_BASE_URL": f"{upstream.address}/v1",
    }
    done = subprocess.run(
        [str(python), "-c", program],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=GUARD,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def asked(upstream: RunningSimulator, before: int) -> list[Any]:
    """What the model was asked since: its name, what the user said, which tools there were and what they answered."""
    bodies: list[Any] = [one.json for one in upstream.requests()[before:]]
    return [
        (body["model"], [_said(item) for item in body.get("messages") or body["input"]], _tools(body))
        for body in bodies
    ]


def _said(item: Any) -> Any:
    """Chat completions and responses name the same things otherwise."""
    content = item.get("content", item.get("output"))
    is_result = item.get("role") == "tool" or item.get("type") == "function_call_output"
    return ("tool" if is_result else item.get("role") or "assistant", content)


def _tools(body: Any) -> list[str]:
    return [tool.get("function", tool)["name"] for tool in body.get("tools", ())]


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_both_programs_ask_the_same_and_print_the_answer(
    pair: Pair, upstream: RunningSimulator, python_of_peers: Path, tmp_path: Path
) -> None:
    if subprocess.run([python_of_peers, "-c", f"import {pair.package}"], capture_output=True, check=False).returncode:
        give_up(f"{pair.package} is not installed among the peers")
    told = []
    questions = []
    for python, program in (
        (python_of_peers, pair.prelude + program_there(pair.section)),
        (sys.executable, program_here(pair.section)),
    ):
        before = len(upstream.requests())
        told.append(run(python, program, upstream, tmp_path))
        questions.append(asked(upstream, before))
    assert questions[0] == questions[1]
    assert questions[0]
    for text in told:
        assert (pair.answered or "gpt-4o-mini") in text
    assert [one.status for one in upstream.requests() if one.status != 200] == []
