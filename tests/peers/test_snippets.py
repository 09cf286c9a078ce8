"""The lines that the page shows for connecting a program do what they promise, run as they are copied."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.adapters.web.snippets import SNIPPETS, Snippet, fill
from tests.patience import GUARD
from tests.served import Running, running

OFFICIAL = {"openai": "openai", "anthropic": "anthropic", "google-genai": "google.genai", "ollama": "ollama"}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """A gateway that asks for a key, and a key of it."""
    with running(tmp_path_factory.mktemp("snippets") / "home") as server, server.signed_in() as admin:
        yield server, admin.post("/api/v1/keys", json={"name": "snippet"}).json()["data"]["key"]


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    quiet = {"DISABLE_TELEMETRY": "1", "DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "NO_PROXY": "*", **quiet}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=GUARD, check=False
    )


def of(name: str) -> Snippet:
    return next(one for one in SNIPPETS if one.id == name)


@pytest.mark.parametrize(
    "name", [name if name == "openai" else pytest.param(name, marks=pytest.mark.long) for name in OFFICIAL]
)
def test_a_snippet_of_an_official_package_asks_the_gateway(
    closed: tuple[Running, str], tmp_path: Path, name: str
) -> None:
    pytest.importorskip(OFFICIAL[name])
    server, key = closed
    (tmp_path / "ask.py").write_text(fill(of(name).code, server.address, key, "openai/sim"))
    done = run([sys.executable, "ask.py"], tmp_path)
    assert "Why do trains need points?" in done.stdout, done.stderr


def test_the_line_of_curl_asks_the_gateway(closed: tuple[Running, str], tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    server, key = closed
    done = run(["sh", "-c", fill(of("curl").code, server.address, key, "anthropic/sim")], tmp_path)
    assert "Why do trains need points?" in done.stdout, done.stderr
    refused = run(["sh", "-c", fill(of("curl").code, server.address, "pm-wrong", "anthropic/sim")], tmp_path)
    assert "Why do trains" not in refused.stdout, "the key in the line is what lets it in"


def test_every_snippet_names_address_key_and_model_and_codex_gets_toml() -> None:
    for one in SNIPPETS:
        filled = fill(one.code + one.install, "http://here", "pm-key", "a/b")
        for value in ("http://here", "pm-key", "a/b"):
            assert value in filled, (one.id, value)
        assert "{" + "ADDRESS}" not in filled
    assert tomllib.loads(fill(of("codex").code, "http://here", "pm-key", "a/b"))["model"] == "a/b"


@pytest.mark.parametrize("name", ["langchain", "litellm"])
def test_a_snippet_of_a_framework_asks_the_gateway(
    closed: tuple[Running, str], tmp_path: Path, python_of_peers: Path, name: str
) -> None:
    server, key = closed
    (tmp_path / "ask.py").write_text(fill(of(name).code, server.address, key, "openai/sim"))
    done = run([str(python_of_peers), "ask.py"], tmp_path)
    assert "Why do trains need points?" in done.stdout, done.stderr


@pytest.mark.parametrize("name", ["openai-js", "anthropic-js", "ai"])
def test_a_snippet_of_a_package_of_npm_asks_the_gateway(
    closed: tuple[Running, str], tmp_path: Path, node_modules: Path, name: str
) -> None:
    server, key = closed
    (tmp_path / "node_modules").symlink_to(node_modules)
    (tmp_path / "ask.mjs").write_text(fill(of(name).code, server.address, key, "anthropic/sim"))
    done = run(["node", "ask.mjs"], tmp_path)
    assert "Why do trains need points?" in done.stdout, done.stderr


def test_the_lines_for_claude_code_connect_it(closed: tuple[Running, str], tmp_path: Path, node_modules: Path) -> None:
    server, key = closed
    program = sorted((node_modules / "@anthropic-ai").glob("claude-code-*/claude"))[0]
    lines = fill(of("claude-code").code, server.address, key, "anthropic/sim").rstrip()
    done = run(["sh", "-c", f'PATH="{program.parent}:$PATH"\n{lines} -p "Why do trains need points?"'], tmp_path)
    assert "Simulated answer from model `sim` (anthropic)" in done.stdout, done.stdout + done.stderr


def test_the_lines_for_codex_connect_it(closed: tuple[Running, str], tmp_path: Path, node_modules: Path) -> None:
    server, key = closed
    (tmp_path / ".codex").mkdir()
    model = "openai-responses/sim"
    (tmp_path / ".codex" / "config.toml").write_text(fill(of("codex").code, server.address, key, model))
    program = sorted((node_modules / "@openai").glob("codex-*/vendor/*/bin/codex"))[0]
    line = fill(of("codex").install, server.address, key, model)
    asked = f'{line}\n"{program}" exec --skip-git-repo-check "Why do trains need points?" </dev/null'
    done = run(["sh", "-c", asked], tmp_path)
    assert "Why do trains need points?" in done.stdout, done.stderr
