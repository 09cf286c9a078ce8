"""Middleware: asks as the experiments say, and marks each call with its variant for the usage records."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
from returns.result import Result

from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.error import ChatError
from pointsman.core.routing.experiment import Experiment, apply_variant, assign_variant, concerns
from pointsman.services.event_bus import Publish, give_up, publish_nowhere
from pointsman.services.interceptors.usage_record import MARK
from pointsman.services.middleware.middleware import ChatMiddleware
from pointsman.services.ports.client import CHAT, Client
from pointsman.services.ports.clock import Random
from pointsman.services.streams.event_stream import EventStream
from pointsman.services.tasks.background import Background

SHADOW = "shadow"


async def _as_written(model: str) -> str:
    return model


@attrs.frozen
class Experimented(ChatMiddleware):
    """A client that varies requests by `experiments`; the first one that concerns a request takes it.

    A caller stays in its variant: by `options.sticky`, else the conversation, else the tenant, else by chance. Shadow
    models are asked in the background, past the cache; what they answer is thrown away. `whole` says which
    `provider/model` a name stands for: who may not be answered by a variant's model takes no part in the experiment,
    and is shown to no shadow model that is closed to them.
    """

    inner: Client
    experiments: tuple[Experiment, ...]
    random: Random
    background: Background
    publish: Publish = publish_nowhere
    whole: Callable[[str], Awaitable[str]] = _as_written

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """As `Client.chat`."""
        return await self.inner.call(CHAT, await self._apply_experiment(request))

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """As `Client.stream`."""
        return await self.inner.open(await self._apply_experiment(request))

    async def _apply_experiment(self, request: ChatRequest) -> ChatRequest:
        for experiment in self.experiments:
            if concerns(experiment, request):
                return await self._assign(experiment, request)
        return request

    async def _assign(self, experiment: Experiment, request: ChatRequest) -> ChatRequest:
        options = request.options
        key = options.sticky or options.conversation or options.tenant or self.random.new_id()
        for model in experiment.shadow:
            if await self._is_open(model, request):
                self._shadow(experiment, model, request)
        variant = assign_variant(experiment, key)
        if variant is None or (variant.model is not None and not await self._is_open(variant.model, request)):
            return request
        return _mark_request(apply_variant(request, variant), experiment.name, variant.name)

    async def _is_open(self, model: str, request: ChatRequest) -> bool:
        return not request.options.allowed_models or request.options.opens(await self.whole(model))

    def _shadow(self, experiment: Experiment, model: str, request: ChatRequest) -> None:
        options = attrs.evolve(request.options, cache="off", order=(), task=None, strategy=None)
        asked = _mark_request(
            attrs.evolve(request, model=model, options=options, request_id=None), experiment.name, f"{SHADOW} {model}"
        )

        async def ask() -> None:
            answer = await self.inner.call(CHAT, asked)
            give_up(answer, "a shadow model", self.publish)

        self.background.start(ask)


def _mark_request(request: ChatRequest, experiment: str, variant: str) -> ChatRequest:
    tags = (*request.options.tags, f"{MARK}{experiment}/{variant}")
    return attrs.evolve(request, options=attrs.evolve(request.options, tags=tags))
