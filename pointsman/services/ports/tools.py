"""Ports of tools: a function that a model may have run, and who is asked before it runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias

import attrs
from returns.result import Result

from pointsman.core.chat.part import Image, ToolCall
from pointsman.core.chat.tool import Tool

Content: TypeAlias = tuple[str | Image, ...]
Run: TypeAlias = Callable[[str], Awaitable[Result[Content, str]]]
"""Runs a tool on the JSON text of its arguments: what it answers, or one sentence that the model is told."""
Approval: TypeAlias = Literal["always", "ask", "never"]


@attrs.frozen
class ToolFunction:
    """A tool that is run here: what the model is told of it, and how it runs, for at most `timeout` seconds."""

    spec: Tool
    run: Run = attrs.field(repr=False)
    timeout: float = 30.0
    approval: Approval = "always"


Approve: TypeAlias = Callable[[ToolCall], Awaitable[bool]]
"""Says whether a call whose tool has to be asked for may run."""


async def refuse(call: ToolCall) -> bool:
    """Nobody is there to be asked."""
    return False
