"""What models are known not to do, and how many tokens they write at most. Data only; what is not in it is not known.

Only what is certain stands here: a model that is not in the table is taken to be able.

Source: https://platform.claude.com/docs/en/about-claude/models/overview and the page of each model, November 2026.
"""

from __future__ import annotations

import re

import attrs

from pointsman.core.models.model import Ability

_OPENAI = "openai"
_MATRIX = "https://community.openai.com/t/developer-role-not-accepted-for-o1-o1-mini-o3-mini/1110750/7"
_SCHEMAS = "https://community.openai.com/t/introducing-structured-outputs/896022"
_BARE = frozenset[Ability]({"vision", "tools", "schema"})


@attrs.frozen
class Shortfall:
    """`pattern` is a regular expression for the whole lower-case name of a model in the price list of `vendor`."""

    vendor: str
    pattern: str
    lacks: frozenset[Ability]
    source: str


SHORTFALLS = (
    Shortfall(_OPENAI, r"o1-mini(-.*)?", _BARE, _MATRIX),
    Shortfall(_OPENAI, r"o1-preview(-.*)?", _BARE, _MATRIX),
    Shortfall(_OPENAI, r"o3-mini(-.*)?", frozenset({"vision"}), _MATRIX),
    Shortfall(_OPENAI, r"chatgpt-4o-latest", frozenset({"tools", "schema"}), _MATRIX),
    Shortfall(_OPENAI, r"gpt-4-turbo(-.*)?", frozenset({"schema"}), _MATRIX),
    Shortfall(_OPENAI, r"gpt-4o-2024-05-13", frozenset({"schema"}), _SCHEMAS),
    Shortfall(_OPENAI, r"gpt-4(-0314|-0613|-32k.*)?", frozenset({"schema"}), _SCHEMAS),
    Shortfall(_OPENAI, r"gpt-3\.5-turbo(-.*)?", frozenset({"schema"}), _SCHEMAS),
    Shortfall(
        "openrouter",
        r"openai/o3-mini(-.*|:.*)?",
        frozenset({"vision"}),
        "https://openrouter.ai/openai/o3-mini",
    ),
)


def lacks(vendor: str, name: str) -> frozenset[Ability]:
    """What the model of that lower-case name is known not to have, where it stands in the price list of `vendor`."""
    found = (row.lacks for row in SHORTFALLS if vendor == row.vendor and re.fullmatch(row.pattern, name))
    return frozenset[Ability]().union(*found)


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
