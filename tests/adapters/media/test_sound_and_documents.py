"""Sound and documents, checked by content."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.media.file_part import audio_from, file_from
from pointsman.core.chat.media_type import is_pdf, sound_extension, sound_type
from pointsman.core.chat.part import Audio, Bytes, File, Url
from pointsman.core.effect import settle
from pointsman.layers.media import sound_formats_of


def tone(seconds: float = 0.5) -> bytes:
    """A WAV of silence."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(bytes(int(16_000 * seconds)))
    return stream.getvalue()


SOUNDS = {
    "audio/wav": tone(),
    "audio/mpeg": b"ID3\x04\x00",
    "audio/flac": b"fLaC\x00\x00\x00\x22",
    "audio/ogg": b"OggS\x00\x02",
    "audio/mp4": b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00",
    "audio/webm": b"\x1aE\xdf\xa3\x01",
}


@pytest.mark.parametrize("kind", SOUNDS)
async def test_the_content_tells_the_type_of_sound(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "sound.txt"
    file.write_bytes(SOUNDS[kind])
    assert (await settle(audio_from(file))).unwrap() == Audio(Bytes(SOUNDS[kind], kind))
    assert (await settle(audio_from(SOUNDS[kind]))).unwrap() == Audio(Bytes(SOUNDS[kind], kind))


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"\xff\xf3\x40\xc0", "audio/mpeg"),
        (b"\xff\xe3\x18\xc4", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", None),  # AAC in ADTS: layer 0
        (b"\xff\xfb\xf0\x00", None),  # no such bit rate
        (b"\xff\xfb\x9c\x00", None),  # no such frequency
        (b"\xff\xeb\x90\x00", None),  # no such version
        (b"\xff\xd8\xff\xe0", None),  # a JPEG
        (b"\x00\x00\x00\x18ftypheic", None),  # a photograph
        (b"RIFF\x00\x00\x00\x00WEBP", None),
        (b"hello", None),
        (b"\xff\xfb", None),
    ],
)
def test_what_only_looks_like_sound_is_none(head: bytes, kind: str | None) -> None:
    assert sound_type(head) == kind


async def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_text("hello")
    assert "not WAV, MP3" in (await settle(audio_from(tmp_path / "notes.wav"))).failure().detail
    assert (await settle(audio_from(b""))).failure().detail == "the audio is empty"
    assert "no provider fetches sound" in (await settle(audio_from("https://example.org/a.wav"))).failure().detail


@given(st.binary(max_size=40))
def test_no_bytes_raise(data: bytes) -> None:
    kind = sound_type(data)
    assert kind is None or sound_extension(kind) in ("wav", "mp3", "flac", "ogg", "m4a", "webm")
    assert is_pdf(b"\xef\xbb\xbf" + b"%PDF-1.7" + data)


async def test_a_pdf_is_told_by_its_content_and_text_is_text(tmp_path: Path) -> None:
    (tmp_path / "letter.bin").write_bytes(b"%PDF-1.4 hello")
    found = (await settle(file_from(tmp_path / "letter.bin"))).unwrap()
    assert found == File(Bytes(b"%PDF-1.4 hello", "application/pdf"), "letter.bin")
    assert (await settle(file_from(b"%PDF-1.4", name="a.pdf"))).unwrap().name == "a.pdf"
    assert (await settle(file_from("äh".encode()))).unwrap() == File(Bytes("äh".encode(), "text/plain"), None)
    where = "https://example.org/papers/one.pdf?x=1"
    assert (await settle(file_from(where))).unwrap() == File(Url(where), "one.pdf")


async def test_what_is_no_document_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fake.pdf").write_bytes(b"\x00\x01\xff")
    assert "neither a PDF nor text" in (await settle(file_from(tmp_path / "fake.pdf"))).failure().detail
    assert (await settle(file_from(b""))).failure().detail == "the file is empty"


async def test_sound_that_the_provider_does_not_take_is_refused_with_what_it_takes() -> None:
    assert (await settle(audio_from(tone(), formats=sound_formats_of("gemini")))).unwrap().media_type == "audio/wav"
    refusal = (await settle(audio_from(b"fLaC" + bytes(40), formats=sound_formats_of("openai")))).failure()
    assert "audio/flac, and audio/mpeg and audio/wav are taken" in refusal.detail
    assert sound_formats_of("ollama") is None
