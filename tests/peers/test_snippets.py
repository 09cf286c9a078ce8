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
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "NO_PROXY": "*"}
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
