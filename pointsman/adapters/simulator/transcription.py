"""Transcription without a model: a text that depends on the sound's bytes. Pure and the same every time."""

from __future__ import annotations

import hashlib
import io
import re
import wave

from returns.result import Failure, Result, Success

from pointsman.adapters.simulator.tokens import tokens_of
from pointsman.core.chat.media_type import SOUNDS, sound_type
from pointsman.core.chat.transcription import Segment, Transcription, TranscriptionRequest
from pointsman.core.chat.usage import Usage
from pointsman.core.error import InvalidRequest

_WORDS = (
    *("points", "signal", "platform", "tower", "track", "whistle", "junction", "express"),
    *("freight", "buffer", "siding", "lantern", "tunnel", "viaduct", "depot", "crossing"),
)
_BYTES_A_TOKEN = 3200
_SENTENCE = re.compile(r"[^.]+\.")


def transcribe(request: TranscriptionRequest, seed: int) -> Result[Transcription, InvalidRequest]:
    """What is “heard” in the sound; with the duration, of a WAV, and segments where they are asked for."""
    data = request.audio.data
    kind = sound_type(data)
    if kind is None:
        problem = f"file: the audio could not be decoded, it is not {SOUNDS}"
        return Failure(InvalidRequest(detail=problem, problems=(problem,), status=400))
    text = _transcribe(data, kind, seed)
    usage = Usage(len(data) // _BYTES_A_TOKEN + tokens_of(request.prompt or "") + 1, tokens_of(text))
    if not request.segments:
        return Success(Transcription(text=text, usage=usage))
    seconds = duration(data)
    segments = _segments(text, seconds or 0.0)
    return Success(Transcription(text=text, segments=segments, language=request.language or "en", duration=seconds))


def _transcribe(data: bytes, kind: str, seed: int) -> str:
    digest = hashlib.blake2b(data, digest_size=6, key=str(seed).encode()).digest()
    words = " ".join(_WORDS[byte % len(_WORDS)] for byte in digest)
    return f"This is a simulated transcription of {len(data)} bytes of {kind}. One hears: {words}."


def duration(data: bytes) -> float | None:
    """Seconds of sound in a WAV; None for any other, and for one that is damaged."""
    try:
        with wave.open(io.BytesIO(data), "rb") as sound:
            return sound.getnframes() / sound.getframerate() if sound.getframerate() else None
    except (wave.Error, EOFError):
        return None


def _segments(text: str, seconds: float) -> tuple[Segment, ...]:
    """The sentences, each as long as its share of the text."""
    made: list[Segment] = []
    for sentence in _SENTENCE.findall(text):
        start = made[-1].end if made else 0.0
        made.append(Segment(start, round(start + seconds * len(sentence) / len(text), 3), sentence))
    return tuple(made)
