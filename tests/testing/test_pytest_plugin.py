"""A stranger's tests, in an empty folder without any configuration: pointsman is installed, and that is all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.installed import ROOT, install

THREE_LINES = """
from pointsman import App, ask, settle
from pointsman.testing import ScriptedClient


async def test_the_way(llm_app: App, llm_script: ScriptedClient) -> None:
    llm_script.respond("Towards the tower.", when="way")
    answer = await settle(llm_app.client.chat(ask("", "Which way?")))
    assert answer.unwrap().text == "Towards the tower."
"""
PLAIN = """
from pointsman import RateLimitExceeded, ask
from pointsman.blocking import BlockingClient
from pointsman.testing import ScriptedClient, VirtualClock


def test_it_waits_as_long_as_it_is_told(
    llm_blocking: BlockingClient, llm_script: ScriptedClient, llm_clock: VirtualClock
) -> None:
    llm_script.fail(RateLimitExceeded(retry_after=30.0), times=2)
    llm_script.respond("hello")
    assert llm_blocking.chat(ask("", "x")).text == "hello"
    assert llm_clock.sleeps.count(30.0) == 2
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stranger has installed pointsman."""
    return install(tmp_path_factory.mktemp("site"))


def run(folder: Path, site: Path, *options: str, **files: str) -> tuple[int, str]:
    """The exit code and the output of pytest in `folder`, which holds `files` and nothing else."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "OPENAI"))}
    left_out = [f"-pno:{name}" for name in ("cacheprovider", "xdist", "schemathesis", "hypothesispytest")]
    command = [sys.executable, "-m", "pytest", "-q", *left_out, *options]
    paths = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command, cwd=folder, env=environment | {"PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_three_lines_are_a_test(tmp_path: Path, site: Path) -> None:
    code, output = run(tmp_path, site, "-pno:asyncio", "-pno:trio", "-Werror", test_way=THREE_LINES)
    assert (code, "1 passed" in output) == (0, True), output


def test_a_plain_test_has_the_blocking_client_and_virtual_time(tmp_path: Path, site: Path) -> None:
    code, output = run(tmp_path, site, test_plain=PLAIN)
    assert (code, "1 passed" in output) == (0, True), output


RUNNERS = """
import asyncio

import pytest
import sniffio
from pointsman import ask, settle


async def answers(app):
    assert "hi" in (await settle(app.client.chat(ask("", "hi")))).unwrap().text
    return sniffio.current_async_library()
"""
BY_ANYIO = """
@pytest.mark.anyio
async def test_by_anyio(llm_app, anyio_backend_name):
    assert await answers(llm_app) == anyio_backend_name

class TestInAClass:
    @pytest.mark.parametrize("word", ["a", "b"])
    async def test_by_nobody(self, word, llm_app):
        assert await answers(llm_app) == "asyncio"
"""
BY_ASYNCIO = """
@pytest.fixture
def loop_of_the_fixture(request):
    return None

@pytest.mark.asyncio
async def test_by_pytest_asyncio(llm_app):
    assert await answers(llm_app) == "asyncio"
"""
BY_TRIO = """
@pytest.mark.trio
async def test_by_pytest_trio(llm_app, nursery):
    assert await answers(llm_app) == "trio"
"""
ANY = """
async def test_by_whoever_takes_all(llm_app):
    assert await answers(llm_app)
"""


def test_anyio_runs_what_it_is_told_to_and_the_rest_runs_too(tmp_path: Path, site: Path) -> None:
    code, output = run(tmp_path, site, test_any=RUNNERS + BY_ANYIO)
    assert (code, "4 passed" in output) == (0, True), output


def test_anyio_in_auto_mode_runs_all(tmp_path: Path, site: Path) -> None:
    code, output = run(tmp_path, site, "-o", "anyio_mode=auto", test_any=RUNNERS + ANY)
    assert (code, "2 passed" in output) == (0, True), output


@pytest.mark.skipif(find_spec("pytest_asyncio") is None, reason="pytest-asyncio is not installed")
def test_pytest_asyncio_in_both_modes(tmp_path: Path, site: Path) -> None:
    quiet = ("-W", "ignore::pytest.PytestDeprecationWarning")
    code, output = run(tmp_path, site, *quiet, "-p", "no:trio", test_any=RUNNERS + BY_ASYNCIO + ANY)
    assert (code, "2 passed" in output) == (0, True), output
    code, output = run(tmp_path, site, *quiet, "-p", "no:trio", "-o", "asyncio_mode=auto", test_any=RUNNERS + ANY)
    assert (code, "1 passed" in output) == (0, True), output


@pytest.mark.skipif(find_spec("pytest_trio") is None, reason="pytest-trio is not installed")
def test_pytest_trio_in_both_modes(tmp_path: Path, site: Path) -> None:
    code, output = run(tmp_path, site, "-p", "no:asyncio", test_any=RUNNERS + BY_TRIO + ANY)
    assert (code, "2 passed" in output) == (0, True), output
    trio = RUNNERS + ANY.replace("assert await answers(llm_app)", 'assert await answers(llm_app) == "trio"')
    code, output = run(tmp_path, site, "-p", "no:asyncio", "-o", "trio_mode=true", test_any=trio)
    assert (code, "1 passed" in output) == (0, True), output


def test_a_rule_that_nothing_asked_for_fails_the_test_unless_it_is_optional(tmp_path: Path, site: Path) -> None:
    text = """
async def test_it(llm_app, llm_script):
    llm_script.respond("a", when="never asked"{})
"""
    code, output = run(tmp_path, site, test_it=text.format(""))
    assert code == 1
    assert "nothing asked for these rules of llm_script: 'never asked'" in output
    assert run(tmp_path, site, test_it=text.format(", optional=True"))[0] == 0


REAL = """
import pytest
from pointsman import ConfigurationError, ProviderSettings, Secret, Settings, ask, live, open_app, settle
from pointsman.blocking import connect

def settings(address=None):
    openai = ProviderSettings(name="openai", kind="openai", api_key=Secret("sk-none"), model="m", base_url=address)
    return Settings(providers={"openai": openai}, default_provider="openai")

async def asked_of(address, llm_clock):
    async with open_app(live, settings(address)) as opened:
        return await settle(opened.unwrap().client.chat(ask("", "hi")))
"""


def test_a_real_provider_is_refused_with_what_to_do_and_loopback_is_not(tmp_path: Path, site: Path) -> None:
    text = """
async def test_it(llm_clock):
    error = (await asked_of(None, llm_clock)).failure()
    assert isinstance(error, ConfigurationError), error
    assert "this test would ask api.openai.com" in str(error)
    assert "llm_simulator" in str(error) and "llm_live" in str(error)

async def test_this_machine(llm_simulator, llm_clock):
    answer = (await asked_of(llm_simulator.settings.providers["openai"].base_url, llm_clock)).unwrap()
    assert answer.text
    assert [request.path for request in llm_simulator.requests()] == ["/v1/chat/completions"]

def test_threads_are_guarded_too():
    from pointsman import blocking
    with connect(settings()) as client, pytest.raises(blocking.ConfigurationError, match="this test would ask"):
        client.chat(ask("", "hi"))
"""
    code, output = run(tmp_path, site, test_it=REAL + text)
    assert (code, "3 passed" in output) == (0, True), output


def test_a_test_that_is_marked_may_ask_whom_it_likes(tmp_path: Path, site: Path) -> None:
    text = """
@pytest.mark.llm_live
async def test_it(llm_clock):
    error = (await asked_of("http://name.invalid/v1", llm_clock)).failure()
    assert "this test would ask" not in str(error), error
"""
    code, output = run(tmp_path, site, "--strict-markers", test_it=REAL + text)
    assert (code, "1 passed" in output) == (0, True), output


def test_an_app_in_a_plain_test_says_what_to_ask_for_instead(tmp_path: Path, site: Path) -> None:
    code, output = run(tmp_path, site, test_it="def test_it(llm_app):\n    llm_app.client")
    assert code == 1
    assert "in other tests ask for `llm_blocking`" in output


RECORDED = """
from pointsman import CompletionRequest, EmbeddingRequest, ask, settle

async def test_it(llm_recorded):
    client = llm_recorded.client
    answer = await settle(client.chat(ask("", "Which way?")))
    assert answer.unwrap().text
    print("ANSWER", answer.unwrap().text)
    async with client.stream(ask("", "And then?")) as events:
        print("ANSWER", [type(event).__name__ for event in [event async for event in events]])
    print("ANSWER", (await settle(client.complete(CompletionRequest("", "Once")))).unwrap().text)
    async with client.stream(CompletionRequest("", "Twice")) as events:
        print("ANSWER", [type(event).__name__ for event in [event async for event in events]])
    print("ANSWER", (await settle(client.embed(EmbeddingRequest("", ("Once",))))).unwrap().embeddings[0].vector[:3])
"""


@pytest.mark.long
def test_an_answer_is_recorded_once_and_then_replayed_with_nobody_there(
    tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pointsman.testing import run_simulator

    code, output = run(tmp_path, site, test_it=RECORDED)
    assert code == 1
    assert "pytest --llm-record" in output
    with run_simulator() as simulation:
        monkeypatch.setenv("POINTSMAN_CONFIG", str(tmp_path / "settings.toml"))
        address = simulation.settings.providers["openai"].base_url
        (tmp_path / "settings.toml").write_text(
            f'default_provider = "mine"\n[providers.mine]\nkind = "openai"\nbase_url = "{address}"\nmodel = "sim"\n'
            'api_key = "sk-quite-secret"\n'
        )
        code, output = run(tmp_path, site, "--llm-record", "-s", test_it=RECORDED)
        assert code == 0, output
        assert simulation.stats().requests == 5
    monkeypatch.delenv("POINTSMAN_CONFIG")
    code, replayed = run(tmp_path, site, "-s", test_it=RECORDED)
    assert code == 0, replayed
    assert said(replayed) == said(output)
    files = [file for file in (tmp_path / "recordings").rglob("*") if file.is_file()]
    assert len(files) == 1 + 5
    assert not any("sk-quite-secret" in file.read_text("utf-8") for file in files)


def said(output: str) -> list[str]:
    """The lines that the test printed."""
    return [line for line in output.splitlines() if "ANSWER" in line]


def test_without_the_plugin_nothing_of_pytest_is_imported(site: Path) -> None:
    program = (
        "import sys, pointsman.testing as t\n"
        "[getattr(t, name) for name in dir(t)]\n"
        "from pointsman.testing.laws import clock, client\n"
        "print('pytest' in sys.modules, '_pytest' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(site)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_starting_pytest_imports_nothing_heavy_of_pointsman(tmp_path: Path, site: Path) -> None:
    text = """
import sys

def test_it():
    assert "pointsman.testing.pytest_plugin" in sys.modules
    assert not {"httpx", "cattrs", "pointsman.services.manager", "pointsman.layers.app"} & set(sys.modules)
"""
    code, output = run(tmp_path, site, test_it=text)
    assert code == 0, output


TYPED = """
from typing import assert_type

import pointsman as p
from pointsman import ask
from pointsman.blocking import BlockingClient, PointsmanError, RateLimitExceeded


def test_typed(llm_blocking: BlockingClient) -> None:
    try:
        assert_type(llm_blocking.chat(ask("", "hi")).text, str)
    except RateLimitExceeded as problem:
        assert_type(problem.error, p.RateLimitExceeded)
        assert_type(problem.error.retry_after, float | None)
    except PointsmanError as problem:
        assert_type(problem.error, p.LLMError)
"""
CHECKERS = {
    "mypy": ["mypy", "--strict", "--no-incremental", "--config-file", os.devnull],
    "pyright": ["pyright", "--pythonpath", sys.executable],
}


@pytest.mark.long
@pytest.mark.parametrize("checker", list(CHECKERS))
def test_a_strangers_tests_are_typed_in_both_checkers(checker: str, tmp_path: Path, site: Path) -> None:
    texts = {"test_way": THREE_LINES, "test_plain": PLAIN, "test_typed": TYPED}
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
    paths = {"PYTHONPATH": str(site), "MYPYPATH": str(site)}
    command = [sys.executable, "-m", *CHECKERS[checker], *(f"{name}.py" for name in texts)]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **paths}, capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stdout.splitlines() if "test_" in line]
    assert lines == [], done.stdout
    assert done.returncode == 0 or "test_" not in done.stdout


@pytest.mark.skipif(find_spec("hatchling") is None, reason="hatchling, which builds the wheel, is not installed")
def test_the_wheel_brings_the_plugin_and_the_laws(tmp_path: Path) -> None:
    built = tmp_path / "built"
    program = f"import hatchling.build, os; os.chdir({str(ROOT)!r}); print(hatchling.build.build_wheel({str(built)!r}))"
    built.mkdir()
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    (wheel,) = built.glob("*.whl")
    shutil.unpack_archive(wheel, tmp_path / "site", "zip")
    assert (tmp_path / "site/pointsman/testing/laws/clock.py").exists()
    project = tmp_path / "project"
    project.mkdir()
    code, output = run(project, tmp_path / "site", test_way=THREE_LINES)
    assert (code, "1 passed" in output) == (0, True), output


def test_the_examples_of_the_page_run_as_one_file(tmp_path: Path, site: Path) -> None:
    page = (ROOT / "docs" / "testing.md").read_text("utf-8")
    code, output = run(tmp_path, site, test_page="\n\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL)))
    assert (code, "22 passed" in output) == (0, True), output
    named = {path.stem for path in (ROOT / "pointsman/testing/laws").glob("*.py")}
    assert {name for name in named if f"`{name}`" not in page} == {
        "__init__",
        "conversation_machine",
        "examples",
        "responses",
    }
