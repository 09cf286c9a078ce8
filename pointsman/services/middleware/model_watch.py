"""Middleware before a server of models: looks whether the model is in memory before it asks, and tells if it is not.

Then the first answer takes as long as loading does, and whoever listens knows why. Where nobody listens nobody looks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result

from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import ChatError, LLMError, ProviderError
from pointsman.core.models.served_model import ServedModel
from pointsman.core.notice import ModelLoadState, ModelStateChange
from pointsman.services.event_bus import EventBus
from pointsman.services.middleware.middleware import ChatMiddleware
from pointsman.services.ports.client import CHAT, Client
from pointsman.services.ports.clock import Clock
from pointsman.services.streams.event_stream import EventStream

Look: TypeAlias = Callable[[], Awaitable[Result[tuple[ServedModel, ...], ProviderError]]]
"""Lists the models of the server, with their states."""
_FRESH_SECONDS = 30.0
"""How long a model that was in memory is taken to be there still."""


@attrs.define(eq=False)
class WatchedModels(ChatMiddleware):
    """The client of the server `name`, whose models are looked at before they are asked."""

    inner: Client
    look: Look
    clock: Clock
    name: str
    _bus: EventBus | None = None
    _loaded: dict[str, float] = attrs.field(factory=dict)
    """Until when which model is taken to be in memory."""

    def announce_to(self, bus: EventBus) -> None:
        """Tell by `bus` what is loaded."""
        self._bus = bus

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """As `Client.chat`."""
        is_loading = await self._is_loading(request.model)
        answer = await self.inner.call(CHAT, request)
        if is_loading:
            self._tell_end(request.model, answer.failure() if isinstance(answer, Failure) else None)
        return answer

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """As `Client.stream`."""
        is_loading = await self._is_loading(request.model)
        stream = await self.inner.open(request)
        if is_loading:
            early = stream.failure
            error = None if early is None else early.error
            self._tell_end(request.model, error)
        return stream

    async def _is_loading(self, model: str) -> bool:
        """Whether the model has to be loaded first, which is told; a server that says nothing of it is believed."""
        bus, now = self._bus, self.clock.monotonic()
        if bus is None or not model or not bus.wants(ModelStateChange) or self._loaded.get(model, 0.0) > now:
            return False
        listed = unwrap_or_failure(await self.look())
        known = [one for one in listed if one.id in (model, f"{model}:latest")] if isinstance(listed, tuple) else []
        if not known or known[0].state is None or known[0].state == "loaded":
            self._loaded[model] = now + _FRESH_SECONDS
            return False
        self._tell(model, "loading", None)
        return True

    def _tell_end(self, model: str, error: LLMError | None) -> None:
        self._tell(model, "loaded" if error is None else "failed", error)
        if error is None:
            self._loaded[model] = self.clock.monotonic() + _FRESH_SECONDS

    def _tell(self, model: str, state: ModelLoadState, error: LLMError | None) -> None:
        if self._bus is not None:
            self._bus.publish(ModelStateChange(model=f"{self.name}/{model}", state=state, error=error))
