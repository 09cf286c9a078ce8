"""Calls of freeform tools where a provider was given a function in their place: arguments are read back as text."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator

import attrs

from pointsman.adapters.dialects.freeform import as_freeform_call
from pointsman.core.chat.event import Done, Failed, PartDone, StreamEvent, StreamItem, ToolCallDelta, ToolCallStarted
from pointsman.core.chat.part import Part, ToolCall
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.tool import functions_of
from pointsman.services.streams.event_stream import EventStream, relay
from pointsman.services.streams.opening import events_of


def freeform_names(request: ChatRequest) -> frozenset[str]:
    """The names of the freeform tools of `request`."""
    return (
        frozenset(tool.name for tool in functions_of(request.tools) if tool.freeform) if request.tools else frozenset()
    )


def restore_calls(response: ChatResponse, names: frozenset[str]) -> ChatResponse:
    """`response` with the calls of the tools of `names` as text."""
    if not names:
        return response
    choices = tuple(attrs.evolve(choice, parts=_restore_parts(choice.parts, names)) for choice in response.choices)
    return attrs.evolve(response, parts=_restore_parts(response.parts, names), choices=choices)


def _restore_parts(parts: tuple[Part, ...], names: frozenset[str]) -> tuple[Part, ...]:
    return tuple(_restore_part(part, names) for part in parts)


def _restore_part(part: Part, names: frozenset[str]) -> Part:
    if isinstance(part, ToolCall) and part.name in names and not part.freeform:
        return as_freeform_call(part)
    return part


@attrs.define(eq=False)
class FreeformStream:
    """The same for a stream. The text of a call comes in one piece: only the whole JSON tells where it ends."""

    names: frozenset[str]
    _held: dict[int, ToolCall] = attrs.field(factory=dict)
    """Calls whose arguments are coming, by the index of their part."""

    def restore(self, event: StreamEvent) -> Iterator[StreamEvent]:
        """The events for `event`."""
        match event:
            case ToolCallStarted(index, call_id, name) if name in self.names:
                self._held[index] = ToolCall(call_id, name, "")
                yield event
            case ToolCallDelta(index, arguments) if index in self._held:
                call = self._held[index]
                self._held[index] = attrs.evolve(call, arguments=call.arguments + arguments)
            case PartDone(index, ToolCall() as call) if call.name in self.names:
                restored = call if call.freeform else as_freeform_call(call)
                if self._held.pop(index, None) is None:
                    yield ToolCallStarted(index, call.id, call.name)
                yield ToolCallDelta(index, restored.arguments)
                yield PartDone(index, restored)
            case Done(response):
                yield Done(restore_calls(response, self.names))
            case Failed(error, partial):
                yield Failed(error, restore_calls(partial, self.names))
            case _:
                yield event


async def restore_stream(stream: EventStream, names: frozenset[str]) -> EventStream:
    """`stream` with the calls of the tools of these `names` read back as text."""
    return await EventStream.start(_restored_events(stream, FreeformStream(names)))


async def _restored_events(stream: EventStream, freeform: FreeformStream) -> AsyncGenerator[StreamItem, None]:
    async with relay(stream) as items:
        async for item in items:
            for event in events_of(item):
                for restored in freeform.restore(event):
                    yield restored
