"""What of a request an engine can do: put into its words, or refused by name, and never dropped in silence. Pure."""

from __future__ import annotations

from typing import TypeVar

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.completion import CompletionRequest
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tools_by_schema import needs_tools
from pointsman.core.error import UnsupportedFeature
from pointsman.core.models.local_model import LocalModel
from pointsman.services.ports.engine import RunningEngine

_Request = TypeVar("_Request", ChatRequest, CompletionRequest)
_FREE_CHOICES = (None, "auto", "none")


def split_adapter(name: str) -> tuple[str, str]:
    """The model and the adapter in `MODEL@ADAPTER`; the second is empty where none is named."""
    model, _, adapter = name.partition("@")
    return model, adapter


def fit_chat(engine: RunningEngine, model: LocalModel, request: ChatRequest) -> Result[ChatRequest, UnsupportedFeature]:
    """`request` as `engine`, which runs `model`, can be asked; tools without a place in its chats stay."""
    if not engine.has_grammar:
        refused = _beyond(engine, request)
        if refused:
            detail = f"the engine of {model.name} {refused}; ask a GGUF model, whose engine has a grammar for it"
            return Failure(UnsupportedFeature(detail=detail, feature=_feature(request), model=model.name, local=True))
    return choose_adapter(engine, model, request)


def _beyond(engine: RunningEngine, request: ChatRequest) -> str:
    if request.response_schema is not None or request.json_mode:
        return "holds no answer to a form"
    if needs_tools(request) and not engine.has_tools:
        return "can call no tools with this model"
    return "" if request.tool_choice in _FREE_CHOICES else "does not let a call be demanded"


def _feature(request: ChatRequest) -> str:
    return "response_schema" if request.response_schema is not None or request.json_mode else "tools"


def choose_adapter(engine: RunningEngine, model: LocalModel, request: _Request) -> Result[_Request, UnsupportedFeature]:
    """`request` in the engine's way to say which adapter is meant."""
    called, adapter = split_adapter(request.model)
    if not adapter or called != model.name:
        return Success(request)
    if engine.adapters == "by name":
        return Success(request)
    if engine.adapters == "none":
        detail = f"the engine of {model.name} takes no adapters"
        return Failure(UnsupportedFeature(detail=detail, feature="adapters", model=request.model, local=True))
    number = next(at for at, one in enumerate(model.adapters) if one.name == adapter)
    return Success(attrs.evolve(request, model=called, extra={**request.extra, "lora": [{"id": number, "scale": 1.0}]}))
