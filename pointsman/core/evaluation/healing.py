"""What came of asking a model to heal a case, as rows of a run's journal. Pure.

Format and repair are judged apart: an answer that cannot be read is no repair that failed. The same rows hold tasks of
one's own: `healed` then means that the check was passed.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Literal, TypeAlias

import attrs

from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.money.cost import UNKNOWN_COST, Cost

AnswerFormat: TypeAlias = Literal["file", "blocks", "text"]
"""`file`: whole files in fenced blocks. `blocks`: search/replace blocks. `text`: as it comes, for one's own tasks."""

Repair: TypeAlias = Literal["healed", "unhealed", "unreadable", "unasked"]
"""`unreadable`: the answer obeyed no format. `unasked`: no answer came (network, limit, budget): counts for nothing."""

Control: TypeAlias = Literal["", "original", "unchanged", "unbroken"]
"""`original`: the correct program judged, must heal. `unchanged`: the faulty one, must not. `unbroken`: a good
program was shown to the model as if it failed; `healed` then means that it still works."""

CONTROL_MODEL = "control"
"""Stands for the model where none is asked."""


@attrs.frozen(kw_only=True)
class RepairVerdict:
    """What the hidden checks said of one answer.

    `failed` are the names of the checks that differed. `suspicions` name what the answer tried beside healing
    (`exits`, `patches-asserts`, `reads-frames`, `deletes-code`, `answers-by-table`, …); they do not decide.
    `edited_lines` is the size of the change, `identical` whether it equals the original's syntax tree.
    """

    repair: Repair
    failed: tuple[str, ...] = ()
    suspicions: tuple[str, ...] = ()
    edited_lines: int = 0
    identical: bool = False
    detail: str = ""


@attrs.frozen(kw_only=True)
class HealingQuestion:
    """One case put to one model in one way: all that decides its answer. Equal questions are asked once.

    `prompt` is the name and version of a template, `parameters` are the sampling parameters and the rounds of agent
    mode as canonical JSON, `repeat` counts from 0, `endpoint` is the kind and the base URL of the provider.
    """

    case: str
    model: str
    prompt: str = "plain@1"
    format: AnswerFormat = "file"
    parameters: str = "{}"
    repeat: int = 0
    control: Control = ""
    endpoint: str = ""

    @cached_property
    def key(self) -> str:
        """A name for it: equal questions have equal keys, different ones different keys."""
        text = "\0".join(str(getattr(self, field.name)) for field in attrs.fields(type(self)))
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


@attrs.frozen(kw_only=True)
class HealingAnswer:
    """One answered question.

    `latency_ms` is the whole call; `error` the tag and sentence when no answer came; `rounds` the calls of agent mode.
    """

    question: HealingQuestion
    text: str = ""
    usage: Usage = UNKNOWN
    cost: Cost = UNKNOWN_COST
    latency_ms: float = 0.0
    rounds: int = 1
    error: str = ""
    fingerprint: str = ""
    """The model as the provider named it in the answer: a dated id, where it has one. Evidence is void when it
    changes."""


@attrs.frozen
class JudgedAnswer:
    """An answer with its verdict: a row from which all statistics are summed."""

    answer: HealingAnswer
    verdict: RepairVerdict
