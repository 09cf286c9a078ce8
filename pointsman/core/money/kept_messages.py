"""What was asked, as a usage record keeps it where texts are kept: one text, and how it falls into messages. Pure."""

from __future__ import annotations

from pointsman.core.chat.message import Message, Role
from pointsman.core.chat.part import Text
from pointsman.core.money.usage_record import UsageRecord

_ROLES: dict[str, Role] = {"system": "system", "user": "user", "assistant": "assistant"}
"""Those whose text alone can be said again: the result of a tool is nothing without the call."""


def kept_messages(record: UsageRecord) -> tuple[Message, ...]:
    """The messages of a chat; nothing where they were not kept, or do not fit the text.

    Calls and results of tools are left out, as are pictures and files: `record.trace.left_out` counts these.
    """
    found: list[Message] = []
    rest = record.prompt
    for role, length in record.trace.messages:
        head = f"{role}: "
        if not rest.startswith(head) or len(rest) < len(head) + length:
            return ()
        text, rest = rest[len(head) : len(head) + length], rest[len(head) + length + 1 :]
        if role in _ROLES and text:
            found.append(Message(_ROLES[role], (Text(text),)))
    return tuple(found)
