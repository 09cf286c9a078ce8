"""An answer while it comes, and as it ended: what is kept of it in a conversation."""

from __future__ import annotations

import attrs

from pointsman.core.chat.event import Failed, PartDone, Restarted, Started, StreamEvent, TextDelta
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Part, Text
from pointsman.core.chat.response import ChatResponse
from pointsman.core.chat.usage import NOTHING
from pointsman.core.chat.verdict import Verdict, judge
from pointsman.core.conversations.conversation import Entry
from pointsman.core.error import ContentFiltered, cause_of
from pointsman.core.money.cost import FREE

_SHORT = (Verdict.CUT_OFF, Verdict.PAUSED, Verdict.FILTERED)


@attrs.define
class GrowingAnswer:
    """An answer as it comes: whole parts, and the text after them."""

    entry: Entry
    parts: list[Part] = attrs.field(factory=list)
    text: str = ""
    saved: float = float("-inf")
    due: bool = False
    ended: bool = False

    def add(self, event: StreamEvent) -> bool:
        """Take an event; says whether there is more than before."""
        if isinstance(event, Started):
            self.entry = attrs.evolve(self.entry, provider=event.provider, model=event.model)
            return False
        if isinstance(event, TextDelta):
            self.text += event.text
        elif isinstance(event, PartDone):
            self.parts.append(event.part)
            self.text = ""
        elif isinstance(event, Restarted):
            self.parts, self.text = [], ""
        else:
            return False
        return True

    @property
    def message(self) -> Message:
        """What has come so far."""
        tail = (Text(self.text),) if self.text else ()
        return Message("assistant", (*self.parts, *tail))


def finish_entry(entry: Entry, response: ChatResponse) -> Entry:
    """`entry` with `response`: what was cut off is `partial`, what the provider kept back wholly has `failed`."""
    verdict = judge(response)
    withheld = verdict is Verdict.FILTERED and not response.text
    return attrs.evolve(
        entry,
        message=response.message,
        provider=response.provider,
        model=response.model,
        usage=response.usage,
        cost=response.cost,
        status="failed" if withheld else "partial" if verdict in _SHORT else "complete",
        error=ContentFiltered.__name__ if withheld else "",
    )


def fail_entry(entry: Entry, end: Failed) -> Entry:
    """`entry` with what had come when it broke off, and why it did."""
    come, cause = end.partial, cause_of(end.error)
    return attrs.evolve(
        entry,
        message=Message("assistant", come.parts),
        provider=come.provider or cause.provider or "",
        model=come.model or cause.model or "",
        usage=come.usage if end.after_output else NOTHING,
        cost=come.cost if end.after_output else FREE,
        status="failed",
        error=cause.tag,
        problem=str(cause),
    )
