"""What a child serves that writes down recordings by a Whisper model: `transformers_child.py` has it, for such folders.

It knows nothing of pointsman. What is not WAV is decoded by ffmpeg, where that is installed.
"""

from __future__ import annotations

import asyncio
import hmac
import importlib
import io
import json
import re
import shutil
import socket
import subprocess
import threading
import wave
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeAlias

_Message: TypeAlias = dict[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]
_Hear: TypeAlias = Callable[[bytes, str], Mapping[str, object]]
_LARGEST_BODY = 2**27
_RATE = 16_000
"""Samples a second, of all Whisper models."""
_BOUNDARY = re.compile(rb'boundary="?([^";,]+)"?')
_NAME = re.compile(rb'name="([^"]*)"')
_DECODE = ("-hide_banner", "-loglevel", "error", "-i", "pipe:0", "-ac", "1", "-ar", str(_RATE), "-f", "f32le", "pipe:1")


def serve(spec: Mapping[str, object]) -> Mapping[str, object]:
    """Load the model, and listen on a free port of loopback, for who has the key."""
    hear, uvicorn = _load(spec), importlib.import_module("uvicorn")
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else every piece waits 40 ms for the one before
    config = uvicorn.Config(_app(hear, str(spec["key"])), log_config=None, lifespan="off")
    run = uvicorn.Server(config).serve
    threading.Thread(target=lambda: asyncio.run(run(sockets=[listener])), daemon=True).start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    return {"address": address, "has_tools": False, "has_grammar": False, "adapters": "none"}


def _load(spec: Mapping[str, object]) -> _Hear:
    """What the model makes of a file of sound in a language (empty: it finds out which)."""
    try:
        torch, transformers = importlib.import_module("torch"), importlib.import_module("transformers")
    except ImportError as problem:
        raise RuntimeError(f"the package transformers does not load ({problem})") from problem
    torch.set_num_threads(int(str(spec["threads"])))
    device = "cpu" if spec.get("gpu_layers") == 0 or not torch.cuda.is_available() else "cuda:0"
    try:
        pipe = transformers.pipeline("automatic-speech-recognition", model=str(spec["path"]), device=device)
    except Exception as problem:
        raise RuntimeError(f"transformers does not load the model ({type(problem).__name__}: {problem})") from problem
    knows_languages = bool(getattr(pipe.model.generation_config, "is_multilingual", False))

    def hear(data: bytes, language: str) -> Mapping[str, object]:
        samples = decode_sound(data)
        said = {"task": "transcribe", **({"language": language} if language else {})} if knows_languages else {}
        heard = pipe({"raw": samples, "sampling_rate": _RATE}, return_timestamps=True, generate_kwargs=said)
        return _answer(heard, len(samples) / _RATE, language)

    return hear


def _answer(heard: Mapping[str, Any], duration: float, language: str) -> Mapping[str, object]:
    """As OpenAI's `verbose_json`. What has no end lasts to the end."""
    segments = [
        {"id": at, "start": one["timestamp"][0] or 0.0, "end": one["timestamp"][1] or duration, "text": one["text"]}
        for at, one in enumerate(heard.get("chunks") or ())
    ]
    return {
        "task": "transcribe",
        "text": str(heard["text"]).strip(),
        "duration": duration,
        "language": language or None,
        "segments": segments,
    }


def decode_sound(data: bytes) -> Any:
    """Its samples, one channel of floats at 16 kHz. Raises ValueError with one clause."""
    numpy = importlib.import_module("numpy")
    try:
        with wave.open(io.BytesIO(data)) as file:
            width, rate, channels = file.getsampwidth(), file.getframerate(), file.getnchannels()
            raw = file.readframes(file.getnframes())
    except (wave.Error, EOFError):
        return numpy.frombuffer(_decode_by_ffmpeg(data), numpy.float32)
    if width not in (2, 4):
        return numpy.frombuffer(_decode_by_ffmpeg(data), numpy.float32)
    kind = numpy.int16 if width == 2 else numpy.int32
    whole = len(raw) // (width * channels) * width * channels
    samples = numpy.frombuffer(raw[:whole], kind).reshape(-1, channels).mean(axis=1) / 2.0 ** (8 * width - 1)
    places = numpy.arange(0, len(samples), rate / _RATE)
    return numpy.interp(places, numpy.arange(len(samples)), samples).astype(numpy.float32)


def _decode_by_ffmpeg(data: bytes) -> bytes:
    program = shutil.which("ffmpeg")
    if program is None:
        raise ValueError("sound that is not plain WAV is decoded by ffmpeg, which is not installed here")
    done = subprocess.run([program, *_DECODE], input=data, capture_output=True, check=False)
    if done.returncode:
        raise ValueError("ffmpeg finds no sound in the file")
    return done.stdout


def _app(hear: _Hear, key: str) -> Callable[[_Message, _Receive, _Send], Awaitable[None]]:
    """One recording after the other is heard."""
    turn = asyncio.Lock()

    async def answer(scope: _Message, receive: _Receive, send: _Send) -> None:
        headers = dict(scope.get("headers", ()))
        if not hmac.compare_digest(headers.get(b"authorization", b""), f"Bearer {key}".encode()):
            await _reply(send, 401, {"error": {"message": "the key is wrong"}})
        elif scope["path"] != "/v1/audio/transcriptions":
            await _reply(send, 404, {"error": {"message": "this model writes down recordings, and answers nothing"}})
        else:
            fields = dict(read_form(headers.get(b"content-type", b""), await _read(receive)))
            async with turn:
                try:
                    language = fields.get("language", b"").decode("utf-8", "replace")
                    said = await asyncio.to_thread(hear, fields.get("file", b""), language)
                except ValueError as problem:
                    await _reply(send, 400, {"error": {"message": str(problem)}})
                    return
            await _reply(send, 200, said)

    return answer


def read_form(content_type: bytes, body: bytes) -> Iterator[tuple[str, bytes]]:
    """The fields of a form (RFC 7578): the name of each, and what it holds."""
    found = _BOUNDARY.search(content_type)
    for part in body.split(b"--" + found[1])[1:-1] if found else ():
        head, _, content = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is not None:
            yield name[1].decode("utf-8", "replace"), content.removesuffix(b"\r\n")


async def _read(receive: _Receive) -> bytes:
    pieces, size = [], 0
    while size < _LARGEST_BODY:
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if not message.get("more_body"):
            break
    return b"".join(pieces)


async def _reply(send: _Send, status: int, document: object) -> None:
    data = json.dumps(document).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})
