"""A conversation of another program as a tree of messages, and the conversations of ours that it becomes.

The branch that is shown is the conversation, each other one a fork of it, as `Conversations.fork` makes them. Ids are
made of theirs, so that a second import finds what the first has kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import attrs

from pointsman.core.chat.part import Part, Text
from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry, title_of
from pointsman.core.json import Json, float_or_none


@attrs.frozen(kw_only=True)
class Node:
    """One message, and the one that it follows; `entry` None is a place in the tree where nothing was said."""

    id: str
    parent: str | None
    entry: Entry | None = None


@attrs.frozen(kw_only=True)
class Thread:
    """One conversation of theirs. `current` is the node that its branch ends with; without it the last one is."""

    id: str
    title: str = ""
    created: float = 0.0
    updated: float = 0.0
    nodes: Sequence[Node] = ()
    current: str | None = None
    system: str = ""
    tags: tuple[str, ...] = ()


@attrs.define
class Walk:
    """How many messages may still be gone over: a small tree may have very many branches, each of them long."""

    left: int

    def step(self) -> bool:
        """Go on to one more; says whether that is still allowed."""
        self.left -= 1
        return self.left >= 0


def dialogues_of(thread: Thread, walk: Walk) -> Iterator[Dialogue]:
    """The conversation, and a fork of it for every other branch; where the `walk` is over, not all of them."""
    nodes = {node.id: node for node in thread.nodes}
    parents = {node.parent for node in nodes.values()}
    leaves = [node.id for node in thread.nodes if node.id not in parents]
    first = thread.current if thread.current in nodes else leaves[-1] if leaves else None
    main = _path(nodes, first, walk)
    yield _dialogue(thread, thread.id, main, None)
    for leaf in leaves:
        branch = _path(nodes, leaf, walk)
        shared = _common_length(main, branch)
        if leaf != first and len(branch) > shared:
            fork = (thread.id, branch[shared - 1].id if shared else "")
            yield _dialogue(thread, f"{thread.id}.{leaf}", branch, fork)


def _path(nodes: Mapping[str, Node], leaf: str | None, walk: Walk) -> tuple[Entry, ...]:
    """What was said up to `leaf`, oldest first; a circle in a damaged file ends it."""
    found: list[Entry] = []
    passed: set[str] = set()
    while leaf is not None and leaf in nodes and leaf not in passed and walk.step():
        passed.add(leaf)
        node = nodes[leaf]
        if node.entry is not None:
            found.append(node.entry)
        leaf = node.parent
    return tuple(reversed(found))


def _common_length(one: Sequence[Entry], other: Sequence[Entry]) -> int:
    """How many entries both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a.id != b.id), min(len(one), len(other)))


def _dialogue(thread: Thread, id: str, entries: Sequence[Entry], fork: tuple[str, str] | None) -> Dialogue:
    standing = [entry.message.text for entry in entries if entry.message.role == "system"]
    said = tuple(
        attrs.evolve(entry, parent=before.id if before is not None else None)
        for before, entry in _with_before([entry for entry in entries if entry.message.role != "system"])
    )
    asked = next((entry.message.text for entry in said if entry.message.role == "user"), "")
    times = [entry.time for entry in said if entry.time]
    created = thread.created or min(times, default=0.0)
    return Dialogue(
        conversation=Conversation(
            id=id,
            title=thread.title.strip() or title_of(asked),
            created=created,
            updated=thread.updated or max(times, default=created),
            tags=thread.tags,
            system="\n\n".join(text for text in (thread.system, *standing) if text.strip()),
            forked_from=fork,
        ),
        entries=said,
    )


def _with_before(entries: Sequence[Entry]) -> Iterator[tuple[Entry | None, Entry]]:
    before: Entry | None = None
    for entry in entries:
        yield before, entry
        before = entry


def seconds_of(value: Json) -> float:
    """A time in Unix seconds, from a number of seconds, milliseconds or nanoseconds, or from ISO 8601 text; else 0."""
    number = float_or_none(value)
    if number is not None:
        return number / 1e9 if number > 1e17 else number / 1e3 if number > 1e11 else number
    if not isinstance(value, str):
        return 0.0
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def texts_of(*texts: str) -> tuple[Part, ...]:
    """A part for each text in which something stands."""
    return tuple(Text(text) for text in texts if text.strip())
