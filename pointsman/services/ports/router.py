"""Port: which models a request goes to, in which order. It asks nobody."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import attrs
from returns.result import Result

from pointsman.core.chat.request import ChatRequest
from pointsman.core.error import ConfigurationError, ModelNotFound
from pointsman.core.routing.policy import Explanation

Unplanned: TypeAlias = ConfigurationError | ModelNotFound
"""Why there is no plan: nothing can do it, or what was named is not set up."""


@attrs.frozen(kw_only=True)
class Plan:
    """`provider/model` references in the order in which they are asked, at least one, and why."""

    models: tuple[str, ...]
    explanation: Explanation


class Router(Protocol):
    """Decides where a chat goes. What names stand for, and what the settings fill in, is decided before."""

    async def plan(self, request: ChatRequest, *, advance: bool = True) -> Result[Plan, Unplanned]:
        """Who is to be asked. Without `advance` it is only a look: it takes nobody's turn."""
        ...

    def scope(self, request: ChatRequest) -> str:
        """Which models may answer `request`: part of the key of a cached answer."""
        ...
