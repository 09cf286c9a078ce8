"""Conversations as they are kept: entries in order, each a message with what is known of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import attrs

from pointsman.core.chat.message import Message
from pointsman.core.chat.part import Part, Reasoning, ResultPart, Text, ToolCall, ToolResult
from pointsman.core.chat.usage import NOTHING, Usage
from pointsman.core.error import ContentFiltered, ContextTooLarge, InvalidRequest, UnsupportedFeature
from pointsman.core.money.cost import FREE, Cost

QUOTED = re.compile(r'\s*<document name="(?P<name>[^"\n]*)"[^\n]*>\n.*?\n</document>\s*', re.DOTALL)
"""A document as `pointsman.core.documents.quote` quotes it before a question."""
Status: TypeAlias = Literal["complete", "partial", "failed"]
"""`partial`: the answer was cut off, by the caller, a crash or the network. `failed`: it ended with an error."""


@attrs.frozen(kw_only=True)
class Entry:
    """A message of a conversation. `time` is in Unix seconds; `error` is the tag of what ended a failed answer."""

    id: str
    message: Message
    time: float
    parent: str | None = None
    """The entry that this one follows: None for the one before it, the empty text where it begins the conversation."""
    provider: str = ""
    model: str = ""
    usage: Usage = NOTHING
    cost: Cost = FREE
    status: Status = "complete"
    error: str = ""
    problem: str = ""
    """The sentence that the caller was told of that error."""


@attrs.frozen(kw_only=True)
class Summary:
    """What was said up to and with the entry `upto`, in short. The entries themselves are never deleted."""

    text: str
    upto: str


@attrs.frozen(kw_only=True)
class ChatParameters:
    """With what a conversation's next question is asked where nobody says otherwise; what is empty is not sent."""

    model: str = ""
    """`provider/model`, `auto`, or empty for the default."""
    temperature: float | None = None
    max_tokens: int | None = None
    reasoning_effort: str = ""
    tools: tuple[str, ...] = ()
    """Names of tools of the server."""
    memory: bool = False
    """Whether what is remembered is told to the model."""
    task: str = ""


@attrs.frozen(kw_only=True)
class Conversation:
    """What is known of a conversation beside its entries.

    `version` grows with each change, so that two who write at once notice; `forked_from` is the conversation and the
    entry that this one went on from.
    """

    id: str
    title: str = ""
    created: float
    updated: float
    version: int = 0
    tags: tuple[str, ...] = ()
    system: str = ""
    summary: Summary | None = None
    forked_from: tuple[str, str] | None = None
    owner: str = ""
    """Whose it is, as calls name their tenant; empty: of whoever runs the program or the server."""
    leaf: str | None = None
    """The last entry of the branch that is gone on with; None where there are no branches: all entries, in order."""
    parameters: ChatParameters = ChatParameters()
    pinned: bool = False
    folder: str = ""
    archived: bool = False
    """Out of the way: the list of the page shows those apart."""


@attrs.frozen(kw_only=True)
class Dialogue:
    """A conversation with its entries, oldest first, those of all branches."""

    conversation: Conversation
    entries: tuple[Entry, ...] = ()

    @property
    def branch(self) -> tuple[Entry, ...]:
        """The entries that are gone on with, from the first to the leaf."""
        leaf = self.conversation.leaf
        return self.entries if leaf is None else branch_to(self.entries, leaf) or self.entries

    @property
    def cost(self) -> Cost:
        """What all of it has cost."""
        return sum((entry.cost for entry in self.entries), start=FREE)


def branch_to(entries: Sequence[Entry], id: str) -> tuple[Entry, ...]:
    """The entries of a conversation from its first to `id`, each followed by one that names it as its parent.

    Empty where there is no such entry. A parent that is not among the entries before counts as the one before, so that
    it comes to an end whatever was imported.
    """
    places = {entry.id: place for place, entry in enumerate(entries)}
    place, found = places.get(id), list[Entry]()
    while place is not None:
        found.append(entries[place])
        place = _parent_place(entries, places, place)
    return tuple(reversed(found))


def branch_end(entries: Sequence[Entry], id: str) -> str | None:
    """The last entry of the latest branch that goes through `id`; None where there is no such entry."""
    places = {entry.id: place for place, entry in enumerate(entries)}
    if id not in places:
        return None
    latest: dict[int | None, int] = {_parent_place(entries, places, place): place for place in range(len(entries))}
    place = places[id]
    while place in latest:
        place = latest[place]
    return entries[place].id


def _parent_place(entries: Sequence[Entry], places: Mapping[str, int], place: int) -> int | None:
    """Where the parent of the entry at `place` stands, which is always before it."""
    parent = entries[place].parent
    if parent == "":
        return None
    known = place if parent is None else places.get(parent, place)
    before = known if known < place else place - 1
    return before if before >= 0 else None


def messages_of(entries: Sequence[Entry], new: Sequence[Message] = ()) -> tuple[Message, ...]:
    """What a model is told of `entries`: no empty answers, no tool call without its result and no result without it,
    and nothing that a model or its provider has refused (`without_refused`).

    A result belongs to a call of the last answer before it, as providers want it. `new` comes after the entries and is
    not given back: its results may be those of the last calls.
    """
    messages = [*(entry.message for entry in without_refused(entries)), *new]
    paired, told = _pair_calls(messages), []
    for number, message in enumerate(messages[: len(entries)]):
        parts = tuple(
            part
            for place, part in enumerate(message.parts)
            if not isinstance(part, (ToolCall, ToolResult)) or (number, place) in paired
        )
        if any(_says(part) for part in parts):
            told.append(message if parts == message.parts else attrs.evolve(message, parts=parts))
    return tuple(told)


def without_refused(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """`entries`, of which those say nothing that were refused for good, with the answers that failed on them.

    They would be refused with every later turn. What was refused is what came after the last answer: a question is left
    out; of what tools gave, whose calls have run, the words stay and the pictures become a note.
    """
    sent, new = list(entries), list[int]()
    for number, entry in enumerate(entries):
        if entry.message.role != "assistant":
            new.append(number)
            continue
        if entry.status == "failed" and entry.error in REFUSALS:
            for place in (*new, number):
                sent[place] = attrs.evolve(sent[place], message=_keep_words(sent[place].message))
        new = []
    return tuple(sent)


REFUSALS = frozenset(kind.__name__ for kind in (InvalidRequest, UnsupportedFeature, ContentFiltered, ContextTooLarge))
"""What is wrong with what was asked, so that asking it again ends in the same way."""


def _keep_words(message: Message) -> Message:
    results = (part for part in message.parts if isinstance(part, ToolResult))
    return Message(message.role, tuple(attrs.evolve(one, content=_in_words(one.content)) for one in results))


def _in_words(content: Sequence[ResultPart]) -> tuple[ResultPart, ...]:
    return tuple(
        part if isinstance(part, Text) else Text(f"({type(part).__name__.lower()} that was refused)")
        for part in content
    )


def _says(part: Part) -> bool:
    """Whether a message may consist of `part` alone: thoughts go with what was said or called."""
    return bool(part.text) if isinstance(part, Text) else not isinstance(part, Reasoning)


def _pair_calls(messages: Sequence[Message]) -> set[tuple[int, int]]:
    """The places, by message and part, of the calls and results that belong together."""
    waiting: dict[str, list[tuple[int, int]]] = {}
    paired: set[tuple[int, int]] = set()
    for number, message in enumerate(messages):
        if message.parts and not any(isinstance(part, ToolResult) for part in message.parts):
            waiting = {}
        for place, part in enumerate(message.parts):
            if isinstance(part, ToolCall):
                waiting.setdefault(part.id, []).append((number, place))
            elif isinstance(part, ToolResult) and waiting.get(part.call_id):
                paired |= {waiting[part.call_id].pop(0), (number, place)}
    return paired


def title_of(text: str, most: int = 60) -> str:
    """A title from the first line of what was said first; of documents alone, the name of the first."""
    named = QUOTED.match(text)
    asked = QUOTED.sub("", text) if named else text
    line = next((line.strip() for line in asked.splitlines() if line.strip()), named["name"] if named else "")
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
