"""The tools that come with pointsman, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from returns.result import Failure, Result, Success

from pointsman.adapters.tools.calculator import calculator
from pointsman.adapters.tools.current_time import current_time
from pointsman.adapters.typed.tool import tool_of
from pointsman.core.error import ConfigurationError
from pointsman.layers.settings_values import near
from pointsman.services.tooling import ToolFunction

BUILT_IN: dict[str, Callable[..., object]] = {"calculator": calculator, "current_time": current_time}


def built_in(names: Sequence[str]) -> Result[tuple[ToolFunction, ...], ConfigurationError]:
    """The tools called `names`, or which of them there is not."""
    found = []
    for name in names:
        if name not in BUILT_IN:
            problem = f"there is no tool {name!r}{near(name, BUILT_IN)}"
            return Failure(ConfigurationError(detail=problem, problems=(problem,)))
        made = tool_of(BUILT_IN[name])
        if isinstance(made, Failure):
            return Failure(made.failure())
        found.append(made.unwrap())
    return Success(tuple(found))
