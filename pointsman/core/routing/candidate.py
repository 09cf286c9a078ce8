"""What is chosen from, and what for: models with all that is known of them, and the needs of a request. Pure."""

from __future__ import annotations

import re

import attrs

from pointsman.core.chat.part import Audio, File, Image, Part, ToolResult
from pointsman.core.chat.request import ChatRequest, output_limit
from pointsman.core.chat.token_estimate import estimate_request
from pointsman.core.models.model import NO_FACTS, Ability, ModelFacts
from pointsman.core.routing.evidence import Belief
from pointsman.core.routing.model_stats import UNOBSERVED, Observed
from pointsman.core.routing.votes import VotedShare

USUAL_OUTPUT = 500
"""Output tokens that a ranking reckons with where `max_tokens` does not say."""


@attrs.frozen(kw_only=True)
class Candidate:
    """A model that could be asked, and all that is known of it at this moment.

    `origins` are those of the opaque state it understands, `in_flight` the calls it is busy with, `cooling` the
    seconds until its circuit breaker lets a call through (0: it does), `too_dear` why a budget would refuse it.
    `belief` is what is known of how it heals the fault that the request is about, `preference` what people who have
    compared answers to such a task have said.
    """

    provider: str
    model: str
    family: str = ""
    local: bool = False
    origins: frozenset[str] = frozenset()
    facts: ModelFacts = NO_FACTS
    observed: Observed = UNOBSERVED
    in_flight: int = 0
    cooling: float = 0.0
    too_dear: str = ""
    belief: Belief | None = None
    preference: VotedShare | None = None
    weight: float = 1.0

    @property
    def ref(self) -> str:
        """`provider/model`."""
        return f"{self.provider}/{self.model}"


@attrs.frozen(kw_only=True)
class Needs:
    """What a request needs of a model; tokens are estimates. `origins` are those of the opaque state it carries."""

    abilities: frozenset[Ability] = frozenset()
    input_tokens: int = 0
    output_tokens: int = USUAL_OUTPUT
    reserved_output: int = 0
    origins: frozenset[str] = frozenset()


def family_of(usual: str, model: str, local: bool) -> str:
    """The family of a model: `claude`, `gpt`, `gemini`, `llama` (which stands for what runs locally), or `usual`."""
    name = model.lower()
    for family, pattern in _FAMILIES:
        if pattern.search(name):
            return family
    return "llama" if local else usual


_FAMILIES = (
    ("claude", re.compile(r"claude")),
    ("gpt", re.compile(r"\bgpt-?\d|chatgpt|(^|/)o[134](-|$)")),
    ("gemini", re.compile(r"gemini")),
    ("llama", re.compile(r"llama")),
)


def requirements_of(request: ChatRequest) -> Needs:
    """What `request` needs."""
    parts = [part for message in request.messages for part in message.parts]
    abilities: set[Ability] = set()
    if request.tools:
        abilities.add("tools")
    if request.response_schema is not None:
        abilities.add("schema")
    origins = set()
    for part in parts:
        if ability := _ability(part):
            abilities.add(ability)
        state = getattr(part, "state", None)
        if state is not None:
            origins.add(state.origin)
    return Needs(
        abilities=frozenset(abilities),
        input_tokens=estimate_request(request),
        output_tokens=output_limit(request.max_tokens) or USUAL_OUTPUT,
        reserved_output=output_limit(request.max_tokens) or 0,
        origins=frozenset(origins),
    )


def _ability(part: Part) -> Ability | None:
    match part:
        case Image():
            return "vision"
        case Audio():
            return "audio"
        case File():
            return "files"
        case ToolResult(_, _, content) if any(isinstance(inner, Image) for inner in content):
            return "vision"
        case _:
            return None
