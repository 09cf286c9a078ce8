"""What came of asking a model to heal a case, as rows of a run's journal. Pure.

Format and repair are judged apart: an answer that cannot be read is no repair that failed.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

from pointsman.core.chat.usage import UNKNOWN, Usage
from pointsman.core.money.cost import UNKNOWN_COST, Cost

AnswerFormat: TypeAlias = Literal["file", "blocks"]
"""`file`: whole files in fenced blocks. `blocks`: search/replace blocks."""

Repair: TypeAlias = Literal["healed", "unhealed", "unreadable", "unasked"]
"""`unreadable`: the answer obeyed no format. `unasked`: no answer came (network, limit, budget): counts for nothing."""

Control: TypeAlias = Literal["", "original", "unchanged", "unbroken"]
"""`original`: the correct program judged, must heal. `unchanged`: the faulty one, must not. `unbroken`: a good
program was shown to the model as if it failed; `healed` then means that it still works."""


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
class HealingAnswer:
    """One answered case. The fields up to `repeat` are its key: equal keys are asked once.

    `latency_ms` is the whole call; `error` the tag and sentence when no answer came; `rounds` the calls of agent mode.
    """

    case: str
    model: str
    prompt: str = "plain"
    format: AnswerFormat = "file"
    repeat: int = 0
    control: Control = ""
    text: str = ""
    usage: Usage = UNKNOWN
    cost: Cost = UNKNOWN_COST
    latency_ms: float = 0.0
    rounds: int = 1
    error: str = ""
    fingerprint: str = ""
    """The build that the provider named (`system_fingerprint`, a dated id): evidence is void when it changes."""


@attrs.frozen
class JudgedAnswer:
    """An answer with its verdict: a row from which all statistics are summed."""

    answer: HealingAnswer
    verdict: RepairVerdict
