"""One block of a streamed message while it grows. Knows no other block, and no frame.

Text, thinking and tool calls grow by deltas of their own; all others are known whole, or grow field by field.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from pointsman.adapters.dialects.anthropic.content import canonical, read_answer_block, whole_arguments
from pointsman.core.chat.event import PartDone, ReasoningDelta, StreamEvent, TextDelta, ToolCallDelta, ToolCallStarted
from pointsman.core.chat.part import Part, ToolCall
from pointsman.core.json import Json, JsonObject, as_text, loads

GROWN = frozenset({"text", "thinking", "tool_use"})
"""Kinds of blocks that grow by deltas of their own."""


@attrs.define(eq=False)
class StreamBlock:
    """A block that grows; `index` is that of its part."""

    kind: str
    index: int
    head: JsonObject
    pieces: list[str] = attrs.field(factory=list)
    citations: list[Json] = attrs.field(factory=list)
    done: Part | None = None

    @property
    def is_shown(self) -> bool:
        """Whether anything of it has come that its reader may see."""
        return bool(self.pieces) or self.done is not None or self.kind == "tool_use"

    def first(self) -> Sequence[StreamEvent]:
        """What its beginning shows at once; some servers put the first text into it."""
        if self.kind == "tool_use":
            return (ToolCallStarted(self.index, as_text(self.head.get("id")), as_text(self.head.get("name"))),)
        text = as_text(self.head.get(self.kind)) if self.kind in ("text", "thinking") else ""
        return (self.add(text),) if text else ()

    def add(self, text: str) -> StreamEvent:
        """Take more of what it grows by."""
        self.pieces.append(text)
        if self.kind == "text":
            return TextDelta(text, self.index)
        if self.kind == "thinking":
            return ReasoningDelta(text, self.index)
        return ToolCallDelta(self.index, text)

    def part(self) -> Part:
        """What it is so far."""
        if self.done is not None:
            return self.done
        joined = "".join(self.pieces)
        if self.kind == "tool_use":
            call = read_answer_block({**self.head, "input": {}})
            return attrs.evolve(call, arguments=joined) if isinstance(call, ToolCall) else call
        if self.kind == "text":
            return read_answer_block({**self.head, "text": joined, "citations": self.citations})
        if self.kind == "thinking":
            return read_answer_block({**self.head, "thinking": joined})
        return read_answer_block({**self.head, "input": _input(joined)} if joined else self.head)

    def close(self) -> PartDone:
        """Fix the part."""
        part = self.part()
        if isinstance(part, ToolCall):
            whole = canonical(part.arguments) if part.arguments else whole_arguments(self.head.get("input"))
            part = attrs.evolve(part, arguments=whole)
        self.done = part
        return PartDone(self.index, part)

    def grow(self, delta: JsonObject) -> None:
        """Take a delta of a block that we have no words for: JSON of its input, or more text of a field."""
        if delta.get("type") == "input_json_delta":
            self.pieces.append(as_text(delta.get("partial_json")))
            return
        for name, value in delta.items():
            if name != "type" and isinstance(value, str):
                self.head = {**self.head, name: as_text(self.head.get(name)) + value}


def _input(joined: str) -> Json:
    return loads(joined).value_or(joined)
