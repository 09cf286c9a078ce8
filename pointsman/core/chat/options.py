"""What a call asks of the manager and not of the model: none of it goes on the wire."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from pointsman.core.models.model import opens_model
from pointsman.core.money.budget import Budget

Strategy: TypeAlias = Literal[
    "task", "cost", "performance", "balanced", "local_first", "round_robin", "weighted", "least_busy"
]
STRATEGIES: tuple[Strategy, ...] = (
    "task",
    "cost",
    "performance",
    "balanced",
    "local_first",
    "round_robin",
    "weighted",
    "least_busy",
)
OnPartial: TypeAlias = Literal["fail", "restart"]


@attrs.frozen(kw_only=True, slots=False)  # copied with every call: see `replace.py`
class CallOptions:
    """How one call is to be routed, cached, billed and recorded. What is left out is as the settings say.

    `task` picks the table of models (`analysis`, `ui_generation`, `config_management`, `general`, `code_repair`, `heal`
    or one of the user's own; `heal:KIND` says which fault is to be healed), `strategy` what the models are ranked by;
    `order` are model references to be asked in just that order. `cache` says whether an answer may come from the cache
    (`use`), must be made anew (`refresh`) or has nothing to do with it (`off`), `cache_ttl` for how many seconds it is
    kept. `hedge_after` asks a second model when the first is silent for so many seconds. `tenant`, `conversation` and
    `tags` are what budgets and usage records go by; `sticky` keeps a caller in the same variant of an experiment
    (default: conversation, else tenant). `error` is what a program printed when it failed, without secrets: a call of
    the task `heal` is routed by it.
    """

    task: str | None = None
    strategy: Strategy | None = None
    order: tuple[str, ...] = ()
    cache: Literal["use", "refresh", "off"] = "use"
    cache_ttl: float | None = None
    hedge_after: float | None = None
    on_partial: OnPartial | None = None
    tenant: str = ""
    conversation: str = ""
    tags: tuple[str, ...] = ()
    sticky: str = ""
    error: str = attrs.field(default="", repr=False)
    budgets: tuple[Budget, ...] = ()
    """The caller's own, such as that of their key; those of the settings hold beside them."""
    allowed_models: tuple[str, ...] = ()
    """Patterns of the models that the caller may be answered by, as `provider/model`; none means all."""
    bill: object = attrs.field(default=None, eq=False, repr=False)
    """The `Bill` of the call under way, on which each of its tries is put: `core.money.settlement`. It is ours."""

    def opens(self, ref: str) -> bool:
        """Whether `ref`, a `provider/model`, may be asked for the caller."""
        return not self.allowed_models or opens_model(self.allowed_models, ref)

    @property
    def wants_routing(self) -> bool:
        """Whether the call asks for routing by itself."""
        return self.task is not None or self.strategy is not None or bool(self.order)


PLAIN = CallOptions()
