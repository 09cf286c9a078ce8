"""Models: how they are named, which of them a pattern opens, and what is known of one. Absent is not known."""

from __future__ import annotations

import re
from collections.abc import Collection, Container
from fnmatch import fnmatchcase
from typing import Literal, TypeAlias

import attrs

from pointsman.core.money.price import Price

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
class Places:
    """Where models can be asked for.

    `configured` are the providers that are set up, `default` the one that is asked where none is named, `known` all
    provider names there can be. `slashed` are those of `configured` whose own model ids may hold slashes, as those of
    local servers and of gateways to many vendors do (`openai/gpt-oss-20b`, `meta-llama/Llama-3.1-8B-Instruct`).
    """

    default: str
    configured: Collection[str]
    known: frozenset[str] = frozenset()
    slashed: frozenset[str] = frozenset()

    def place(self, text: str) -> ModelRef | None:
        """Who is asked for `text`, by names alone; None where it names a provider that is not set up.

        The first word is a provider where that one is set up. Where it is not, it is part of the name of a model of
        the default provider, if that one has such names.
        """
        ref = parse_model_ref(text, self.configured)
        if ref.provider is not None:
            return ref
        vendor, slash, model = text.partition("/")
        if slash and vendor in self.known and not (model and self.default in self.slashed):
            return None
        return ModelRef(self.default, text)

    def rivals(self, text: str) -> tuple[str, ...]:
        """The providers, the default one first, that may list `text` as a whole: then it is a model of theirs.

        Where the first word of it is set up only that provider and the default one are rivals. Nobody is where names
        alone decide.
        """
        vendor, slash, model = text.partition("/")
        if not slash or not model or not self.slashed:
            return ()
        is_set_up = vendor in self.configured
        chosen = (vendor,) if is_set_up else self.configured
        rivals = tuple(dict.fromkeys(name for name in (self.default, *chosen) if name in self.slashed))
        return () if not is_set_up and rivals == (self.default,) else rivals


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
    created: float | None = None
    """When it was made, in Unix seconds."""
    description: str | None = None
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


@attrs.frozen
class ModelHold:
    """Keep `model` loaded for so many seconds; without a name nothing is held."""

    model: str
    seconds: float


Ability: TypeAlias = Literal["vision", "audio", "files", "tools", "schema"]


@attrs.frozen(kw_only=True)
class ModelFacts:
    """`context_length` and `max_output` in tokens; `lacks` are abilities the model is known not to have."""

    context_length: int | None = None
    max_output: int | None = None
    lacks: frozenset[Ability] = frozenset()
    price: Price | None = None


NO_FACTS = ModelFacts()


def opens_model(patterns: tuple[str, ...], ref: str) -> bool:
    """Whether `patterns` open `ref` (`provider/model`, as it is asked in the end); none open all.

    A pattern's `*` takes slashes too, so what could lead elsewhere (`..`, control characters) fits none.
    """
    if not patterns:
        return True
    plain = ref.isprintable() and not any(part in (".", "..") for part in re.split(r"[/\\]", ref))
    return plain and any(fnmatchcase(ref, pattern) for pattern in patterns)


def exactly(ref: str) -> str:
    """The pattern that fits `ref` and nothing else."""
    return re.sub(r"([*?\[])", r"[\1]", ref)
