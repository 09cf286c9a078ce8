"""What is known of a model before it is asked: how much it takes, what it can, what it costs. Absent is not known."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from pointsman.core.money.price import Price

Ability: TypeAlias = Literal["vision", "audio", "files", "tools", "schema"]


@attrs.frozen(kw_only=True)
class ModelFacts:
    """`context_length` and `max_output` in tokens; `lacks` are abilities the model is known not to have."""

    context_length: int | None = None
    max_output: int | None = None
    lacks: frozenset[Ability] = frozenset()
    price: Price | None = None


NO_FACTS = ModelFacts()
