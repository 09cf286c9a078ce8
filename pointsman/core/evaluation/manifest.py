"""What a run is: which cases, which models, asked how, for how much. With it and the journal a run can go on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, TypeAlias

import attrs

from pointsman.core.evaluation.healing import AnswerFormat

ItemType: TypeAlias = Literal["fault", "task"]


@attrs.frozen(kw_only=True)
class RunItem:
    """A case of a run, as much of it as statistics and order need; `body` is the whole of it as JSON.

    `program` is what cases are clustered by: those of one program go well or badly together.
    """

    id: str
    program: str
    kind: str
    level: int = 1
    body: str = attrs.field(default="", repr=False)


@attrs.frozen(kw_only=True)
class RunManifest:
    """What was decided when the run began; it never changes.

    `endpoints` are kind and base URL by model; `budget` is in dollars (None: no limit); `agent` the rounds of agent
    mode (0: one answer, no tools); `parameters` the sampling parameters as canonical JSON; `began` in Unix seconds.
    """

    id: str
    seed: int
    models: tuple[str, ...]
    endpoints: Mapping[str, str]
    items: int
    type: ItemType = "fault"
    kinds: tuple[str, ...] = ()
    corpus: str = ""
    prompts: tuple[str, ...] = ("plain@1",)
    formats: tuple[AnswerFormat, ...] = ("file",)
    parameters: str = "{}"
    repeat: int = 1
    agent: int = 0
    budget: Decimal | None = None
    sandbox: str = ""
    stops_early: bool = False
    own_tests: bool = False
    """Whether cases are judged by tests that only report that they passed, which an answer could fake."""
    version: str = ""
    """Of pointsman."""
    began: float = 0.0

    @property
    def tag(self) -> str:
        """What the usage records of the run are tagged with."""
        return f"eval:{self.id}"
