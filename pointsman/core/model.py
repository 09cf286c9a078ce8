"""Models: how they are named, and what is known of one."""

from __future__ import annotations

from collections.abc import Container
from typing import Literal, TypeAlias

import attrs

ModelType: TypeAlias = Literal["llm", "vlm", "embedding"]
ModelState: TypeAlias = Literal["loaded", "not-loaded"]


@attrs.frozen
class ModelRef:
    """A model, and the provider it is asked of; None stands for the default provider."""

    provider: str | None
    model: str

    def __str__(self) -> str:
        return self.model if self.provider is None else f"{self.provider}/{self.model}"


def parse_model_ref(text: str, providers: Container[str]) -> ModelRef:
    """Read `provider/model`. A first word that is no provider is part of the model's name, which may hold slashes."""
    provider, slash, model = text.partition("/")
    return ModelRef(provider, model) if slash and provider in providers else ModelRef(None, text)


@attrs.frozen(kw_only=True)
class ModelInfo:
    """What a provider tells of a model; None where it tells nothing. `context_length` is in tokens."""

    id: str
    provider: str = ""
    type: ModelType | None = None
    architecture: str | None = None
    quantization: str | None = None
    state: ModelState | None = None
    context_length: int | None = None
    max_output: int | None = None
    owner: str | None = None
    size_bytes: int | None = None
    capabilities: tuple[str, ...] = ()


@attrs.frozen
class ModelQuery:
    """Which page of a model list is wanted: the `cursor` of the page before, or None for the first."""

    cursor: str | None = None


@attrs.frozen
class ModelPage:
    """One page of a model list; `next` is the cursor of the next, or None at the end."""

    models: tuple[ModelInfo, ...]
    next: str | None = None
