"""The real mlx_lm and transformers in a child of ours, with a tiny model made here: nothing is faked but the weights.

Where an engine cannot be installed its tests are skipped by its name.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import anyio
import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman import (
    ChatRequest,
    ChatResponse,
    Done,
    RawDocument,
    ResponseSchema,
    Settings,
    TextDelta,
    ask,
    open_app,
    settle,
    user,
)
from pointsman.adapters.local_models.shelf import FileShelf
from pointsman.core.error import Fault, UnsupportedFeature
from pointsman.core.settings import EngineSettings
from pointsman.layers.engines import engine_records
from pointsman.layers.live import live
from tests.adapters.engines.engines import is_there, until_gone
from tests.adapters.media.test_sound_and_documents import tone
from tests.patience import GUARD, until
from tests.peers.packages import REAL_CLIENTS, python_of_engine
from tests.peers.tiny_folder import write_folder, write_mlx_adapter, write_peft_adapter
from tests.simulated import chat, stream

pytestmark = [pytest.mark.long, *REAL_CLIENTS]
TEXT, OTHER = "Trains need points to change tracks .", "Ships have rudders instead !"


@attrs.frozen
class Setup:
    """An engine that is installed, and a models folder with `tiny`, which answers `TEXT`, and its adapter `sea`."""

    kind: str
    python: Path
    folder: Path

    def settings(self, idle: float = 600.0) -> Settings:
        chosen = EngineSettings(
            kind=self.kind, python=str(self.python), folder=str(self.folder), context=128, slots=1, threads=1, idle=idle
        )
        return attrs.evolve(Settings.of("local", "tiny"), engine=chosen)


@pytest.fixture(params=["mlx_lm", "transformers"])
def setup(request: pytest.FixtureRequest, tmp_path: Path) -> Setup:
    kind = str(request.param)
    python = python_of_engine(kind)
    model = write_folder(tmp_path / "tiny", TEXT, OTHER)
    adapter = tmp_path / "sea"
    write_mlx_adapter(adapter) if kind == "mlx_lm" else write_peft_adapter(adapter, model)
    shelf = FileShelf(tmp_path / "models", {}, tmp_path)
    assert anyio.run(shelf.add, str(model)).unwrap().format == "safetensors"
    assert anyio.run(shelf.add, str(adapter), "sea", "tiny").unwrap().is_adapter
    return Setup(kind, python, shelf.folder)


def pids() -> list[int]:
    return [record.pid for record in engine_records().running() if record.parent == os.getpid()]


async def test_it_answers_streams_takes_an_adapter_by_request_and_ends_by_idleness(setup: Setup) -> None:
    async with open_app(live, setup.settings(idle=1.0)) as opened:
        app = opened.unwrap()
        whole = await chat(app, ask("local/tiny", "Why ?"))
        assert isinstance(whole, ChatResponse), whole
        assert (whole.text, whole.model, whole.provider) == (TEXT, "tiny", "local")
        events = await stream(app, ask("local/tiny", "Why ?"))
        assert isinstance(events[-1], Done), events[-1]
        assert events[-1].response.text == TEXT
        assert sum(isinstance(event, TextDelta) for event in events) > 3
        changed = await chat(app, ask("local/tiny@sea", "Why ?"))
        assert isinstance(changed, ChatResponse), changed
        assert (changed.text, changed.model) == (OTHER, "tiny@sea")
        again = await chat(app, ask("local/tiny", "Why ?"))
        assert isinstance(again, ChatResponse), again
        assert again.text == TEXT
        formed = await chat(app, ChatRequest("local/tiny", (user("Why ?"),), response_schema=ResponseSchema({})))
        assert isinstance(formed, UnsupportedFeature), formed
        seen = pids()
        await until(lambda: pids() == [] and not any(map(is_there, seen)))


PARENT = """
import anyio, sys
from pointsman import Settings, ask, open_app, settle
from pointsman.core.settings import EngineSettings
from pointsman.layers.live import live
import attrs

async def main(kind, python, folder):
    engine = EngineSettings(kind=kind, python=python, folder=folder, context=128, slots=1, threads=1)
    async with open_app(live, attrs.evolve(Settings.of("local", "tiny"), engine=engine)) as opened:
        answer = await settle(opened.unwrap().client.chat(ask("local/tiny", "Why ?")))
        print(answer.unwrap().text, flush=True)
        await anyio.sleep_forever()

anyio.run(main, *sys.argv[1:])
"""


async def test_it_ends_with_its_parent_however_that_dies(setup: Setup) -> None:
    command = [sys.executable, "-c", PARENT, setup.kind, str(setup.python), str(setup.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:  # noqa: ASYNC220  # we kill it
        assert parent.stdout is not None
        assert parent.stdout.readline().strip() == TEXT
        (pid,) = [record.pid for record in engine_records().running() if record.parent == parent.pid]
        parent.kill()
    with anyio.fail_after(GUARD):
        await until_gone(pid)
    assert pid not in [record.pid for record in engine_records().running()]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_recording_is_written_down_with_its_times_by_a_whisper_model_on_this_machine(tmp_path: Path) -> None:
    python = python_of_engine("transformers")
    command = [str(python), str(Path(__file__).with_name("tiny_whisper.py")), str(tmp_path / "ear")]
    made = await anyio.run_process(command, check=False)
    assert made.returncode == 0, made.stderr
    shelf = FileShelf(tmp_path / "models", {}, tmp_path)
    assert (await shelf.add(str(tmp_path / "ear"))).unwrap().is_hearer
    engine = EngineSettings(kind="transformers", python=str(python), folder=str(shelf.folder), threads=1)
    async with open_app(live, attrs.evolve(Settings.of("local"), engine=engine)) as opened:
        documents = opened.unwrap().documents
        read = (await settle(documents.read(RawDocument("talk.wav", tone())))).unwrap()
        cut = unwrap_or_failure(await settle(documents.read(RawDocument("cut.wav", tone()[:20] + b"?"))))
    assert [(one.text, one.start, one.end) for one in read.passages] == [("Trains need points.", 0.0, 1.0)]
    assert isinstance(cut, Fault), cut
    assert pids() == []
