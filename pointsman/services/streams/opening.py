"""The opening of a stream: what must be seen before one knows whether it has begun well. Used by all middleware."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar, cast

import attrs

from pointsman.core.chat.completion import Completion
from pointsman.core.chat.embedding import EmbeddingResponse
from pointsman.core.chat.event import Done, Failed, FrameBatch, Started, StreamEvent, StreamItem
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription
from pointsman.core.error import Attempt, ChatError

_Answer = TypeVar("_Answer")


def carries_output(item: StreamItem) -> bool:
    """Whether there is more in it than that an answer has begun."""
    if isinstance(item, FrameBatch):
        return any(not isinstance(event, Started) for event in item.events)
    return not isinstance(item, Started)


def events_of(item: StreamItem) -> tuple[StreamEvent, ...]:
    """The typed events in `item`."""
    return item.events if isinstance(item, FrameBatch) else (item,)


def early_failure(head: Sequence[StreamItem]) -> Failed | None:
    """The failure that an opening ends with, if the stream failed before any output."""
    last = head[-1] if head else None
    return last if isinstance(last, Failed) and not last.after_output else None


def error_of(failed: Failed) -> ChatError:
    """Why a client's stream failed: with nothing that its calls could not fail with. Only conversations add to that."""
    return cast(ChatError, failed.error)


def with_attempts(event: StreamItem, earlier: tuple[Attempt, ...]) -> StreamItem:
    """`event`; if it is `Done`, with the `earlier` tries before its own."""
    if not isinstance(event, Done) or not earlier:
        return event
    response = event.response
    return Done(attrs.evolve(response, attempts=earlier + response.attempts))


def add_attempts(answer: _Answer, earlier: tuple[Attempt, ...]) -> _Answer:
    """`answer` with the `earlier` tries before its own, if it tells of tries."""
    if isinstance(answer, (ChatResponse, Completion, EmbeddingResponse, Transcription)):
        return attrs.evolve(answer, attempts=earlier + answer.attempts)
    return answer
