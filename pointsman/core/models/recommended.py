"""Models that are worth beginning with, in three tiers: data. Sizes are about those of the files.

The first row is that of the package index (`adapters/local_models/catalogue.py` has its hash). The others are as
their makers have published them, from memory: no hub could be reached where this was written, so `pointsman local get`
tells the size and licence that the hub names before it downloads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs

ModelTier: TypeAlias = Literal["tiny", "everyday", "strong"]
TIER_WORDS: Mapping[ModelTier, str] = {
    "tiny": "runs anywhere, and is often wrong",
    "everyday": "8 GB of memory, answers well",
    "strong": "16 GB of memory or a GPU",
}
_RUNNING = 1.15
"""What a model needs in memory, with a context of some thousand tokens, by the size of its file."""
_ENGINE = 3 * 10**8


@attrs.frozen(kw_only=True)
class RecommendedModel:
    """One of them; `source` is what `pointsman local get` takes, `size_bytes` about what is downloaded."""

    tier: ModelTier
    source: str
    title: str
    parameters: str
    size_bytes: int
    licence: str
    use: str

    @property
    def memory_bytes(self) -> int:
        """About what it needs when it runs."""
        return round(self.size_bytes * _RUNNING) + _ENGINE


RECOMMENDED: tuple[RecommendedModel, ...] = (
    RecommendedModel(
        tier="tiny",
        source="smollm2",
        title="SmolLM2-135M-Instruct",
        parameters="135M",
        size_bytes=98_362_432,
        licence="apache-2.0",
        use="to see that everything works; to classify by a schema",
    ),
    RecommendedModel(
        tier="tiny",
        source="minilm",
        title="all-MiniLM-L6-v2",
        parameters="23M",
        size_bytes=90_894_848,
        licence="apache-2.0",
        use="vectors of texts, for memory, search and the cache by meaning",
    ),
    RecommendedModel(
        tier="tiny",
        source="hf:Qwen/Qwen3-0.6B-GGUF:Q8_0",
        title="Qwen3-0.6B",
        parameters="0.6B",
        size_bytes=640_000_000,
        licence="apache-2.0",
        use="short answers, tools",
    ),
    RecommendedModel(
        tier="everyday",
        source="hf:Qwen/Qwen3-1.7B-GGUF:Q8_0",
        title="Qwen3-1.7B",
        parameters="1.7B",
        size_bytes=1_830_000_000,
        licence="apache-2.0",
        use="summaries, tools",
    ),
    RecommendedModel(
        tier="everyday",
        source="hf:Qwen/Qwen3-4B-GGUF:Q4_K_M",
        title="Qwen3-4B",
        parameters="4B",
        size_bytes=2_500_000_000,
        licence="apache-2.0",
        use="conversation, tools, programs",
    ),
    RecommendedModel(
        tier="strong",
        source="hf:Qwen/Qwen3-8B-GGUF:Q4_K_M",
        title="Qwen3-8B",
        parameters="8B",
        size_bytes=5_030_000_000,
        licence="apache-2.0",
        use="conversation, tools, programs",
    ),
    RecommendedModel(
        tier="strong",
        source="hf:Qwen/Qwen3-14B-GGUF:Q4_K_M",
        title="Qwen3-14B",
        parameters="14B",
        size_bytes=9_000_000_000,
        licence="apache-2.0",
        use="longer tasks, programs",
    ),
)
