"""The half of the child for recordings that needs no model: what stands in a form, and what samples a file has."""

from __future__ import annotations

import io
import shutil
import wave

import numpy as np
import pytest

from pointsman.adapters.engines.whisper_child import decode_sound, read_form

BODY = (
    b'--x-1\r\nContent-Disposition: form-data; name="model"\r\n\r\near\r\n'
    b'--x-1\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n'
    b"Content-Type: audio/wav\r\n\r\nRIFF\r\n\n\x00\r\n\r\n--x-1--\r\n"
)


def test_a_form_is_read_byte_for_byte() -> None:
    assert dict(read_form(b"multipart/form-data; boundary=x-1", BODY)) == {
        "model": b"ear",
        "file": b"RIFF\r\n\n\x00\r\n",
    }
    assert dict(read_form(b"application/json", BODY)) == {}
    assert dict(read_form(b'multipart/form-data; boundary="x-1"', BODY[:60])) == {}


def wav(rate: int, width: int, channels: int, samples: list[int]) -> bytes:
    """A file of sound."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setframerate(rate)
        file.setsampwidth(width)
        file.setnchannels(channels)
        file.writeframes(np.array(samples, np.int16 if width == 2 else np.int32).tobytes())
    return out.getvalue()


def test_sound_becomes_one_channel_at_sixteen_thousand_samples_a_second() -> None:
    assert decode_sound(wav(16_000, 2, 1, [0, 16384, -32768])).tolist() == [0.0, 0.5, -1.0]
    assert decode_sound(wav(8_000, 2, 2, [0, 0, 16384, 16384])).tolist() == [0.0, 0.25, 0.5, 0.5]
    assert decode_sound(wav(16_000, 4, 1, [2**30])).tolist() == [0.5]


@pytest.mark.parametrize("data", [b"", b"no sound at all", wav(16_000, 2, 1, [1])[:30]])
def test_what_is_no_sound_is_told_in_a_clause(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("ffmpeg"):
        with pytest.raises(ValueError, match="ffmpeg finds no sound"):
            decode_sound(data)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match="decoded by ffmpeg, which is not installed"):
        decode_sound(data)
