"""The router of llama.cpp's server: it begins loads and downloads, and tells by its list how they go.

Source: tools/server/README.md of ggml-org/llama.cpp. A server that runs one model alone lists that, without a state.
"""

from __future__ import annotations

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.model_servers.questions import ServerQuestions
from pointsman.core.error import Fault, ModelNotFound, ModelUnavailable, ProviderError
from pointsman.core.json import JsonObject, as_list, as_object, as_text, count_or_none, text_or_none
from pointsman.core.models.served_model import DownloadProgress, ServedModel, ServedState
from pointsman.services.ports.model_server import TellProgress

_STATES: dict[str, ServedState] = {
    "unloaded": "not-loaded",
    "loading": "loading",
    "loaded": "loaded",
    "sleeping": "sleeping",
    "downloading": "downloading",
}
_HUNDRED = 100


@attrs.frozen
class LlamaCppServer:
    """See `ModelServer`."""

    questions: ServerQuestions

    async def models(self) -> Result[tuple[ServedModel, ...], ProviderError]:
        """Those that the router knows."""
        answer = unwrap_or_failure(await self.questions.ask("GET", "/models"))
        if isinstance(answer, Fault):
            return Failure(answer)
        rows = answer.get("data")
        if not isinstance(rows, list):
            return Failure(self.questions.invalid_answer("the answer has no list of models"))
        return Success(tuple(_read_model(as_object(row)) for row in rows))

    async def describe(self, model: str) -> Result[ServedModel, ProviderError]:
        """What it lists."""
        return self.questions.find(await self.models(), model)

    async def load(self, model: str) -> Result[bool, ProviderError]:
        """Begin, and look until it is there."""
        found = unwrap_or_failure(await self.describe(model))
        if isinstance(found, Fault):
            return Failure(found)
        if found.state in ("loaded", "sleeping"):
            return Success(False)
        if found.state != "loading":
            begun = await self.questions.ask("POST", "/models/load", {"model": model}, model=model)
            if isinstance(begun, Failure):
                return Failure(begun.failure())
        return await self._wait(model, lambda told: None)

    async def unload(self, model: str) -> Result[bool, ProviderError]:
        """What is in memory, or on its way there."""
        found = unwrap_or_failure(await self.describe(model))
        if isinstance(found, Fault):
            return Failure(found)
        if not found.is_in_memory:
            return Success(False)
        answer = await self.questions.ask("POST", "/models/unload", {"model": model}, model=model)
        return answer.map(lambda _: True)

    async def get(self, model: str, tell: TellProgress) -> Result[bool, ProviderError]:
        """Begin, and look until it is done."""
        found = unwrap_or_failure(await self.describe(model))
        if isinstance(found, Fault) and not isinstance(found, ModelNotFound):
            return Failure(found)
        if isinstance(found, ServedModel) and found.state != "downloading":
            return Success(False)
        if not isinstance(found, ServedModel):
            begun = await self.questions.ask("POST", "/models", {"model": model}, model=model)
            if isinstance(begun, Failure):
                return Failure(begun.failure())
        return await self._wait(model, tell)

    async def _wait(self, model: str, tell: TellProgress) -> Result[bool, ProviderError]:
        """Look at `model` until it is neither loading nor downloading."""
        while True:
            found = unwrap_or_failure(await self._look(model, tell))
            if isinstance(found, Fault):
                return Failure(found)
            if found.problem:
                return Failure(ModelUnavailable(detail=found.problem, provider=self.questions.name, model=model))
            if found.state not in ("loading", "downloading"):
                return Success(True)
            await self.questions.driver.clock.sleep(self.questions.poll)

    async def _look(self, model: str, tell: TellProgress) -> Result[ServedModel, ProviderError]:
        answer = await self.questions.ask("GET", "/models")
        rows = [as_object(row) for row in as_list(answer.value_or({}).get("data"))]
        for row in rows:
            if row.get("id") == model and as_object(row.get("status")).get("value") == "downloading":
                tell(_progress(as_object(row.get("status"))))
        listed = answer.map(lambda _: tuple(map(_read_model, rows)))
        return self.questions.find(listed, model)

    async def copy(self, model: str, name: str) -> Result[bool, ProviderError]:
        """It cannot."""
        return self.questions.lacks("copying models", "llama.cpp's server makes no model of another")

    async def upload(self, path: str, name: str, tell: TellProgress) -> Result[bool, ProviderError]:
        """It takes no files."""
        return self.questions.lacks("uploading", "put the file into the folder that it was started with (--models-dir)")

    async def remove(self, model: str) -> Result[bool, ProviderError]:
        """From its cache."""
        asked = await self.questions.ask("DELETE", "/models", model=model, query=(("model", model),))
        answer = unwrap_or_failure(asked)
        if isinstance(answer, ModelNotFound):
            return Success(False)
        return Failure(answer) if isinstance(answer, Fault) else Success(True)


def _progress(status: JsonObject) -> DownloadProgress:
    """The router tells a share, or bytes of bytes."""
    told = status.get("progress")
    if isinstance(told, (int, float)) and not isinstance(told, bool) and 0 <= told <= 1:
        return DownloadProgress(status="downloading", completed=round(told * _HUNDRED), total=_HUNDRED)
    parts = as_object(told)
    return DownloadProgress(
        status="downloading", completed=count_or_none(parts.get("done")), total=count_or_none(parts.get("total"))
    )


def _read_model(row: JsonObject) -> ServedModel:
    status = as_object(row.get("status"))
    failed = status.get("failed") is True
    code = status.get("exit_code")
    return ServedModel(
        id=as_text(row.get("id")),
        state="failed" if failed else _STATES.get(as_text(status.get("value"))) if status else "loaded",
        architecture=text_or_none(row.get("architecture")),
        context_length=count_or_none(as_object(row.get("meta")).get("n_ctx_train")),
        size_bytes=count_or_none(as_object(row.get("meta")).get("size")),
        problem=f"it did not load: its process ended with the code {code}" if failed else "",
    )
