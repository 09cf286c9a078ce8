"""OpenAI's transcription endpoint, both ways: a form with the sound in it, answered in JSON, plain or with times.

Source: platform.openai.com/docs/api-reference/audio/createTranscription. Mistral counts `prompt_tokens`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Codec, Inbound, InboundCall, Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.openai_chat.errors import error_in_body
from pointsman.adapters.form import Form, FormFile
from pointsman.core.chat.media_type import sound_extension, sound_type
from pointsman.core.chat.part import Audio, Bytes
from pointsman.core.chat.response import Warning
from pointsman.core.chat.transcription import Segment, Transcription, TranscriptionRequest
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import InvalidRequest, InvalidResponse, ProviderError
from pointsman.core.json import (
    Json,
    JsonObject,
    as_list,
    as_object,
    as_text,
    compact,
    count_or_none,
    dumps_text,
    float_or_none,
    text_or_none,
)

VERBOSE = "verbose_json"
_FORMATS = ("json", VERBOSE)
_UNSET: dict[str, Any] = {"prompt": None, "temperature": None, "segments": False}
_ONCE = frozenset(("model", "language", "prompt", "temperature", "response_format", "stream"))


def write_request(request: TranscriptionRequest, target: Target) -> Result[WireRequest, WriteFailure]:
    """The POST for `request`. What the provider lacks is left out with a warning."""
    lost = {
        name: unset
        for name, unset in _UNSET.items()
        if f"transcription.{name}" in target.quirks.lacks and getattr(request, name) != unset
    }
    asked = attrs.evolve(request, **lost)
    audio = asked.audio
    fields = {
        "model": target.model,
        "language": asked.language,
        "prompt": asked.prompt,
        "temperature": asked.temperature,
        "response_format": VERBOSE if asked.segments else None,
        **asked.extra,
    }
    file = FormFile("file", f"audio.{sound_extension(audio.media_type)}", audio.media_type, audio.data)
    warnings = tuple(Warning(name, f"{target.provider} does not take {name}; it was left out") for name in lost)
    return Success(WireRequest("/audio/transcriptions", form=Form(tuple(_texts(fields)), (file,)), warnings=warnings))


def _texts(fields: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        for item in value if isinstance(value, list) else (value,):
            if item is not None:
                yield name, item if isinstance(item, str) else dumps_text(item)


def read_response(body: Json, target: Target) -> Result[Transcription, ProviderError]:
    """The text, and the times where they came; an answer without a text is an `InvalidResponse`."""
    error = error_in_body(body, target)
    if error is not None:
        return Failure(error)
    answer = as_object(body)
    text = answer.get("text")
    if not isinstance(text, str):
        problem = "the answer has no text"
        return Failure(
            InvalidResponse(detail=problem, problems=(problem,), provider=target.provider, model=target.model or None)
        )
    usage = as_object(answer.get("usage"))
    duration = float_or_none(answer.get("duration"))
    billed = float_or_none(usage.get("seconds"))
    return Success(
        Transcription(
            text=text,
            segments=tuple(_read_segments(answer)),
            language=text_or_none(answer.get("language")),
            duration=billed if duration is None else duration,
            usage=_read_usage(usage),
            model=as_text(answer.get("model")),
            provider=target.provider,
        )
    )


def _read_segments(answer: JsonObject) -> Iterator[Segment]:
    """Those that have times."""
    for item in map(as_object, as_list(answer.get("segments"))):
        start, end = float_or_none(item.get("start")), float_or_none(item.get("end"))
        if start is not None and end is not None:
            yield Segment(start, end, as_text(item.get("text")))


def _read_usage(usage: JsonObject) -> Usage:
    """Tokens by either of their names; sound that is billed by time has none."""
    taken = count_or_none(usage.get("input_tokens", usage.get("prompt_tokens")))
    given = count_or_none(usage.get("output_tokens", usage.get("completion_tokens")))
    return UNKNOWN if taken is None and given is None else Usage(taken, given)


def read_request(inbound: Inbound) -> Result[TranscriptionRequest, InvalidRequest]:
    """What a client wants transcribed; all that is wrong with it is told at once."""
    form = inbound.form or Form()
    fields: dict[str, list[str]] = {}
    for name, text in form.fields:
        fields.setdefault(name, []).append(text)
    if inbound.model:
        fields["model"] = [inbound.model]
    files = [file for file in form.files if file.field == "file"]
    problems = tuple(_problems(fields, form, files))
    if problems:
        return Failure(InvalidRequest(detail="; ".join(problems), problems=problems))
    one = {name: texts[0] for name, texts in fields.items()}
    extra: dict[str, Json] = {
        name: texts[0] if len(texts) == 1 else [*texts] for name, texts in fields.items() if name not in _ONCE
    }
    data = files[0].data
    return Success(
        TranscriptionRequest(
            one["model"],
            Audio(Bytes(data, sound_type(data) or files[0].media_type)),
            language=one.get("language"),
            prompt=one.get("prompt"),
            temperature=_number(one["temperature"]) if "temperature" in one else None,
            segments=one.get("response_format") == VERBOSE,
            extra=extra,
        )
    )


def _problems(fields: Mapping[str, list[str]], form: Form, files: list[FormFile]) -> Iterator[str]:
    if not any(fields.get("model", ())):
        yield "model: it is missing"
    if len(files) != 1 or len(form.files) != 1:
        yield "file: exactly one file is needed, in the field `file`"
    for name in sorted(_ONCE & fields.keys()):
        if len(fields[name]) > 1:
            yield f"{name}: it is given {len(fields[name])} times"
    for text in fields.get("temperature", ()):
        number = _number(text)
        if number is None or not 0 <= number <= 1:
            yield "temperature: it must be a number from 0 to 1"
    for text in fields.get("response_format", ()):
        if text not in _FORMATS:
            yield f"response_format: {text!r} is not supported, only {' and '.join(_FORMATS)} are"
    if "true" in fields.get("stream", ()):
        yield "stream: transcriptions are not streamed"


def _number(text: str) -> float | None:
    try:
        return float_or_none(float(text))
    except ValueError:
        return None


def write_response(response: Transcription) -> JsonObject:
    """The plain form, or the verbose one where there is anything to be told in it."""
    segments: list[Json] = [
        {"id": number, "start": segment.start, "end": segment.end, "text": segment.text}
        for number, segment in enumerate(response.segments)
    ]
    verbose = response.duration is not None or response.language is not None or response.segments
    return compact(
        {
            "task": "transcribe" if verbose else None,
            "language": response.language,
            "duration": response.duration,
            "text": response.text,
            "segments": segments if verbose else None,
            "usage": _write_usage(response),
            "model": response.model or None,
        }
    )


def _write_usage(response: Transcription) -> JsonObject | None:
    usage = response.usage
    if usage.input is None and usage.output is None:
        return None if response.duration is None else {"type": "duration", "seconds": response.duration}
    return compact(
        {
            "type": "tokens",
            "input_tokens": usage.input,
            "output_tokens": usage.output,
            "total_tokens": usage.total,
        }
    )


OPENAI_TRANSCRIBE: Codec[TranscriptionRequest, Transcription] = Codec(
    write_request,
    read_response,
    lambda inbound: read_request(inbound).map(InboundCall),
    lambda answer, call: write_response(answer),
)
