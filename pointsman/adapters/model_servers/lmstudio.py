"""LM Studio's models by its v1 API: list, load, unload, download. Its answers have two shapes, old and new.

Source: lmstudio.ai/docs/developer/rest; the older shape has `model_instance_id` for `instance_id`, and v0 lists models
in `data`. A path that it has not got is answered with 200 and an error text (lmstudio-bug-tracker#1680).
"""

from __future__ import annotations

from urllib.parse import quote

import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.lmstudio.models import read_state
from pointsman.adapters.model_servers.questions import ServerQuestions, error_text
from pointsman.core.error import Fault, ModelNotFound, ModelUnavailable, ProviderError
from pointsman.core.json import JsonObject, as_list, as_object, as_text, count_or_none, text_or_none
from pointsman.core.models.model import ModelType
from pointsman.core.models.served_model import DownloadProgress, ServedModel
from pointsman.services.ports.model_server import TellProgress

_TYPES: dict[str, ModelType] = {"llm": "llm", "vlm": "vlm", "embeddings": "embedding", "embedding": "embedding"}
_V1, _V0 = "/api/v1/models", "/api/v0/models"


@attrs.frozen
class LmStudioServer:
    """See `ModelServer`."""

    questions: ServerQuestions

    async def models(self) -> Result[tuple[ServedModel, ...], ProviderError]:
        """By v1; a server that has none is asked by v0."""
        answer = unwrap_or_failure(await self.questions.ask("GET", _V1))
        if isinstance(answer, ModelNotFound):
            answer = unwrap_or_failure(await self.questions.ask("GET", _V0))
        if isinstance(answer, Fault):
            return Failure(answer)
        rows = answer.get("models", answer.get("data"))
        if not isinstance(rows, list):
            return Failure(self.questions.invalid_answer("the answer has no list of models"))
        return Success(tuple(_read_model(as_object(row)) for row in rows))

    async def describe(self, model: str) -> Result[ServedModel, ProviderError]:
        """What it lists."""
        return self.questions.find(await self.models(), model)

    async def load(self, model: str) -> Result[bool, ProviderError]:
        """As the server is set to load it."""
        found = unwrap_or_failure(await self.describe(model))
        if isinstance(found, Fault):
            return Failure(found)
        if found.is_in_memory:
            return Success(False)
        answer = unwrap_or_failure(await self.questions.ask("POST", f"{_V1}/load", {"model": model}, model=model))
        if isinstance(answer, Fault):
            return Failure(answer)
        return (
            Success(True)
            if _instance_of(answer)
            else Failure(self.questions.invalid_answer("it names no instance", model))
        )

    async def unload(self, model: str) -> Result[bool, ProviderError]:
        """Each instance of it."""
        found = unwrap_or_failure(await self.describe(model))
        if isinstance(found, Fault):
            return Failure(found)
        if not found.is_in_memory:
            return Success(False)
        for instance in found.instances or (model,):
            body: JsonObject = {"instance_id": instance}
            answer = await self.questions.ask("POST", f"{_V1}/unload", body, model=model)
            if isinstance(answer, Failure):
                return Failure(answer.failure())
        return Success(True)

    async def get(self, model: str, tell: TellProgress) -> Result[bool, ProviderError]:
        """By a job of the server, which is looked at until it is done. A paused one is waited for."""
        begun = await self.questions.ask("POST", f"{_V1}/download", {"model": model}, model=model)
        job, name = unwrap_or_failure(begun), ""
        while True:
            if isinstance(job, Fault):
                return Failure(job)
            status, name = as_text(job.get("status")), text_or_none(job.get("job_id")) or name
            if status == "already_downloaded":
                return Success(False)
            tell(_progress(job))
            if status == "completed":
                return Success(True)
            if status == "failed":
                said = error_text(job) if "error" in job else "the server could not download it"
                return Failure(ModelUnavailable(detail=said, provider=self.questions.name, model=model))
            if not name:
                return Failure(self.questions.invalid_answer("it names no job for the download", model))
            await self.questions.driver.clock.sleep(self.questions.poll)
            looked = await self.questions.ask("GET", f"{_V1}/download/status/{quote(name, safe='')}", model=model)
            job = unwrap_or_failure(looked)

    async def copy(self, model: str, name: str) -> Result[bool, ProviderError]:
        """It cannot."""
        return self.questions.lacks("copying models", "LM Studio's server makes no model of another")

    async def upload(self, path: str, name: str, tell: TellProgress) -> Result[bool, ProviderError]:
        """It takes no files."""
        return self.questions.lacks("uploading", "put the file into its folder of models, as PUBLISHER/MODEL/FILE.gguf")

    async def remove(self, model: str) -> Result[bool, ProviderError]:
        """It cannot."""
        return self.questions.lacks("removing models", "LM Studio's server removes no models; remove it in LM Studio")


def _instance_of(answer: JsonObject) -> str:
    return text_or_none(answer.get("instance_id")) or as_text(answer.get("model_instance_id"))


def _progress(job: JsonObject) -> DownloadProgress:
    total = count_or_none(job.get("total_size_bytes"))
    done = total if job.get("status") == "completed" else count_or_none(job.get("downloaded_bytes"))
    return DownloadProgress(status=as_text(job.get("status")), completed=done, total=total)


def _read_model(row: JsonObject) -> ServedModel:
    loaded = [as_object(one) for one in as_list(row.get("loaded_instances"))]
    quantization = row.get("quantization")
    capabilities = row.get("capabilities")
    abilities = [name for name, has in capabilities.items() if has] if isinstance(capabilities, dict) else []
    abilities += [as_text(name) for name in as_list(capabilities)]
    return ServedModel(
        id=text_or_none(row.get("key")) or as_text(row.get("id")),
        state=read_state(row),
        type="vlm" if "vision" in abilities else _TYPES.get(as_text(row.get("type"))),
        architecture=text_or_none(row.get("architecture")) or text_or_none(row.get("arch")),
        parameters=text_or_none(row.get("params_string")),
        quantization=text_or_none(quantization) or text_or_none(as_object(quantization).get("name")),
        size_bytes=count_or_none(row.get("size_bytes")),
        context_length=count_or_none(row.get("max_context_length")),
        instances=tuple(filter(None, (text_or_none(one.get("id")) or _instance_of(one) for one in loaded))),
        capabilities=tuple(sorted(filter(None, abilities))),
    )
