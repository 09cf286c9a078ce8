"""Transcription by the simulator, over a socket: strict in what it takes, the same for the same sound."""

from __future__ import annotations

import httpx
import pytest

from pointsman.adapters.simulator.transcription import duration
from pointsman.core.json import JsonObject
from pointsman.layers.simulation import simulator, simulator_running
from tests.adapters.media.test_sound_and_documents import tone
from tests.patience import GUARD

FILE = {"file": ("a.wav", tone(2.0), "audio/wav")}


async def posted(data: JsonObject, files: object = FILE, path: str = "/v1", seed: int = 0) -> httpx.Response:
    """The reply to a form that httpx has written."""
    async with simulator_running(simulator(seed)) as address, httpx.AsyncClient(timeout=GUARD, trust_env=False) as http:
        return await http.post(f"{address}{path}/audio/transcriptions", data=data, files=files)  # type: ignore[arg-type]


async def test_the_text_depends_on_the_bytes_and_on_nothing_else() -> None:
    first = (await posted({"model": "sim"})).json()
    assert (await posted({"model": "sim"})).json() == first
    assert "32044 bytes of audio/wav" in first["text"]
    assert first["usage"]["total_tokens"] == first["usage"]["input_tokens"] + first["usage"]["output_tokens"]
    assert first.keys() == {"text", "usage"}
    other = {"file": ("a.wav", tone(2.0)[:-1] + b"\x01", "audio/wav")}
    assert (await posted({"model": "sim"}, other)).json()["text"] != first["text"]
    assert (await posted({"model": "sim"}, seed=1)).json()["text"] != first["text"]


@pytest.mark.parametrize("path", ["", "/v1", "/openai/v1", "/openai/deployments/whisper"])
async def test_every_base_path_leads_to_it(path: str) -> None:
    assert (await posted({"model": "sim"}, path=path)).status_code == 200


async def test_the_verbose_form_has_times_and_a_language() -> None:
    told = (await posted({"model": "sim", "response_format": "verbose_json", "language": "de"})).json()
    assert (told["duration"], told["language"], told["task"]) == (2.0, "de", "transcribe")
    assert "".join(segment["text"] for segment in told["segments"]) == told["text"]
    assert [segment["start"] for segment in told["segments"]] == [0.0, told["segments"][0]["end"]]
    assert told["segments"][-1]["end"] == pytest.approx(2.0, abs=0.01)
    assert told["usage"] == {"type": "duration", "seconds": 2.0}
    flac = {"file": ("a.flac", b"fLaC....", "audio/flac")}
    told = (await posted({"model": "sim", "response_format": "verbose_json"}, flac)).json()
    assert "duration" not in told


@pytest.mark.parametrize(
    ("data", "files", "why"),
    [
        ({}, FILE, "model: it is missing"),
        ({"model": "sim"}, {"sound": FILE["file"]}, "in the field `file`"),
        ({"model": "sim"}, {**FILE, "more": FILE["file"]}, "exactly one file"),
        ({"model": "sim"}, {"file": ("a.wav", b"hello", "audio/wav")}, "could not be decoded"),
        ({"model": "sim", "response_format": "vtt"}, FILE, "'vtt' is not supported"),
        ({"model": "sim"}, None, "not multipart/form-data"),
    ],
)
async def test_what_is_wrong_is_refused(data: JsonObject, files: object, why: str) -> None:
    reply = await posted(data, files)
    assert reply.status_code == 400
    assert why in reply.json()["error"]["message"]


async def test_faults_are_chosen_by_the_models_name() -> None:
    reply = await posted({"model": "sim-429"})
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "1")


def test_a_damaged_wav_has_no_duration() -> None:
    assert duration(tone()) == 0.5
    assert duration(tone()[:30]) is None
    assert duration(b"") is None
