"""How many tokens models can write."""

from __future__ import annotations

import pytest

from pointsman.adapters.prices.snapshot import lookup
from pointsman.adapters.providers.table import PROVIDERS


@pytest.mark.parametrize(
    ("model", "most"),
    [
        ("claude-3-haiku-20240307", 4_096),
        ("claude-3-5-haiku-latest", 8_192),
        ("claude-3-7-sonnet-20250219", 64_000),
        ("claude-opus-4-20250514", 32_000),
        ("claude-opus-4-1-20250805", 32_000),
        ("claude-sonnet-4-20250514", 64_000),
        ("claude-sonnet-4-5", 64_000),
        ("Claude-Haiku-4-5-20251001", 64_000),
        ("claude-opus-4-6", 128_000),
        ("claude-sonnet-4-6", 128_000),
        ("claude-opus-5-5", 128_000),
        ("claude-brand-new", None),
    ],
)
def test_claudes_have_their_vendors_limit(model: str, most: int | None) -> None:
    assert lookup(PROVIDERS["anthropic"].prices, model).max_output == most


def test_a_name_at_another_provider_says_nothing() -> None:
    assert lookup(PROVIDERS["openai"].prices, "claude-sonnet-4-5").max_output is None
