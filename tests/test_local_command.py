"""`pointsman local` as a person calls it, in a home of its own."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointsman.__main__ import run
from pointsman.adapters.cli.terminal import Terminal
from pointsman.testing import Simulation, run_simulator
from tests.adapters.local_models.fake_hub import hub_of
from tests.adapters.local_models.files import model_bytes, write


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which nothing is, and no other program's models."""
    for variable in ("OLLAMA_MODELS", "LLAMA_CACHE", "HF_HUB_CACHE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def local(*words: str) -> tuple[int, str, str]:
    """The exit code of `pointsman local …`, its output, and what was said beside it."""
    out, err = io.StringIO(), io.StringIO()
    code = run(["local", *words], Terminal(out, err, io.StringIO()))
    return code, out.getvalue(), err.getvalue()


def test_where_there_is_no_model_one_is_offered_and_none_is_got(home: Path) -> None:
    code, out, _ = local("list")
    assert (code, "pointsman local get smollm2" in out) == (0, True)
    assert not (home / "data").exists()


def test_a_model_is_got_listed_described_and_removed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hub_of(Tiny_gguf=model_bytes()) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        code, out, err = local("get", "hf:me/tiny")
        assert (code, "local/tiny" in out) == (0, True)
        assert "licence mit" in err
        assert "free" in err
        assert "here already" in local("get", "hf:me/tiny")[1]
    assert local("list")[1].split("\t")[0] == "tiny"
    (listed,) = json.loads(local("list", "--json")[1])
    assert (listed["name"], listed["source"]) == ("tiny", "hf:me/tiny:Tiny.gguf")
    assert "licence      mit" in local("info", "tiny")[1]
    assert local("rm", "tiny")[1] == "tiny is removed.\n"
    code, _, err = local("info", "tiny")
    assert code == 5
    assert err.count("\n") == 1


def test_a_damaged_file_is_named_with_what_is_wrong(home: Path) -> None:
    write(home / "cut.gguf", model_bytes()[:-100])
    code, out, err = local("add", "cut.gguf")
    assert (code, out) == (3, "")
    assert "it is cut: its tensors end at byte" in err
    assert err.lower().count("get it again") == 1
    assert err.endswith("Get it again, or use another file.\n")
    assert err.count("\n") == 1


def test_a_model_of_another_program_is_not_removed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(home / "llama" / "theirs.gguf")
    monkeypatch.setenv("LLAMA_CACHE", str(home / "llama"))
    assert local("list")[1].startswith("theirs\t")
    code, _, err = local("rm", "theirs")
    assert (code, file.exists()) == (5, True)
    assert "is held by llama.cpp" in err


def test_no_engine_runs_where_none_was_asked(home: Path) -> None:
    assert "No engine runs" in local("ps")[2]
    assert "no engine runs" in local("unload", "tiny")[1]


def test_a_name_is_asked_for_where_one_is_needed(home: Path) -> None:
    code, _, err = local("get")
    assert (code, "needs a name" in err) == (2, True)


# Servers that somebody else runs


@pytest.fixture
def simulation(home: Path) -> Iterator[Simulation]:
    """A strict simulator, which the settings know as Ollama."""
    with run_simulator(strict=True) as running:
        (home / "pointsman.toml").write_text(f'[providers.ollama]\nbase_url = "{running.address}"\n', "utf-8")
        yield running


@pytest.fixture
def server(simulation: Simulation) -> str:
    """Its address."""
    return simulation.address


def test_the_models_of_a_server_are_managed_by_the_same_verbs(server: str) -> None:
    at = ("--server", "ollama")
    assert local("unload", "sim", *at)[:2] == (0, "sim is unloaded.\n")
    assert local("unload", "sim", *at)[:2] == (0, "sim is not loaded.\n")
    states = {line.split("\t")[0]: line.split("\t")[6] for line in local("list", *at)[1].splitlines()}
    assert (states["sim:latest"], states["sim-fast:latest"]) == ("not-loaded", "loaded")
    assert "sim:latest\t" not in local("ps", *at)[1]
    assert local("load", "sim", *at)[:2] == (0, "sim is loaded.\n")
    code, out, err = local("get", "mistral", *at)
    assert (code, out) == (0, "mistral is on the server.\n")
    assert err.splitlines()[:2] == ["mistral: pulling manifest", "mistral: pulling 000000000000"]
    assert local("add", "mistral", "mine", *at)[:2] == (0, "mine is made of mistral.\n")
    (shown,) = (one for one in json.loads(local("list", "--json", *at)[1]) if one["id"].startswith("mine"))
    assert (shown["state"], shown["modified"]) == ("not-loaded", "2026-01-01T00:00:00Z")
    assert "architecture simulated" in local("info", "mine", *at)[1]


def test_a_file_of_ones_own_is_sent_to_a_server_once_and_made_a_model_there(home: Path, simulation: Simulation) -> None:
    content = model_bytes(data=3 * 2**20)
    write(home / "Tiny.gguf", content)
    at = ("--server", "ollama")
    code, out, err = local("add", "Tiny.gguf", "mine", *at)
    assert (code, out) == (0, "mine is made of Tiny.gguf.\n")
    assert "mine: uploading Tiny.gguf" in err.splitlines()
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    (sent,) = (one for one in simulation.requests() if one.method == "POST" and "/api/blobs/" in one.path)
    assert (sent.path, sent.body) == (f"/api/blobs/{digest}", content)
    made = next(json.loads(one.body) for one in simulation.requests() if one.path == "/api/create")
    assert (made["model"], list(made["files"].values())) == ("mine", [digest])
    assert local("load", "mine", *at)[:2] == (0, "mine is loaded.\n")
    assert local("add", "Tiny.gguf", "again", *at)[0] == 0
    assert sum(one.method == "POST" and "/api/blobs/" in one.path for one in simulation.requests()) == 1


def test_a_file_that_cannot_be_sent_is_a_sentence(home: Path, server: str) -> None:
    code, out, err = local("add", "gone.gguf", "mine", "--server", "ollama")
    assert (code, out) == (3, "")
    said = "pointsman: gone.gguf cannot be read (no such file or directory). Check the path and its permissions."
    assert err.splitlines()[-1] == said
    code, _, err = local("add", "gone.gguf", "--server", "ollama")
    assert (code, "needs the name that it gets there" in err) == (2, True)
    assert "mine" not in local("list", "--server", "ollama")[1]


def test_nothing_is_removed_from_a_server_without_a_yes(server: str) -> None:
    code, out, err = local("rm", "sim", "--server", "ollama")
    assert (code, out, "--yes" in err) == (2, "", True)
    assert local("rm", "sim", "--server", server, "--yes")[:2] == (0, "sim is removed from the server.\n")
    code, _, err = local("rm", "sim", "--server", "ollama", "--yes")
    assert (code, err.count("\n")) == (5, 1)


def test_a_server_that_is_not_there_or_none_is_a_sentence(home: Path) -> None:
    code, _, err = local("list", "--server", "olama")
    assert (code, err.count("\n"), "did you mean ollama?" in err) == (3, 1, True)
    code, _, err = local("list", "--server", "http://127.0.0.1:9")
    assert (code, err.count("\n")) == (9, 1)
    assert local("load", "--server", "ollama")[0] == 2


def test_a_network_that_is_not_local_is_not_scanned(home: Path) -> None:
    code, out, err = local("scan", "8.8.8.0/24")
    assert (code, out, err.count("\n"), "is not a local network" in err) == (2, "", 1, True)
    code, out, err = local("scan", "127.0.0.6")
    assert (code, out) == (0, "No server of models answers there.\n")
    assert "Looking at 1 address(es)" in err


def test_models_worth_beginning_with_are_shown_in_three_tiers_with_size_memory_and_licence(home: Path) -> None:
    code, out, _ = local("list", "--recommended")
    assert code == 0
    assert all(f"{tier}: " in out for tier in ("tiny", "everyday", "strong"))
    assert "98 MB" in out
    assert "apache-2.0" in out
    assert json.loads(local("list", "--recommended", "--json")[1])[0]["source"] == "smollm2"
