"""Parts of a conversation: what stands before an entry, what was answered, where a summary holds. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from pointsman.core.conversations.conversation import (
    Conversation,
    Dialogue,
    Entry,
    branch_to,
)
from pointsman.core.error import ConversationNotFound


def no_message(id: str, entry: str) -> ConversationNotFound:
    """The conversation `id` has no message `entry`."""
    return ConversationNotFound(detail=f"the conversation {id!r} has no message {entry!r}")


def entries_up_to(dialogue: Dialogue, at: str) -> tuple[Entry, ...]:
    """The entries up to and with `at`; none where there is no such entry.

    Without branches they are those before it, whatever their parents: two who asked at once stand in one line.
    """
    if dialogue.conversation.leaf is not None:
        return branch_to(dialogue.entries, at)
    places = [place for place, entry in enumerate(dialogue.entries) if entry.id == at]
    return dialogue.entries[: places[0] + 1] if places else ()


def drop_unanswered(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """`entries` without what comes after the last answer."""
    answers = [place for place, entry in enumerate(entries) if entry.message.role == "assistant"]
    return tuple(entries[: answers[-1] + 1]) if answers else ()


def with_its_summary(conversation: Conversation, entries: Sequence[Entry]) -> Conversation:
    """`conversation`, without its summary where that is of another branch than `entries`."""
    summary = conversation.summary
    if summary is None or any(entry.id == summary.upto for entry in entries):
        return conversation
    return attrs.evolve(conversation, summary=None)
