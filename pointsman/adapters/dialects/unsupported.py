"""Features of a request that the wire format cannot express.

They are collected while the request is written, then warned of or refused, as the request's `on_unsupported` says.
"""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Target, WireRequest, WriteFailure
from pointsman.core.chat.embedding import EmbeddingRequest
from pointsman.core.chat.part import Opaque
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import Warning
from pointsman.core.error import InvalidRequest, UnsupportedFeature


def without_task_type(request: EmbeddingRequest, target: Target) -> Unsupported:
    """Of embeddings at a provider that does not ask what they are for."""
    unsupported = Unsupported(target)
    if request.task_type is not None:
        text = f"{target.provider} has no task types for embeddings; {request.task_type} was left out"
        unsupported.drop("task_type", text)
    return unsupported


@attrs.define
class Unsupported:
    """The parts of one request that its target cannot take."""

    target: Target
    warnings: list[Warning] = attrs.field(factory=list)
    """Parameters that were left out or changed; they fail the request where its policy is `fail`."""
    features: list[str] = attrs.field(factory=list)
    """Content and tools, which must not be lost: they always fail the request."""
    problems: list[str] = attrs.field(factory=list)
    """What is wrong with the request, whoever is asked."""
    schemas: list[str] = attrs.field(factory=list)
    """Parts of schemas that the dialect has no words for."""
    _warned: set[Warning] = attrs.field(factory=set, init=False, repr=False, eq=False)

    def drop(self, name: str, text: str = "") -> None:
        """The parameter `name` is left out; `text` says what happens instead."""
        self.warn(name, text or f"{self.target.provider} does not take {name}; it was left out")

    def warn(self, name: str, text: str) -> None:
        """Something was changed in a way the caller should know; the same is told once."""
        warning = Warning(name, text)
        if warning not in self._warned:  # a set beside the list: a request may have thousands of tools
            self._warned.add(warning)
            self.warnings.append(warning)

    def drop_state(self, state: Opaque | None) -> None:
        """What another vendor gave with a part and wants back is left out: nobody else can read it."""
        if state is not None:
            text = f"the state that {state.origin} gave with a part was left out; {self.target.provider} cannot read it"
            self.warn("state", text)

    def fail(self, feature: str) -> None:
        """`feature` cannot be carried and must not be dropped."""
        self.features.append(feature)

    def fail_schema(self, problem: str) -> None:
        """A schema has a part that the dialect has no words for; `problem` says which and what to do."""
        self.schemas.append(problem)

    def reject(self, problem: str) -> None:
        """The request is wrong for this dialect."""
        self.problems.append(problem)

    def close(self, request: ChatRequest, wire: WireRequest) -> Result[WireRequest, WriteFailure]:
        """`wire` with the warnings, or the failure that all this amounts to."""
        provider, model = self.target.provider, self.target.model
        if self.problems:
            problems = tuple(self.problems)
            detail = "; ".join(problems)
            return Failure(InvalidRequest(detail=detail, problems=problems, provider=provider, model=model))
        if self.schemas:
            detail = "; ".join(self.schemas)
            return Failure(UnsupportedFeature(detail=detail, feature="schema", provider=provider, model=model))
        lost = self.features or (
            [warning.subject for warning in self.warnings] if request.on_unsupported == "fail" else []
        )
        if lost:
            feature = ", ".join(lost)
            detail = f"it cannot carry {feature}"
            return Failure(UnsupportedFeature(detail=detail, feature=feature, provider=provider, model=model))
        return Success(attrs.evolve(wire, warnings=(*wire.warnings, *self.warnings)))
