"""Port: a client of language models.

A client is two methods: `call`, which performs one operation, and `open`, which begins a stream. All else that it has
is made of these. Between middlewares plain `async def -> Result` is used; the methods that programs call give
`FutureResult`: await it once; call again to ask again. One that only passes a call on is a plain `def` which gives the
coroutine of the next (`Calling`, `Opening`): a call has a dozen of them on its way, and each frame costs.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, Literal, Never, Protocol, TypeAlias

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result
from typing_extensions import TypeVar

from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import StreamEvent
from pointsman.core.chat.original import OriginalResponse
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.error import ChatError
from pointsman.core.models.model import ModelHold, ModelInfo
from pointsman.services.streams.event_stream import EventStream, scope_of

Query = TypeVar("Query")
Answer = TypeVar("Answer")
Error = TypeVar("Error", bound=ChatError, default=ChatError)
"""What a client can fail with. Without a word of it that is a `ChatError`."""
Error_co = TypeVar("Error_co", bound=ChatError, covariant=True, default=ChatError)
"""The same, of a client that is asked: one that fails with less stands wherever one may fail with more."""
ResponseStream: TypeAlias = AbstractAsyncContextManager[AsyncIterator[StreamEvent]]
"""A scope over the events of one answer: leaving it closes the connection. See `core/chat/event.py`."""
StreamRequest: TypeAlias = ChatRequest | CompletionRequest
Calling: TypeAlias = Coroutine[object, None, Result[Answer, Error]]
"""A call that has not begun: what `async def call` gives."""
Opening: TypeAlias = Coroutine[object, None, EventStream]
OperationName: TypeAlias = Literal["chat", "complete", "embed", "transcribe", "count", "models", "ping", "hold"]


@attrs.frozen
class Ping:
    """Whether the provider answered, after how many milliseconds, and when (Unix seconds)."""

    provider: str
    ok: bool
    latency_ms: float
    timestamp: float
    error: ChatError | None = None
    models: int | None = None


@attrs.frozen
class TokenCount:
    """Input tokens of a request; `estimated` unless the provider counted."""

    tokens: int
    estimated: bool
    original: OriginalResponse | None = attrs.field(default=None, eq=False, repr=False)
    """As it came, for a client of the gateway that speaks the provider's dialect."""


@attrs.frozen
class ModelsQuery:
    """Which models there are: with `detailed`, all the provider can tell of each, at the price of more calls."""

    detailed: bool = False
    use_cache: bool = True


@attrs.frozen
class Operation(Generic[Query, Answer]):
    """What can be asked of a client: the type of its request, and that of its answer."""

    name: OperationName
    is_metered: bool = False
    """Whether it uses a model, so that limits, budgets and usage records have to know."""

    names_model: bool = attrs.field(
        init=False,
        repr=False,
        eq=False,
        default=attrs.Factory(lambda self: self.is_metered or self.name == "count", takes_self=True),
    )
    """Whether its request says which model is meant, and so who is asked; else the default provider is."""


CHAT: Operation[ChatRequest, ChatResponse] = Operation("chat", is_metered=True)
COMPLETE: Operation[CompletionRequest, Completion] = Operation("complete", is_metered=True)
EMBED: Operation[EmbeddingRequest, EmbeddingResponse] = Operation("embed", is_metered=True)
TRANSCRIBE: Operation[TranscriptionRequest, Transcription] = Operation("transcribe", is_metered=True)
COUNT_TOKENS: Operation[ChatRequest, TokenCount] = Operation("count")
LIST_MODELS: Operation[ModelsQuery, tuple[ModelInfo, ...]] = Operation("models")
PING: Operation[None, Ping] = Operation("ping")
HOLD_MODEL: Operation[ModelHold, Ping] = Operation("hold")
"""Keep a model loaded, where the server can; elsewhere it is a ping."""


class ChatClient(Protocol[Error_co]):
    """The least that a client of one's own has: it asks one model one question. `client_of` makes a `Client` of it."""

    def chat(self, request: ChatRequest) -> FutureResult[ChatResponse, Error_co]:
        """The whole answer."""
        ...

    def stream(self, request: ChatRequest) -> ResponseStream:
        """The answer as it is made; ends in exactly one of `Done` and `Failed`."""
        ...


class Client(Protocol[Error_co]):
    """All that can be asked of a provider, or of all of them. Inherit from it: two methods make a client."""

    __slots__ = ()

    @abstractmethod
    def call(self, operation: Operation[Query, Answer], request: Query) -> Calling[Answer, Error_co]:
        """Perform `operation`; most write `async def` for it."""
        ...

    @abstractmethod
    def open(self, request: StreamRequest) -> Opening:
        """Begin a stream, up to its first output; it never fails but as an event. Whoever opens it closes it."""
        ...

    def forget_models(self) -> None:
        """Drop the cached model list, if there is one."""
        return

    def chat(self, request: ChatRequest) -> FutureResult[ChatResponse, Error_co]:
        """The whole answer."""
        return FutureResult(self.call(CHAT, request))

    def stream(self, request: StreamRequest) -> ResponseStream:
        """The answer as it is made; ends in exactly one of `Done` and `Failed`.

        A prompt is continued in the same events, of which only text is the continuation.
        """
        return scope_of(self.open, request)

    def complete(self, request: CompletionRequest) -> FutureResult[Completion, Error_co]:
        """Continue a prompt."""
        return FutureResult(self.call(COMPLETE, request))

    def embed(self, request: EmbeddingRequest) -> FutureResult[EmbeddingResponse, Error_co]:
        """Vectors of one or many texts, sent in as many batches as the provider needs."""
        return FutureResult(self.call(EMBED, request))

    def transcribe(self, request: TranscriptionRequest) -> FutureResult[Transcription, Error_co]:
        """The words in recorded speech."""
        return FutureResult(self.call(TRANSCRIBE, request))

    def models(
        self, *, detailed: bool = False, use_cache: bool = True
    ) -> FutureResult[tuple[ModelInfo, ...], Error_co]:
        """The models there are. With `detailed`, all the provider can tell of each, at the price of more calls."""
        return FutureResult(self.call(LIST_MODELS, ModelsQuery(detailed, use_cache)))

    def ping(self) -> FutureResult[Ping, Error_co]:
        """Ask for the cheapest thing the provider has. Being down is an answer (`ok=False`), not a failure."""
        return FutureResult(self.call(PING, None))

    def count_tokens(self, request: ChatRequest) -> FutureResult[TokenCount, Error_co]:
        """Input tokens, by the provider's own count where it has one, else an estimate marked as such."""
        return FutureResult(self.call(COUNT_TOKENS, request))


async def refuse(error: Error) -> Result[Never, Error]:
    """A call that fails with `error`, for who passes on others."""
    return Failure(error)


async def refuse_stream(error: ChatError) -> EventStream:
    """As `refuse`, of a stream."""
    return EventStream.fail_with(error)


def answer_as(operation: Operation[Query, Answer], result: Result[object, Error]) -> Result[Answer, Error]:
    """`result`, which is that of `operation`: a type checker cannot tell so from the operation's name."""
    given: Any = result  # no `cast`, which is a function: every call passes here several times
    answer: Result[Answer, Error] = given
    return answer


def calling_as(operation: Operation[Query, Answer], calling: Calling[object, Error]) -> Calling[Answer, Error]:
    """As `answer_as`, before it is awaited."""
    given: Any = calling
    call: Calling[Answer, Error] = given
    return call
