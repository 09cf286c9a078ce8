"""A router that always goes the same way."""

from __future__ import annotations

from collections.abc import Callable

from returns.result import Failure, Result, Success

from pointsman.core.chat.request import ChatRequest
from pointsman.core.error import ConfigurationError
from pointsman.core.routing.policy import Explanation, Ranked
from pointsman.services.ports.router import Plan, Router, Unplanned


class FixedRouter:
    """A `Router` to `models` (`provider/model`), whatever is asked: `fake().but(router=router_to("fake/m"))`.

    `requests` are those that went this way; a look is not among them.
    """

    def __init__(self, *models: str) -> None:
        self.models = models
        self.requests: list[ChatRequest] = []

    async def plan(self, request: ChatRequest, *, advance: bool = True) -> Result[Plan, Unplanned]:
        """As `Router.plan`."""
        if not self.models:
            return Failure(ConfigurationError(detail="no model can do this", local=True))
        if advance:
            self.requests.append(request)
        ranked = tuple(Ranked(model, "fixed") for model in self.models)
        return Success(Plan(models=self.models, explanation=Explanation(strategy="fixed", ranked=ranked)))

    def scope(self, request: ChatRequest) -> str:
        """As `Router.scope`."""
        return "\n".join(self.models)


def router_to(*models: str) -> Callable[[Router], Router]:
    """The recipe of a `FixedRouter`."""
    router = FixedRouter(*models)
    return lambda planner: router
