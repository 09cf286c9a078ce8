"""A message of a conversation: a role and parts."""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from pointsman.core.chat.part import Image, Part, Text, ToolCall, ToolResult

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]


@attrs.frozen
class Message:
    """`role` and `parts`, in order; `name` tells speakers of one role apart where the dialect can carry it."""

    role: Role
    parts: tuple[Part, ...]
    name: str | None = None

    @property
    def text(self) -> str:
        """All text parts, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls the message makes."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))


def _parts(content: tuple[str | Part, ...]) -> tuple[Part, ...]:
    return tuple(Text(part) if isinstance(part, str) else part for part in content)


def system(text: str) -> Message:
    """Instructions that stand above the conversation."""
    return Message("system", (Text(text),))


def user(*content: str | Part) -> Message:
    """What the user says: texts, images, audio, files."""
    return Message("user", _parts(content))


def assistant(*content: str | Part) -> Message:
    """What the model said, or is said to have said."""
    return Message("assistant", _parts(content))


def tool(call: ToolCall, *content: str | Image, is_error: bool = False) -> Message:
    """The answer to one tool call."""
    parts = tuple(Text(part) if isinstance(part, str) else part for part in content)
    return Message("tool", (ToolResult(call.id, call.name, parts, is_error),))
