"""Ollama's models: tags, show, ps, pull, create, delete; loading is a question without a prompt.

Source: docs/api.md of ollama/ollama.
"""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import anyio.to_thread
import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.model_servers.questions import ServerQuestions, error_text
from pointsman.adapters.model_servers.upload import digest_and_size, send_file
from pointsman.core.error import Fault, ModelNotFound, NetworkError, ProviderError
from pointsman.core.json import JsonObject, as_list, as_object, as_text, count_or_none, text_or_none
from pointsman.core.models.model import ModelType
from pointsman.core.models.served_model import DownloadProgress, ServedModel
from pointsman.services.ports.model_server import TellProgress

_DEFAULT_TAG = ":latest"
_CUT_PULL = "the download was cut; get it again, and it goes on where it was"
_CUT_UPLOAD = "the server broke off while it made the model; add it again, and what was sent is not sent again"


@attrs.frozen
class OllamaServer:
    """See `ModelServer`."""

    questions: ServerQuestions

    async def models(self) -> Result[tuple[ServedModel, ...], ProviderError]:
        """Those on disk, and which of them are in memory."""
        listed = unwrap_or_failure(await self.questions.ask("GET", "/api/tags"))
        if isinstance(listed, Fault):
            return Failure(listed)
        running = unwrap_or_failure(await self.questions.ask("GET", "/api/ps"))
        if isinstance(running, Fault):
            return Failure(running)
        rows = listed.get("models")
        if not isinstance(rows, list):
            return Failure(self.questions.invalid_answer("the answer has no list of models"))
        in_memory = {_name_of(row): row for row in map(as_object, as_list(running.get("models")))}
        return Success(tuple(_read_model(row, in_memory.get(_name_of(row))) for row in map(as_object, rows)))

    async def describe(self, model: str) -> Result[ServedModel, ProviderError]:
        """What it lists, and what it tells of the one alone."""
        found = unwrap_or_failure(self.questions.find(await self.models(), model, _with_tag(model)))
        if isinstance(found, Fault):
            return Failure(found)
        shown = await self.questions.ask("POST", "/api/show", {"model": model}, model=model)
        return shown.map(lambda answer: _with_details(found, answer))

    async def load(self, model: str) -> Result[bool, ProviderError]:
        """By a question without a prompt."""
        return await self._keep(model, None)

    async def unload(self, model: str) -> Result[bool, ProviderError]:
        """By the same, to be kept for no time."""
        return await self._keep(model, 0)

    async def _keep(self, model: str, seconds: int | None) -> Result[bool, ProviderError]:
        found = unwrap_or_failure(self.questions.find(await self.models(), model, _with_tag(model)))
        if isinstance(found, Fault):
            return Failure(found)
        if found.is_in_memory == (seconds is None):
            return Success(False)
        body: JsonObject = {"model": model, "stream": False}
        if seconds is not None:
            body["keep_alive"] = seconds
        asked = await self.questions.ask("POST", "/api/generate", body, model=model)
        return asked.map(lambda _: True)

    async def get(self, model: str, tell: TellProgress) -> Result[bool, ProviderError]:
        """By a pull. It asks the library also for what is here, which may be newer there."""
        return await self._follow("/api/pull", {"model": model}, model, tell, _CUT_PULL)

    async def _follow(
        self, path: str, body: JsonObject, model: str, tell: TellProgress, cut: str
    ) -> Result[bool, ProviderError]:
        """What takes long, line by line to its end; where that does not come, `cut` says so."""
        said = ""
        async with aclosing(self.questions.lines(path, body, model=model)) as lines:
            async for line in lines:
                if isinstance(line, Fault):
                    return Failure(line)
                if "error" in line:
                    return self.questions.refuse(model, error_text(line))
                said = as_text(line.get("status"))
                tell(
                    DownloadProgress(
                        status=said,
                        completed=count_or_none(line.get("completed")),
                        total=count_or_none(line.get("total")),
                    )
                )
        if said == "success":
            return Success(True)
        return Failure(NetworkError(detail=cut, provider=self.questions.name, model=model, sent=True))

    async def copy(self, model: str, name: str) -> Result[bool, ProviderError]:
        """By a create from the other."""
        body: JsonObject = {"model": name, "from": model, "stream": False}
        made = await self.questions.ask("POST", "/api/create", body, model=model)
        return made.map(lambda _: True)

    async def upload(self, path: str, name: str, tell: TellProgress) -> Result[bool, ProviderError]:
        """By a blob under its hash, and a create from it."""
        file = Path(path)
        sent = unwrap_or_failure(await self._send(file, name, tell))
        if isinstance(sent, Fault):
            return Failure(sent)
        body: JsonObject = {"model": name, "files": {file.name: sent}}
        return await self._follow("/api/create", body, name, tell, _CUT_UPLOAD)

    async def _send(self, file: Path, model: str, tell: TellProgress) -> Result[str, ProviderError]:
        """The digest of the file, which the server now has."""
        tell(DownloadProgress(status=f"hashing {file.name}"))
        hashed = unwrap_or_failure(await anyio.to_thread.run_sync(digest_and_size, file))
        if isinstance(hashed, Fault):
            return Failure(hashed)
        digest, size = hashed
        path = f"/api/blobs/{digest}"
        there = unwrap_or_failure(await self.questions.has(path, model))
        if isinstance(there, Fault):
            return Failure(there)
        if not there:
            sent = await send_file(self.questions, path, file, size, tell, model=model)
            if sent is not None:
                return Failure(sent)
        return Success(digest)

    async def remove(self, model: str) -> Result[bool, ProviderError]:
        """By a delete."""
        asked = unwrap_or_failure(await self.questions.ask("DELETE", "/api/delete", {"model": model}, model=model))
        if isinstance(asked, ModelNotFound):
            return Success(False)
        return Failure(asked) if isinstance(asked, Fault) else Success(True)


def _with_tag(model: str) -> str:
    """The name with its tag, as lists have it."""
    return model if ":" in model.rpartition("/")[2] else model + _DEFAULT_TAG


def _name_of(row: JsonObject) -> str:
    return _with_tag(text_or_none(row.get("name")) or as_text(row.get("model")))


def _read_model(row: JsonObject, running: JsonObject | None) -> ServedModel:
    details = as_object(row.get("details"))
    capabilities = tuple(filter(None, map(as_text, as_list(row.get("capabilities")))))
    return ServedModel(
        id=_name_of(row),
        state="not-loaded" if running is None else "loaded",
        type=_type_of(capabilities),
        architecture=text_or_none(details.get("family")),
        parameters=text_or_none(details.get("parameter_size")),
        quantization=text_or_none(details.get("quantization_level")),
        size_bytes=count_or_none(row.get("size")),
        context_length=count_or_none((running or {}).get("context_length")),
        modified=text_or_none(row.get("modified_at")),
        memory_bytes=None if running is None else count_or_none(running.get("size")),
        until=None if running is None else text_or_none(running.get("expires_at")),
        capabilities=capabilities,
    )


def _with_details(model: ServedModel, shown: JsonObject) -> ServedModel:
    facts = as_object(shown.get("model_info"))
    lengths = (count_or_none(value) for key, value in facts.items() if key.endswith(".context_length"))
    capabilities = tuple(filter(None, map(as_text, as_list(shown.get("capabilities")))))
    return attrs.evolve(
        model,
        architecture=text_or_none(facts.get("general.architecture")) or model.architecture,
        context_length=next((length for length in lengths if length), model.context_length),
        capabilities=capabilities or model.capabilities,
        type=_type_of(capabilities) or model.type,
    )


def _type_of(capabilities: tuple[str, ...]) -> ModelType | None:
    if "embedding" in capabilities:
        return "embedding"
    return "vlm" if "vision" in capabilities else "llm" if "completion" in capabilities else None
