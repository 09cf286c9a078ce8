"""One question to a server of models, at its origin, through the driver that asks it for answers, too."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import Literal, TypeAlias

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.client.driver import Driver, PendingResponse, what_it_is
from pointsman.adapters.client.network_errors import CAUGHT, network_fault
from pointsman.adapters.dialects.dialect import UploadBody, WireRequest
from pointsman.adapters.dialects.framing import FrameTooLarge, NdjsonDecoder
from pointsman.core.chat.original import Pairs
from pointsman.core.error import InvalidResponse, ModelNotFound, ProviderError, UnsupportedFeature
from pointsman.core.json import JsonObject, as_object, as_text, loads, text_or_none
from pointsman.core.models.served_model import ServedModel
from pointsman.core.security.secret import redact_bytes

Method: TypeAlias = Literal["GET", "POST", "DELETE"]


@attrs.frozen
class ServerQuestions:
    """Asks one server; `poll` is how many seconds are between two looks at what takes long."""

    driver: Driver
    poll: float = 0.5

    async def ask(
        self,
        method: Literal["GET", "POST", "DELETE"],
        path: str,
        body: JsonObject | None = None,
        *,
        model: str = "",
        query: Pairs = (),
    ) -> Result[JsonObject, ProviderError]:
        """The JSON object that it answers. An `error` in a good answer, as some have it, is a failure as well."""
        wire = WireRequest(path, body, method, from_origin=True, query=query)
        seconds = self.driver.endpoint.timeouts.models if method == "GET" else None
        reply = await self.driver.open(wire, model, seconds)
        if not isinstance(reply, PendingResponse):
            return Failure(reply)
        data = await self.driver.read(reply, model)
        if not isinstance(data, bytes):
            return Failure(data)
        if method == "DELETE" and not data.strip():
            return Success({})
        answer = loads(redact_bytes(data, self.driver.endpoint.secrets)).value_or(None)
        if not isinstance(answer, dict):
            return Failure(self.invalid_answer(what_it_is(data), model))
        return self.refuse(model, error_text(answer)) if answer.get("error") else Success(answer)

    async def has(self, path: str, model: str) -> Result[bool, ProviderError]:
        """Whether there is something at `path`."""
        reply = await self.driver.open(WireRequest(path, method="HEAD", from_origin=True), model)
        if isinstance(reply, PendingResponse):
            await reply.close()
            return Success(True)
        return Success(False) if reply.status == 404 else Failure(reply)

    async def send(self, path: str, pieces: AsyncIterable[bytes], size: int, *, model: str) -> ProviderError | None:
        """Send `size` bytes to `path`; why they did not arrive, or None. What `pieces` raise goes through."""
        wire = WireRequest(path, from_origin=True, upload=UploadBody(pieces, size))
        reply = await self.driver.open_upload(wire, model)
        if not isinstance(reply, PendingResponse):
            return reply
        data = await self.driver.read(reply, model)
        return None if isinstance(data, bytes) else data

    async def lines(
        self, path: str, body: JsonObject, *, model: str
    ) -> AsyncGenerator[JsonObject | ProviderError, None]:
        """The JSON objects of an answer, a line each, as they come; a failure is the last."""
        wire = WireRequest(path, body, from_origin=True)
        reply = await self.driver.open_stream(wire, model)
        if not isinstance(reply, PendingResponse):
            yield reply
            return
        decoder = NdjsonDecoder()
        try:
            async with aclosing(_chunks(reply)) as chunks:
                async for chunk in chunks:
                    for line in decoder.feed(chunk):
                        yield as_object(loads(line).value_or(None))
            for line in decoder.close():
                yield as_object(loads(line).value_or(None))
        except FrameTooLarge:
            yield self.invalid_answer("a line of its answer is too large", model)
        except CAUGHT as problem:
            yield network_fault(problem, self.driver.endpoint, model, "idle")
        finally:
            await reply.close()

    def refuse(self, model: str, said: str) -> Failure[ProviderError]:
        """That the server will not, in its own words."""
        return Failure(self.driver.redact(ModelNotFound(detail=said, provider=self.name, model=model or None)))

    def invalid_answer(self, problem: str, model: str = "") -> InvalidResponse:
        """That the answer is none."""
        return InvalidResponse(detail=problem, problems=(problem,), provider=self.name, model=model or None)

    def lacks(self, what: str, instead: str) -> Failure[ProviderError]:
        """That this server has no way to do it."""
        return Failure(UnsupportedFeature(detail=instead, feature=what, provider=self.name, local=True))

    def find(
        self, listed: Result[tuple[ServedModel, ...], ProviderError], model: str, called: str = ""
    ) -> Result[ServedModel, ProviderError]:
        """`model` among those that the server has, where it may be `called` otherwise."""
        models = unwrap_or_failure(listed)
        if not isinstance(models, tuple):
            return Failure(models)
        found = next((one for one in models if one.id in (model, called)), None)
        return self.refuse(model, "the server has no such model") if found is None else Success(found)

    @property
    def name(self) -> str:
        """What the server is called in errors."""
        return self.driver.endpoint.provider


async def _chunks(reply: PendingResponse) -> AsyncGenerator[bytes, None]:
    async for chunk in reply.chunks():
        yield chunk


def error_text(answer: JsonObject) -> str:
    """What stands in the `error` of an answer, which is a text or an object with a message."""
    error = answer.get("error")
    return text_or_none(error) or as_text(as_object(error).get("message")) or "it refused, and did not say why"
