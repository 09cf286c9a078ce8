"""Models known not to see images, call tools or keep to a JSON schema. Data only.

Only what is certain stands here: a model that is not in the table is taken to be able.
"""

from __future__ import annotations

import re

import attrs

from pointsman.core.models.model_facts import Ability

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
