"""pointsman for programs that are neither async nor effectful: plain calls, errors as exceptions.

    with connect() as models:
        print(models.chat(ask("openai/gpt-4o-mini", "Hello")).text)

Each exception carries the tagged error as `.error`; its class is named after the tag.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

import attrs
from returns.future import FutureResult
from returns.result import Failure, Result, Success

from pointsman.core import error as errors
from pointsman.core.chat.completion import Completion, CompletionRequest
from pointsman.core.chat.embedding import EmbeddingRequest, EmbeddingResponse
from pointsman.core.chat.event import Failed, StreamEvent
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.transcription import Transcription, TranscriptionRequest
from pointsman.core.effect import settle
from pointsman.core.models.model import ModelInfo
from pointsman.core.money.usage_report import GroupBy, UsageRow
from pointsman.core.routing.explanation import Explanation
from pointsman.core.settings import Settings
from pointsman.layers.app import Layers, open_app
from pointsman.layers.live import live, load_settings
from pointsman.layers.loop_thread import LoopThread, loop_thread
from pointsman.services.app import App
from pointsman.services.manager import Estimate, Manager
from pointsman.services.ports.client import Ping, TokenCount

_Value = TypeVar("_Value")


class PointsmanError(Exception):
    """Any failure of a call; `error` is the tagged value and `str()` its sentence."""

    def __init__(self, error: errors.LLMError) -> None:
        super().__init__(str(error))
        self.error = error


class ModelUnavailable(PointsmanError):
    """See `pointsman.ModelUnavailable`."""


class RateLimitExceeded(PointsmanError):
    """See `pointsman.RateLimitExceeded`."""


class QuotaExhausted(PointsmanError):
    """See `pointsman.QuotaExhausted`."""


class InvalidRequest(PointsmanError):
    """See `pointsman.InvalidRequest`."""


class AuthenticationFailed(PointsmanError):
    """See `pointsman.AuthenticationFailed`."""


class TimeoutError(PointsmanError):
    """See `pointsman.TimeoutError`."""


class ContextTooLarge(PointsmanError):
    """See `pointsman.ContextTooLarge`."""


class ConfigurationError(PointsmanError):
    """See `pointsman.ConfigurationError`."""


class NetworkError(PointsmanError):
    """See `pointsman.NetworkError`."""


class ModelNotFound(PointsmanError):
    """See `pointsman.ModelNotFound`."""


class ContentFiltered(PointsmanError):
    """See `pointsman.ContentFiltered`."""


class InvalidResponse(PointsmanError):
    """See `pointsman.InvalidResponse`."""


class UnsupportedFeature(PointsmanError):
    """See `pointsman.UnsupportedFeature`."""


class BudgetExceeded(PointsmanError):
    """See `pointsman.BudgetExceeded`."""


class FallbackExhausted(PointsmanError):
    """See `pointsman.FallbackExhausted`."""


class StorageError(PointsmanError):
    """See `pointsman.StorageError`."""


class ConversationNotFound(PointsmanError):
    """See `pointsman.ConversationNotFound`."""


class ConversationConflict(PointsmanError):
    """See `pointsman.ConversationConflict`."""


_BY_TAG: dict[str, type[PointsmanError]] = {kind.__name__: kind for kind in PointsmanError.__subclasses__()}


def exception_of(error: errors.LLMError) -> PointsmanError:
    """`error` as an exception of the class named after its tag."""
    return _BY_TAG[error.tag](error)


@attrs.frozen
class BlockingClient:
    """The client of an open `App`, one plain method a question. Safe to share between threads."""

    app: App
    _thread: LoopThread

    def chat(self, request: ChatRequest) -> ChatResponse:
        """The whole answer."""
        return self._run(lambda client: client.chat(request))

    def stream(self, request: ChatRequest | CompletionRequest) -> AbstractContextManager[Iterator[StreamEvent]]:
        """The events of an answer, up to `Done`; a failure is raised. Leaving the scope closes the connection."""
        return self._stream(request)

    def complete(self, request: CompletionRequest) -> Completion:
        """A prompt continued."""
        return self._run(lambda client: client.complete(request))

    def embed(self, request: EmbeddingRequest) -> EmbeddingResponse:
        """One vector a text."""
        return self._run(lambda client: client.embed(request))

    def transcribe(self, request: TranscriptionRequest) -> Transcription:
        """The words in recorded speech."""
        return self._run(lambda client: client.transcribe(request))

    def models(self, *, detailed: bool = False, use_cache: bool = True) -> tuple[ModelInfo, ...]:
        """The models of the default provider."""
        return self._run(lambda client: client.models(detailed=detailed, use_cache=use_cache))

    def ping(self) -> Ping:
        """Whether the default provider answers."""
        return self._run(lambda client: client.ping())

    def count_tokens(self, request: ChatRequest) -> TokenCount:
        """Input tokens of a request."""
        return self._run(lambda client: client.count_tokens(request))

    def explain(self, request: ChatRequest) -> Explanation:
        """Where a request would go, and why; nobody is asked."""
        return self._run(lambda manager: manager.explain(request))

    def estimate(self, request: ChatRequest) -> Estimate:
        """What a request should cost, and the most it can."""
        return self._run(lambda manager: manager.estimate(request))

    def report(
        self, by: GroupBy = "model", since: float | None = None, until: float | None = None
    ) -> tuple[UsageRow, ...]:
        """What was used, by group; times in Unix seconds."""
        return self._run(lambda manager: manager.report(by, since, until))

    def _run(self, call: Callable[[Manager], FutureResult[_Value, errors.LLMError]]) -> _Value:
        async def run() -> Result[_Value, errors.LLMError]:
            return await settle(call(self.app.manager))

        result = self._thread.call(run)
        if isinstance(result, Failure):
            raise exception_of(result.failure())
        return result.unwrap()

    @contextmanager
    def _stream(self, request: ChatRequest | CompletionRequest) -> Iterator[Iterator[StreamEvent]]:
        with self._thread.scope(self.app.client.stream(request)) as events:

            async def step() -> StreamEvent | None:
                return await anext(events, None)

            yield _each(lambda: self._thread.call(step))


def _each(step: Callable[[], StreamEvent | None]) -> Iterator[StreamEvent]:
    while (event := step()) is not None:
        if isinstance(event, Failed):
            raise exception_of(event.error)
        yield event


@contextmanager
def connect(settings: Settings | None = None, layers: Layers = live) -> Iterator[BlockingClient]:
    """A client over `settings` (default: environment and settings file), until the scope ends.

    Runs an asyncio event loop in a thread of its own, which no fork survives: connect in each process. Used after the
    scope or in a forked process it raises `ConfigurationError`, as it does for settings that are wrong.
    """
    if settings is None:
        loaded = load_settings()
        if not isinstance(loaded, Success):
            raise exception_of(loaded.failure())
        settings = loaded.unwrap()
    with loop_thread("this client", exception_of) as thread, thread.scope(open_app(layers, settings)) as opened:
        if not isinstance(opened, Success):
            raise exception_of(opened.failure())
        yield BlockingClient(opened.unwrap(), thread)
