"""What an answer holds that a client's dialect has no place for: told as warnings, by one table. Pure.

Between equals an answer goes on as it came; this is for answers that are written anew in another dialect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

from pointsman.core.chat.part import Audio, Bytes, File, Image, Part, ProviderPart, Reasoning, Text
from pointsman.core.chat.response import ChatResponse, Warning

AnswerKind: TypeAlias = Literal[
    "pictures",
    "pictures by address",
    "sound",
    "files",
    "citations",
    "redacted reasoning",
    "further choices",
    "logprobs",
]
"""What not every dialect can answer with. Texts, refusals, reasoning that is shown and calls of tools all can."""

ANSWERS: Mapping[str, frozenset[AnswerKind]] = {
    "openai-chat": frozenset(
        ("pictures", "pictures by address", "sound", "citations", "further choices", "logprobs"),
    ),
    "openai-responses": frozenset(("pictures", "citations", "redacted reasoning", "logprobs")),
    "anthropic": frozenset(("citations",)),
    "gemini": frozenset(
        ("pictures", "pictures by address", "sound", "files", "citations", "further choices", "logprobs"),
    ),
    "ollama": frozenset(("logprobs",)),
}
"""What the answers of each dialect hold, by its name."""
_OWN_STATE = frozenset((("openai-chat", "openrouter"), ("anthropic", "anthropic"), ("gemini", "gemini")))
"""Dialects with the origins whose redacted reasoning they hold."""


def lost_parts(dialect: str, response: ChatResponse) -> tuple[Warning, ...]:
    """A warning for each kind of thing that `response` says and an answer in `dialect` cannot, each once.

    A whole answer brings them in its headers. When a stream has come so far its headers are long sent: what is lost
    of it stands in the log alone.
    """
    held = ANSWERS[dialect]
    kinds = dict.fromkeys(_kinds(dialect, response))
    return tuple(
        Warning("answer", f"the answer holds {kind}, for which {dialect} has no place; they were left out")
        for kind in kinds
        if kind not in held
    )


def _kinds(dialect: str, response: ChatResponse) -> Iterator[str]:
    """What `response` holds of the kinds that not every dialect has, the vendors' own parts by their names."""
    if response.choices:
        yield "further choices"
    if response.logprobs:
        yield "logprobs"
    for part in _parts(response):
        yield from _part_kinds(dialect, part)


def _parts(response: ChatResponse) -> Iterable[Part]:
    return (*response.parts, *(part for choice in response.choices for part in choice.parts))


def _part_kinds(dialect: str, part: Part) -> Iterator[str]:
    match part:
        case Text(citations=citations) if citations:
            yield "citations"
        case Image(Bytes()):
            yield "pictures"
        case Image():
            yield "pictures by address"
        case Audio():
            yield "sound"
        case File():
            yield "files"
        case Reasoning(redacted=True, state=state) if state is None or (dialect, state.origin) not in _OWN_STATE:
            yield "redacted reasoning"
        case ProviderPart(origin) if origin != dialect:
            yield f"{part.kind} of {origin}"
        case _:
            pass
