"""What a dialect cannot carry: collected while a request is written, then judged by the request's policy."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Target, WireRequest, WriteFailure
from pointsman.core.error import InvalidRequest, UnsupportedFeature
from pointsman.core.request import ChatRequest
from pointsman.core.response import Warning


@attrs.define
class Gaps:
    """Write-once notes of one request. `soft` gaps are parameters, `hard` ones content that must not be lost."""

    target: Target
    soft: list[Warning] = attrs.field(factory=list)
    hard: list[str] = attrs.field(factory=list)
    wrong: list[str] = attrs.field(factory=list)
    schemas: list[str] = attrs.field(factory=list)

    def ignored(self, name: str, text: str = "") -> None:
        """The parameter `name` is left out; `text` says what happens instead."""
        self.soft.append(Warning(name, text or f"{self.target.provider} does not take {name}; it was left out"))

    def note(self, name: str, text: str) -> None:
        """Something was changed in a way the caller should know."""
        self.soft.append(Warning(name, text))

    def refuse(self, feature: str) -> None:
        """`feature` cannot be carried and must not be dropped."""
        self.hard.append(feature)

    def inexpressible(self, problem: str) -> None:
        """A schema has a part that the dialect has no words for; `problem` says which and what to do."""
        self.schemas.append(problem)

    def reject(self, problem: str) -> None:
        """The request is wrong for this dialect."""
        self.wrong.append(problem)

    def close(self, request: ChatRequest, wire: WireRequest) -> Result[WireRequest, WriteFailure]:
        """`wire` with the warnings, or the failure that the gaps amount to."""
        if self.wrong:
            problems = tuple(self.wrong)
            return Failure(
                InvalidRequest(
                    detail="; ".join(problems),
                    problems=problems,
                    provider=self.target.provider,
                    model=self.target.model,
                )
            )
        if self.schemas:
            return Failure(
                UnsupportedFeature(
                    detail="; ".join(self.schemas),
                    feature="schema",
                    provider=self.target.provider,
                    model=self.target.model,
                )
            )
        lost = self.hard or ([gap.subject for gap in self.soft] if request.on_unsupported == "fail" else [])
        if lost:
            feature = ", ".join(lost)
            return Failure(
                UnsupportedFeature(
                    detail=f"it cannot carry {feature}",
                    feature=feature,
                    provider=self.target.provider,
                    model=self.target.model,
                )
            )
        return Success(attrs.evolve(wire, warnings=(*wire.warnings, *self.soft)))
