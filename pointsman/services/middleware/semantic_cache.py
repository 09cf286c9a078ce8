"""Middleware: an answer to a question that means the same. Opt-in, because what means the same is a guess."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import attrs
from returns.result import Result, Success

from pointsman.core.canonical import cache_key
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.event import Done
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Text
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.verdict import judge
from pointsman.core.error import ChatError
from pointsman.core.memory import cosine, unit
from pointsman.core.money.cost import FREE
from pointsman.core.notice import CacheHit
from pointsman.core.schema.unfold import unfold
from pointsman.services.event_bus import Publish, give_up, publish_nowhere
from pointsman.services.middleware.middleware import ChatMiddleware
from pointsman.services.ports.client import CHAT, EMBED, Client
from pointsman.services.ports.clock import Clock
from pointsman.services.streams.event_stream import End, EventStream
from pointsman.services.tasks.call_time import time_of


@attrs.frozen(kw_only=True)
class Likeness:
    """When two questions are the same: from a cosine of `threshold` on, by the embeddings of `model`.

    Requests warmer than `max_temperature` are left alone (one that does not say counts as 1.0), so are those with
    tools. At most `most` answers are kept, each for `ttl` seconds.
    """

    model: str
    threshold: float = 0.95
    max_temperature: float = 0.5
    most: int = 2000
    ttl: float = 3600.0


@attrs.frozen
class _Known:
    vector: tuple[float, ...]
    response: ChatResponse
    stored: float


@attrs.frozen
class SemanticallyCached(ChatMiddleware):
    """A client that remembers what `inner` answered, by the meaning of the last user message.

    All else must be equal: the messages before it, the parameters, `scope` and the tenant. Where embedding fails
    `inner` is asked as if there were no cache, and a `Degraded` says so. Kept in the memory of this process.
    """

    inner: Client
    embedder: Client
    likeness: Likeness
    clock: Clock
    scope: Callable[[ChatRequest], str] = lambda request: request.model
    publish: Publish = publish_nowhere
    _known: OrderedDict[str, list[_Known]] = attrs.field(factory=OrderedDict, repr=False, eq=False)

    async def call_chat(self, request: ChatRequest) -> Result[ChatResponse, ChatError]:
        """As `Client.chat`."""
        time = time_of(request, self.clock)
        place = await self._place(request)
        if place is None:
            return await self.inner.call(CHAT, time.share(request))
        hit = self._find(*place, request)
        if hit is not None:
            return Success(hit)
        result = await self.inner.call(CHAT, time.share(request))
        if isinstance(result, Success):
            self._keep(*place, request, result.unwrap())
        return result

    async def open_chat(self, request: ChatRequest) -> EventStream:
        """As `Client.stream`."""
        time = time_of(request, self.clock)
        place = await self._place(request)
        if place is None:
            return await self.inner.open(time.share(request))
        hit = self._find(*place, request)
        if hit is not None:
            return EventStream.of(unfold(hit))
        stream = await self.inner.open(time.share(request))

        async def finish(end: End | None) -> End | None:
            if isinstance(end, Done):
                self._keep(*place, request, end.response)
            return end

        stream.on_end(finish)
        return stream

    async def _place(self, request: ChatRequest) -> tuple[str, tuple[float, ...]] | None:
        """Where the answer belongs: what must be equal, and the meaning of the rest. None: not for this cache."""
        asked = _question(request)
        warm = 1.0 if request.temperature is None else request.temperature
        if asked is None or request.tools or warm > self.likeness.max_temperature or request.options.cache == "off":
            return None
        text, rest = asked
        meant = EmbeddingRequest(self.likeness.model, (text,), timeout=request.timeout, options=request.options)
        embedded = await self.embedder.call(EMBED, meant)
        give_up(embedded, "the semantic cache", self.publish)
        found = embedded.map(lambda response: response.embeddings).value_or(())
        if not found or not any(found[0].vector):
            return None
        return cache_key(rest, self.scope(request), request.options.tenant), unit(found[0].vector)

    def _find(self, key: str, vector: tuple[float, ...], request: ChatRequest) -> ChatResponse | None:
        if request.options.cache != "use":
            return None
        now = self.clock.now()
        known = [one for one in self._known.get(key, ()) if one.stored + self.likeness.ttl > now]
        best = max(known, key=lambda one: cosine(one.vector, vector), default=None)
        if best is None or cosine(best.vector, vector) < self.likeness.threshold:
            return None
        self._known.move_to_end(key)
        response, age = best.response, now - best.stored
        model, tenant = f"{response.provider}/{response.model}", request.options.tenant
        self.publish(CacheHit(model=model, age=age, saved=response.cost, tenant=tenant))
        return attrs.evolve(response, cache="semantic", cache_age=age, saved=response.cost, cost=FREE)

    def _keep(self, key: str, vector: tuple[float, ...], request: ChatRequest, response: ChatResponse) -> None:
        if response.is_cached or not judge(response, request).is_kept:
            return
        known = _Known(vector, attrs.evolve(response, original=None), self.clock.now())
        self._known.setdefault(key, []).append(known)
        self._known.move_to_end(key)
        while sum(map(len, self._known.values())) > self.likeness.most:
            oldest = next(iter(self._known))
            self._known[oldest].pop(0)
            if not self._known[oldest]:
                del self._known[oldest]


def _question(request: ChatRequest) -> tuple[str, ChatRequest] | None:
    """The text of the last user message, and the request without it; None where it is not text alone."""
    last = request.messages[-1] if request.messages else None
    if last is None or last.role != "user" or not all(isinstance(part, Text) for part in last.parts):
        return None
    rest = (*request.messages[:-1], Message("user", (Text(""),)))
    return (last.text, attrs.evolve(request, messages=rest)) if last.text.strip() else None
