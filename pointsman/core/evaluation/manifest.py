"""What a run is: which cases, which models, asked how, for how much. With it and the journal a run can go on. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, TypeAlias

import attrs

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.evaluation.healing import AnswerFormat
from pointsman.core.json import as_object, loads

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


def reproduction_line(manifest: RunManifest) -> str:
    """`pointsman eval run --models …`: the same cases, models, prompts and bounds.

    A file of faults or tasks is not named in a manifest; that it is the same one, its `corpus` says.
    """
    return shlex.join(["pointsman", "eval", "run", *_options(manifest)])


def _options(manifest: RunManifest) -> Iterator[str]:
    yield from ("--models", ",".join(manifest.models), "--seed", str(manifest.seed))
    if manifest.type == "task":
        yield from ("--tasks", "FILE")
    else:
        yield from ("--cases", str(manifest.items))
        if manifest.kinds and len(manifest.kinds) < len(FaultKind):
            yield from ("--kinds", ",".join(manifest.kinds))
        for prompt in manifest.prompts:
            yield from ("--prompt", prompt)
        yield from ("--format", "both" if len(manifest.formats) > 1 else "".join(manifest.formats))
    yield from ("--repeat", str(manifest.repeat)) if manifest.repeat > 1 else ()
    yield from ("--agent", str(manifest.agent)) if manifest.agent else ()
    for name, value in as_object(loads(manifest.parameters).value_or(None)).items():
        if name in ("temperature", "max_tokens"):
            yield from (f"--{name.replace('_', '-')}", str(value))
    yield from ("--budget", f"{manifest.budget:f}") if manifest.budget is not None else ()
    yield from ("--stop-early",) if manifest.stops_early else ()
    yield from ("--sandbox", manifest.sandbox) if manifest.sandbox else ()
