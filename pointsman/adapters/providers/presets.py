"""Recommended models of the providers, in tiers. Data; a test holds them against the price table.

`best` answers hardest questions, `fast` costs least, `balanced` lies between; `local` run on one's own machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

Tier: TypeAlias = Literal["best", "balanced", "fast", "local"]

PRESETS: Mapping[str, Mapping[Tier, tuple[str, ...]]] = {
    "openai": {
        "best": ("gpt-5.1", "gpt-5", "o3"),
        "balanced": ("gpt-4.1", "gpt-4o", "gpt-5-mini"),
        "fast": ("gpt-4o-mini", "gpt-4.1-mini", "gpt-5-nano"),
    },
    "anthropic": {
        "best": ("claude-opus-4-5", "claude-opus-4-1"),
        "balanced": ("claude-sonnet-4-5",),
        "fast": ("claude-haiku-4-5",),
    },
    "gemini": {
        "best": ("gemini-3-pro-preview", "gemini-2.5-pro"),
        "balanced": ("gemini-2.5-flash",),
        "fast": ("gemini-2.5-flash-lite",),
    },
    "mistral": {
        "best": ("mistral-large-latest",),
        "balanced": ("mistral-medium-latest",),
        "fast": ("mistral-small-latest",),
    },
    "groq": {"best": ("llama-3.3-70b-versatile",), "fast": ("llama-3.1-8b-instant",)},
    "deepseek": {"best": ("deepseek-reasoner",), "balanced": ("deepseek-chat",)},
    "xai": {"best": ("grok-4-0709",), "balanced": ("grok-3",), "fast": ("grok-3-mini",)},
    "ollama": {"local": ("llama3.3", "qwen3", "gemma3", "mistral-small3.2", "phi4")},
    "lmstudio": {"local": ("qwen/qwen3-8b", "google/gemma-3-12b", "openai/gpt-oss-20b")},
}
