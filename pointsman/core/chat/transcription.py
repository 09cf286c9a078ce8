"""Recorded speech as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.options import PLAIN, CallOptions
from pointsman.core.chat.part import Audio
from pointsman.core.chat.response import Warning
from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.error import Attempt, InvalidRequest
from pointsman.core.json import Json
from pointsman.core.money.cost import UNKNOWN_COST, Cost


@attrs.frozen(slots=False)  # copied often: see `core/chat/replace.py`
class TranscriptionRequest:
    """Ask for the words in `audio`.

    `language` is a code of ISO 639-1 such as `de` and makes it better where it is known; `prompt` is text in the style
    that is wanted, or words that are hard to spell; `temperature` is 0 to 1. `segments` asks for the times of what was
    said, which not every model can tell. `timeout` is the whole call in seconds. `extra` are further fields of the
    form, for parameters that only one provider has; a list is sent as a field for each of its values.
    """

    model: str
    audio: Audio
    language: str | None = attrs.field(default=None, kw_only=True)
    prompt: str | None = attrs.field(default=None, kw_only=True)
    temperature: float | None = attrs.field(default=None, kw_only=True)
    segments: bool = attrs.field(default=False, kw_only=True)
    timeout: float | None = attrs.field(default=None, kw_only=True)
    extra: Mapping[str, Json] = attrs.field(factory=dict, kw_only=True)
    options: CallOptions = attrs.field(default=PLAIN, kw_only=True)


@attrs.frozen
class Segment:
    """What was said from `start` to `end`, in seconds from the beginning."""

    start: float
    end: float
    text: str


@attrs.frozen(kw_only=True, slots=False)  # copied often: see `core/chat/replace.py`
class Transcription:
    """The words, and what else the provider told.

    `segments` are in the order of their times, `duration` is that of the sound in seconds, `language` as the provider
    names it (`german`, or `de`). `usage` is in tokens, and unknown where the provider bills by time.
    """

    text: str
    segments: tuple[Segment, ...] = ()
    language: str | None = None
    duration: float | None = None
    usage: Usage = UNKNOWN
    model: str = ""
    provider: str = ""
    latency_ms: float | None = None
    attempts: tuple[Attempt, ...] = ()
    warnings: tuple[Warning, ...] = ()
    cost: Cost = UNKNOWN_COST


def check_transcription(request: TranscriptionRequest) -> Result[TranscriptionRequest, InvalidRequest]:
    """`request`, or an `InvalidRequest` that lists everything no provider would take."""
    problems = tuple(_problems(request))
    if problems:
        detail, model = "; ".join(problems), request.model or None
        return Failure(InvalidRequest(detail=detail, problems=problems, model=model, request=request))
    return Success(request)


def _problems(request: TranscriptionRequest) -> Iterator[str]:
    if not request.model:
        yield "no model is given; name one with --model or `model`"
    if not request.audio.data:
        yield "audio: it is empty"
    if request.temperature is not None and not 0 <= request.temperature <= 1:
        yield f"temperature: {request.temperature} is not between 0 and 1"
    if request.timeout is not None and not request.timeout > 0:
        yield f"timeout: {request.timeout} is not above 0 seconds"
