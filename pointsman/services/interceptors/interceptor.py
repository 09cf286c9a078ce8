"""Guards: what stands before and after a call, of whatever kind. A `Guarded` client is a client with guards around it.

A guard sees a call twice: it may refuse it before it is made, and it is told how it ended. Rate limits, budgets,
circuit breakers, measurements, usage records and traces are guards, so that none of them has to know about streams.
"""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

import attrs
from returns.result import Result

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.error import LLMError

AnyRequest: TypeAlias = ChatRequest | CompletionRequest | EmbeddingRequest | TranscriptionRequest
AnyResponse: TypeAlias = ChatResponse | Completion | EmbeddingResponse | Transcription
Kind: TypeAlias = Literal["chat", "stream", "complete", "embed", "transcribe"]


@attrs.define
class Call:
    """A call under way: what was asked, and, as it goes on, how it went. Guards read it; only `Guarded` writes it.

    `id` is its own; `provider` is the client's name, or nothing where the client stands for several. The kind `stream`
    is a chat that is streamed; one of the kind `complete` may be as well: `streamed` tells. Times are monotonic
    seconds: it `began` when all guards had let it through, for which it had `waited` so many seconds; `first` is that
    of the first output of a stream. In the end exactly one of `response` and `error` is there, or neither where the
    call was cancelled; the `response` of a stream is a `ChatResponse`, whatever was asked. `pieces` counts the deltas
    of a stream, `partial` is what a broken one gave.
    """

    id: str
    kind: Kind
    provider: str
    request: AnyRequest
    began: float
    waited: float = 0.0
    streamed: bool = False
    first: float | None = None
    ended: float = 0.0
    pieces: int = 0
    response: AnyResponse | None = None
    error: LLMError | None = None
    partial: ChatResponse | None = None

    @property
    def model(self) -> str:
        """The model that was asked for."""
        return self.request.model

    @property
    def cancelled(self) -> bool:
        """Whether the call has ended with neither an answer nor an error."""
        return self.response is None and self.error is None

    @property
    def seconds(self) -> float:
        """How long the whole call took."""
        return self.ended - self.began


class Permit(Protocol):
    """What a guard gave out for one call. It is always told the end, once, also when the call is cancelled."""

    async def close(self, call: Call) -> None:
        """The call has ended. It may replace `call.response` by one that tells more. It must not fail.

        The task may be in the middle of its cancellation: what must be finished all the same shields itself.
        """
        ...


class Guard(Protocol):
    """Stands before calls."""

    async def admit(self, call: Call) -> Result[Permit | None, LLMError]:
        """Let the call through, after a wait if need be, or refuse it. None: the end is of no interest."""
        ...
