"""How many tokens models can write, where a request must say a number. Data only; what is not in it is not known.

Source: https://platform.claude.com/docs/en/about-claude/models/overview and the page of each model, November 2026.
"""

from __future__ import annotations

import re

_MODELS = (
    ("anthropic", r"claude-3-(haiku|opus|sonnet)(-.*)?", 4_096),
    ("anthropic", r"claude-3-5-(haiku|sonnet)(-.*)?", 8_192),
    ("anthropic", r"claude-3-7-sonnet(-.*)?", 64_000),
    ("anthropic", r"claude-opus-4(-1|-0)?(-20\d{6})?", 32_000),
    ("anthropic", r"claude-(sonnet-4(-0)?|(opus|sonnet|haiku)-4-5)(-20\d{6})?", 64_000),
    ("anthropic", r"claude-(opus|sonnet)-4-[6-9](-.*)?", 128_000),
    ("anthropic", r"claude-(opus|sonnet|fable)-5(-.*)?", 128_000),
)
"""By the vendor's price list and a regular expression for the whole lower-case name; the first that fits."""


def max_output(vendor: str, name: str) -> int | None:
    """The most output tokens of the model of that lower-case name, where it stands in the price list of `vendor`."""
    return next((most for whose, pattern, most in _MODELS if whose == vendor and re.fullmatch(pattern, name)), None)
