"""A model that lies on this machine, and how it is run: data, and what follows from it by arithmetic."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from pointsman.core.models.gguf import GgufHead
from pointsman.core.models.model import ModelInfo, ModelState, ModelType
from pointsman.core.settings import EngineSettings

Holder: TypeAlias = Literal["pointsman", "ollama", "lm studio", "llama.cpp", "hugging face", "folder"]
"""Which program has put the file where it lies."""
ModelFormat: TypeAlias = Literal["gguf", "safetensors"]
"""A GGUF file, in one or several parts; or a folder as Hugging Face has them, with `config.json` and safetensors."""
HEARERS = frozenset(("whisper",))
"""Architectures of models that write down what is said."""
EMBEDDERS = frozenset(
    ("bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "jina-bert-v3", "modern-bert", "t5encoder")
)
"""Architectures that make vectors and no text."""
_VERY_SMALL = 10**9
_ONE_THREAD = 3 * 10**8
"""Parameters up to which several threads wait for each other longer than they work."""
_SLOTS = 4
_CONTEXT = 4096
_LEAST_CONTEXT = 1024
_OVERHEAD = 64 * 2**20
"""Bytes of a process with the engine in it, before it has a model."""
_FOLDER_OVERHEAD = 448 * 2**20
"""Bytes of a process with Python and mlx or torch in it."""
_COMPUTE = 96 * 2**20
"""Bytes of its buffers for one batch, of a model of some billion parameters; less for smaller ones."""


@attrs.frozen(kw_only=True)
class Adapter:
    """A small file or folder (LoRA) that changes what one model says; it is asked for as `MODEL@NAME`."""

    name: str
    path: str
    size_bytes: int


@attrs.frozen(kw_only=True)
class LocalModel:
    """A model file, and what its head says; None where it says nothing."""

    name: str
    """By which it is asked for: `local/NAME`."""
    path: str
    size_bytes: int
    holder: Holder = "pointsman"
    title: str = ""
    """What it calls itself."""
    architecture: str = ""
    quantization: str | None = None
    parameters: int | None = None
    """Their number."""
    size_label: str = ""
    """Its parameters in the words of who made it, such as `135M`."""
    context_length: int | None = None
    """Tokens."""
    licence: str = ""
    source: str = ""
    """Where it was got from."""
    sha256: str = ""
    made_at: float | None = None
    """When the file was last changed, in Unix seconds."""
    kv_bytes: int = 0
    """What one token of context needs, in bytes."""
    pooling: int | None = None
    """How the vectors of tokens become one, where it makes vectors."""
    projector: str | None = None
    """The file by which it sees pictures."""
    format: ModelFormat = "gguf"
    is_adapter: bool = False
    """Whether it is no model, but changes one."""
    base: str = ""
    """Of an adapter: the name of the model that it is for."""
    adapters: tuple[Adapter, ...] = ()
    """What it can be changed by, by name."""

    @property
    def asked_names(self) -> tuple[str, ...]:
        """By what it can be asked for: its name, and that with each of its adapters."""
        return self.name, *(f"{self.name}@{adapter.name}" for adapter in self.adapters)

    @property
    def is_embedder(self) -> bool:
        """Whether it makes vectors and no text."""
        return self.architecture in EMBEDDERS or bool(self.pooling)

    @property
    def is_hearer(self) -> bool:
        """Whether it writes down recordings, and answers nothing."""
        return self.architecture in HEARERS

    @property
    def is_very_small(self) -> bool:
        """Whether it is so small that its answers must be marked as such."""
        return 0 < self.count < _VERY_SMALL

    @property
    def count(self) -> int:
        """Its parameters, as far as they are known; else 0."""
        return self.parameters or _count_in(self.size_label)

    @property
    def size_words(self) -> str:
        """Its parameters as one says them, such as `135M`; empty where they are not known."""
        if self.count >= _VERY_SMALL:
            return f"{self.count / 1e9:.1f}B".replace(".0B", "B")
        return f"{self.count / 1e6:.0f}M" if self.count else ""

    def info(self, state: ModelState, provider: str) -> ModelInfo:
        """It, as one model of the provider's list."""
        kind: ModelType = "embedding" if self.is_embedder else "vlm" if self.projector else "llm"
        return ModelInfo(
            id=self.name,
            provider=provider,
            type=kind,
            architecture=self.architecture or None,
            quantization=self.quantization,
            state=state,
            context_length=self.context_length,
            owner=self.holder,
            size_bytes=self.size_bytes,
        )


def model_of(head: GgufHead, *, name: str, path: str, size_bytes: int, holder: Holder = "pointsman") -> LocalModel:
    """The model whose file has `head`."""
    return LocalModel(
        name=name,
        path=path,
        size_bytes=size_bytes,
        holder=holder,
        title=head.text("general.name"),
        architecture=head.architecture,
        quantization=head.quantization,
        parameters=head.parameters,
        size_label=head.text("general.size_label"),
        context_length=head.own("context_length"),
        licence=head.text("general.license"),
        kv_bytes=_kv_bytes(head),
        pooling=head.own("pooling_type"),
        is_adapter=head.text("general.type") == "adapter",
    )


def _kv_bytes(head: GgufHead) -> int:
    """Keys and values of one token in all layers, two bytes a number."""
    layers, width = head.own("block_count") or 0, head.own("embedding_length") or 0
    heads = head.own("attention.head_count") or 1
    shared = head.own("attention.head_count_kv") or heads
    each = width // max(heads, 1)
    keys, values = head.own("attention.key_length") or each, head.own("attention.value_length") or each
    return layers * shared * (keys + values) * 2


def _count_in(label: str) -> int:
    """`135M` as a number; 0 where it is none."""
    factor = {"K": 10**3, "M": 10**6, "B": 10**9}.get(label[-1:].upper(), 0)
    try:
        return round(float(label[:-1]) * factor)
    except ValueError:
        return 0


@attrs.frozen(kw_only=True)
class Capacity:
    """What there is to run models on: cores, and bytes of memory that are free now (None: not known)."""

    cores: int = 1
    free_memory: int | None = None


@attrs.frozen(kw_only=True)
class EnginePlan:
    """How one model is to be run. `context` is in tokens, for each of `slots` answers that are made at once."""

    model: LocalModel
    for_embeddings: bool = False
    slots: int = 1
    context: int = _CONTEXT
    threads: int = 1
    gpu_layers: int | None = None
    """None: as many as fit, where there is a GPU."""

    @property
    def key(self) -> tuple[str, bool, tuple[str, ...]]:
        """Two plans with one key are never run at once. An engine knows the adapters that there were at its start."""
        return self.model.path, self.for_embeddings, tuple(adapter.path for adapter in self.adapters)

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        """What the engine has beside the model."""
        return () if self.for_embeddings else self.model.adapters

    @property
    def pooling(self) -> int | None:
        """How vectors of tokens become one (1: their mean), where vectors are wanted and the model does not say it."""
        return 1 if self.for_embeddings and not self.model.pooling else None

    @property
    def memory(self) -> int:
        """Bytes that it will need: the weights, the context of all slots, and the engine itself.

        Of a folder each adapter is counted as the model once more: transformers holds a copy for each.
        """
        size = self.model.size_bytes + sum(adapter.size_bytes for adapter in self.adapters)
        overhead = _OVERHEAD
        if self.model.format == "safetensors":
            size += len(self.adapters) * self.model.size_bytes
            overhead = _FOLDER_OVERHEAD
        return size + self.context_memory + overhead + min(_COMPUTE, self.model.size_bytes)

    @property
    def context_memory(self) -> int:
        """Bytes for what has been said, in all slots."""
        return self.model.kv_bytes * self.context * self.slots

    @property
    def memory_words(self) -> str:
        """What it needs, and for what."""
        shares = f"{in_bytes(self.model.size_bytes)} for the weights"
        if self.context_memory:
            shares += f", {in_bytes(self.context_memory)} for {self.slots} × {self.context} tokens"
        return f"{in_bytes(self.memory)} ({shares})"


def plan_engine(
    model: LocalModel, settings: EngineSettings, capacity: Capacity, *, for_embeddings: bool = False
) -> EnginePlan:
    """How `model` is run well on a machine of that `capacity`; what the settings say is never changed.

    Without settings: four answers at once of up to 4096 tokens each, fewer and then shorter ones where that would take
    more than half of the memory that is free; one core is left to others, and very small models have one thread.
    """
    plan = EnginePlan(
        model=model,
        for_embeddings=for_embeddings,
        slots=settings.slots or _SLOTS,
        context=usual_context(settings, model.context_length),
        threads=settings.threads or _threads(model, capacity),
        gpu_layers=settings.gpu_layers,
    )
    while capacity.free_memory is not None and plan.memory > capacity.free_memory // 2:
        if settings.slots is None and plan.slots > 1:
            plan = attrs.evolve(plan, slots=plan.slots // 2)
        elif settings.context is None and plan.context // 2 >= _LEAST_CONTEXT:
            plan = attrs.evolve(plan, context=plan.context // 2)
        else:
            break
    return plan


def usual_context(settings: EngineSettings, most: int | None) -> int:
    """Tokens that each answer has, where there is memory enough, of a model that can have `most`."""
    return min(settings.context or _CONTEXT, most or _CONTEXT)


def _threads(model: LocalModel, capacity: Capacity) -> int:
    return 1 if 0 < model.count <= _ONE_THREAD else max(1, capacity.cores - 1)


def lack_of_room(plan: EnginePlan, capacity: Capacity, running: int, most: int | None) -> str | None:
    """Why there is no memory for `plan` beside engines that need `running` bytes, with the numbers; None: there is.

    `most` is what the settings allow all engines together.
    """
    if capacity.free_memory is not None and plan.memory > capacity.free_memory:
        return f"it needs {plan.memory_words} of memory, and {in_bytes(capacity.free_memory)} are free"
    if most is not None and running + plan.memory > most:
        beside = f", and other models need {in_bytes(running)}" if running else ""
        return f"it needs {plan.memory_words} of memory{beside}; engine.memory allows {in_bytes(most)}"
    return None


def in_bytes(count: int) -> str:
    """`count` bytes as one says them: `98 MB`, `4.7 GB`."""
    if count >= 10**9:
        return f"{count / 10**9:.1f} GB"
    return f"{count / 10**6:.0f} MB" if count >= 10**6 else f"{count / 10**3:.0f} kB"
