"""Models on the server's machine: what is here and could be, got in the background, loaded, unloaded, removed.

Also the models of a server that others run (Ollama, LM Studio, llama.cpp), loaded and unloaded. All of it is for
administrators: what is got is of many gigabytes, and what is loaded takes memory from everybody.
"""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, NoData
from pointsman.adapters.web.api_providers import missing
from pointsman.core.error import LLMError, ModelNotFound, invalid_request
from pointsman.core.models.local_model import LocalModel
from pointsman.core.models.model import ModelHold
from pointsman.core.models.recommended import RECOMMENDED, ModelTier, RecommendedModel
from pointsman.services.engines.model_getting import ModelDownload
from pointsman.services.ports.client import HOLD_MODEL

_EMBEDDED = "local"
_ALL = "/api/v1/local-models"
_ONE = _ALL + "/{name}"


@attrs.frozen(kw_only=True)
class LocalModelView:
    """A model on this machine. Sizes are in bytes, `made_at` in Unix seconds; `running`: an engine has it in memory."""

    name: str
    title: str
    architecture: str
    parameters: str
    quantization: str | None
    size_bytes: int
    context_length: int | None
    licence: str
    made_at: float | None
    held_by: str
    running: bool


@attrs.frozen(kw_only=True)
class RecommendedView:
    """A model that could be got; `memory_bytes` is about what it needs when it runs."""

    source: str
    tier: ModelTier
    title: str
    parameters: str
    size_bytes: int
    memory_bytes: int
    licence: str
    use: str


@attrs.frozen(kw_only=True)
class DownloadView:
    """A model that is being got, has come (`is_over`), or has failed (`error` says why). Bytes."""

    name: str
    source: str
    licence: str
    size_bytes: int | None
    done_bytes: int
    is_over: bool
    error: str


@attrs.frozen(kw_only=True)
class LocalModelList:
    """What is here, what could be, what is under way; `engine` says whether the engine that runs them is installed."""

    engine: bool
    models: list[LocalModelView]
    recommended: list[RecommendedView]
    downloads: list[DownloadView]


@attrs.frozen(kw_only=True)
class GetBody:
    """Which to get: a name that we know (`smollm2`) or `hf:OWNER/REPO[:FILE]`; `name`: what to call it here."""

    source: str
    name: str = ""


@attrs.frozen(kw_only=True)
class ServedModelBody:
    """A model as its server calls it."""

    model: str


@attrs.frozen(kw_only=True)
class Changed:
    """Whether anything had to be done."""

    changed: bool


async def list_all(call: AnyCall) -> Result[LocalModelList, LLMError]:
    """Everything about the models here."""
    local = call.site.local
    running = {engine.model for engine in local.engines.running()}
    return Success(
        LocalModelList(
            engine=local.has_engine,
            models=[_view(model, model.name in running) for model in await local.getting.shelf.models()],
            recommended=[_recommendation(model) for model in RECOMMENDED],
            downloads=[_download(one) for one in local.getting.downloads()],
        )
    )


async def get_one(call: ApiCall[GetBody, object]) -> Result[DownloadView, LLMError]:
    """Begin to get a model. An address of any kind is for the command line: a server asks no strangers' addresses."""
    if "://" in call.body.source:
        problem = "`source` must be a name such as smollm2, or hf:OWNER/REPO[:FILE]; addresses are for `local get`"
        return Failure(invalid_request(problem))
    return (await call.site.local.getting.begin(call.body.source, call.body.name)).map(_download)


async def load(call: AnyCall) -> Result[NoData, LLMError]:
    """Have the model's engine run."""
    with call.site.running.lease() as app:
        names = [name for name, provider in app.settings.providers.items() if provider.kind == _EMBEDDED]
        clients = [app.clients[name] for name in names if name in app.clients]
        if not clients:
            problem = "no provider of the kind `local` is configured; save one, or use the model where none is"
            return Failure(invalid_request(problem))
        held = await clients[0].call(HOLD_MODEL, ModelHold(call.path["name"], 0.0))
    if isinstance(held, Failure):
        return Failure(held.failure())
    error = held.unwrap().error
    return Success(NoData()) if error is None else Failure(error)


async def unload(call: AnyCall) -> Result[Changed, LLMError]:
    """End the model's engines, also those of other programs of the same user; the next request starts one again."""
    return Success(Changed(changed=call.site.local.engines.end(call.path["name"]) > 0))


async def remove(call: AnyCall) -> Result[NoData, LLMError]:
    """Forget the model, and delete its file if it was got by pointsman."""
    name = call.path["name"]
    removed = await call.site.local.getting.shelf.remove(name)
    if isinstance(removed, Failure):
        return Failure(removed.failure())
    if not removed.unwrap():
        detail = f"{name!r} is not here, or another program holds it: remove it there"
        return Failure(ModelNotFound(detail=detail, model=name, local=True))
    call.site.local.engines.end(name)
    return Success(NoData())


async def load_served(call: ApiCall[ServedModelBody, object]) -> Result[Changed, LLMError]:
    """Have a server (Ollama, LM Studio, llama.cpp) put a model into its memory."""
    return await _change(call, into_memory=True)


async def unload_served(call: ApiCall[ServedModelBody, object]) -> Result[Changed, LLMError]:
    """Have a server take a model out of its memory, for all who use it."""
    return await _change(call, into_memory=False)


async def _change(call: ApiCall[ServedModelBody, object], *, into_memory: bool) -> Result[Changed, LLMError]:
    name = call.path["name"]
    with call.site.running.lease() as app:
        if name not in app.clients:
            return Failure(missing(name))
        async with call.site.local.open_server(name, app.settings) as opened:
            if isinstance(opened, Failure):
                return Failure(opened.failure())
            server = opened.unwrap()
            changed = await (server.load if into_memory else server.unload)(call.body.model)
    return changed.map(lambda was: Changed(changed=was))


def _view(model: LocalModel, running: bool) -> LocalModelView:
    return LocalModelView(
        name=model.name,
        title=model.title,
        architecture=model.architecture,
        parameters=model.size_words,
        quantization=model.quantization,
        size_bytes=model.size_bytes,
        context_length=model.context_length,
        licence=model.licence,
        made_at=model.made_at,
        held_by=model.holder,
        running=running,
    )


def _recommendation(model: RecommendedModel) -> RecommendedView:
    return RecommendedView(
        source=model.source,
        tier=model.tier,
        title=model.title,
        parameters=model.parameters,
        size_bytes=model.size_bytes,
        memory_bytes=model.memory_bytes,
        licence=model.licence,
        use=model.use,
    )


def _download(one: ModelDownload) -> DownloadView:
    return DownloadView(
        name=one.offer.name,
        source=one.offer.source,
        licence=one.offer.licence,
        size_bytes=one.offer.size_bytes,
        done_bytes=one.done,
        is_over=one.is_over,
        error="" if one.error is None else str(one.error),
    )


ENDPOINTS = (
    ApiEndpoint(method="GET", path=_ALL, summary="The models on this machine, and those that could be", run=list_all),
    ApiEndpoint(method="POST", path=_ALL, summary="Get a model onto this machine, in the background", run=get_one),
    ApiEndpoint(method="DELETE", path=_ONE, summary="Remove a model from this machine", run=remove),
    ApiEndpoint(method="POST", path=f"{_ONE}/load", summary="Have an engine hold a model in memory", run=load),
    ApiEndpoint(method="POST", path=f"{_ONE}/unload", summary="End the engines of a model", run=unload),
    ApiEndpoint(
        method="POST",
        path="/api/v1/llm-providers/{name}/load-model",
        summary="Have a server load one of its models",
        run=load_served,
    ),
    ApiEndpoint(
        method="POST",
        path="/api/v1/llm-providers/{name}/unload-model",
        summary="Have a server unload one of its models",
        run=unload_served,
    ),
)
