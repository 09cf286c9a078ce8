"""Puts tool calls together from the deltas of a stream, by id, index and name, as far as the server gives them.

Servers leave the index out, use one index for several calls, change it or the id in the middle of a call, repeat the
name with every delta, or send the arguments as an object. Which delta begins a call is decided here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from pointsman.adapters.dialects.openai_chat.tool_calls import arguments_text, made_id, read_signature
from pointsman.core.chat.part import Opaque, ToolCall
from pointsman.core.json import JsonObject, as_object, as_text, int_or_none, loads


@attrs.define(eq=False)
class OpenCall:
    """One call as far as it has come. `number` is its place in the answer, `index` what the server said of that."""

    number: int
    index: int | None
    id: str = ""
    name: str = ""
    pieces: list[str] = attrs.field(factory=list)
    state: Opaque | None = None
    announced: bool = False
    freeform: bool = False
    nonce: str = ""

    @property
    def arguments(self) -> str:
        """The JSON text so far."""
        return "".join(self.pieces)

    @property
    def known_id(self) -> str:
        """The server's id, or the one made from the place of the call."""
        return self.id or made_id(self.number, self.nonce)

    def call(self) -> ToolCall:
        """The call as it stands."""
        return ToolCall(self.known_id, self.name, self.arguments, self.state, self.freeform)


@attrs.define
class CallAssembler:
    """All calls of one answer, in the order in which they began."""

    nonce: str = ""
    calls: list[OpenCall] = attrs.field(factory=list)

    def add(self, delta: JsonObject) -> tuple[OpenCall, str]:
        """The call that `delta` belongs to, and the piece of arguments it brings."""
        custom = as_object(delta.get("custom"))
        function = custom or as_object(delta.get("function"))
        index, call_id, name = int_or_none(delta.get("index")), as_text(delta.get("id")), as_text(function.get("name"))
        call = self._find(index, call_id, name)
        call.id = call.id or self._free_id(call, call_id)
        call.freeform = call.freeform or bool(custom) or delta.get("type") == "custom"
        if name != call.name:
            call.name += name
        call.state = read_signature(delta) or call.state
        piece = arguments_text(function.get("input" if custom else "arguments"))
        if piece:
            call.pieces.append(piece)
        return call, piece

    def _find(self, index: int | None, call_id: str, name: str) -> OpenCall:
        by_id = self._last(lambda call: call.id == call_id and _continues(call, index, name)) if call_id else None
        if by_id is not None:
            return by_id
        open_call = self._last(lambda call: index is None or call.index == index)
        if open_call is None and not (call_id or name):
            open_call = self._last(lambda _: True)
        if open_call is None or _begins_anew(open_call, index, call_id, name):
            open_call = OpenCall(len(self.calls), index, nonce=self.nonce)
            self.calls.append(open_call)
        return open_call

    def _free_id(self, call: OpenCall, call_id: str) -> str:
        """`call_id`, or another where a server gave it to an earlier call too: results are matched by it."""
        is_taken = call_id and any(other.id == call_id for other in self.calls if other is not call)
        return f"{call_id}_{call.number}" if is_taken else call_id

    def _last(self, fits: Callable[[OpenCall], bool]) -> OpenCall | None:
        return next((call for call in reversed(self.calls) if fits(call)), None)


def _continues(call: OpenCall, index: int | None, name: str) -> bool:
    """Whether a delta with the id of `call` is of it: servers that give several calls one id number and name them."""
    return index in (None, call.index) or not name or (name == call.name and not _complete(call.arguments))


def _begins_anew(call: OpenCall, index: int | None, call_id: str, name: str) -> bool:
    """Whether a delta with this id and name is another call than `call`, which has its index or is the last one."""
    if not name or not call.name:
        return False
    if call_id and call.id:
        return True
    return _complete(call.arguments) or (index is None and not call.pieces)


def _complete(arguments: str) -> bool:
    return arguments.rstrip().endswith("}") and isinstance(loads(arguments).value_or(None), dict)
