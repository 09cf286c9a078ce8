"""The cases of a run as a person reads them: what was asked, what each model answered, what it changed. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

import attrs
from returns.result import Failure

from pointsman.core.evaluation.answer_formats import read_answer
from pointsman.core.evaluation.case_lines import read_cases
from pointsman.core.evaluation.fault import Case, Files
from pointsman.core.evaluation.healing import JudgedAnswer, Repair
from pointsman.core.evaluation.manifest import RunItem, RunManifest
from pointsman.core.evaluation.run_report import WholeRun
from pointsman.core.evaluation.statistics import contestant
from pointsman.core.evaluation.task import read_task_items
from pointsman.core.json import compact, dumps_text
from pointsman.core.money.cost import Cost
from pointsman.core.security.masking import SecretMask

MOST_CHARACTERS = 20_000
"""Of one text: what a model says has no end of its own."""
_MOST_LINES = 3000
"""Of a file, above which no difference is made: the time for it grows with their square."""

Healing: TypeAlias = Literal["all", "some", "none"]
"""Whether the models healed a case."""


@attrs.frozen(kw_only=True)
class ReadAnswer:
    """An answer with its verdict. `difference` is what it would change, as a unified diff, if that is known."""

    contestant: str
    repeat: int
    repair: Repair
    text: str
    difference: str
    failed: tuple[str, ...]
    suspicions: tuple[str, ...]
    edited_lines: int
    identical: bool
    detail: str
    cost: Cost
    latency_ms: float
    shown_good: bool = False
    """It was shown a program that works, as if it failed."""


@attrs.frozen(kw_only=True)
class ReadCase:
    """A case: `shown` are the texts that it is made of, by their name; `solution` is the difference that heals it."""

    id: str
    program: str
    kind: str
    level: int
    summary: str
    """The exception, or the beginning of a task."""
    shown: Mapping[str, str]
    solution: str
    answers: tuple[ReadAnswer, ...]

    @property
    def healing(self) -> Healing:
        """Whether all answers to it healed, or some, or none."""
        healed = [answer.repair == "healed" for answer in self.answers if not answer.shown_good]
        return "none" if not any(healed) else "all" if all(healed) else "some"


def read_run_cases(run: WholeRun, items: Sequence[RunItem] | None = None) -> tuple[ReadCase, ...]:
    """Those of `items`, or all of the run, in their order, with all judged answers of models."""
    by_item: dict[str, list[JudgedAnswer]] = {}
    for row in run.rows:
        if row.answer.question.control in ("", "unbroken"):
            by_item.setdefault(row.answer.question.case, []).append(row)
    read = _read_task if run.manifest.type == "task" else _read_fault
    return tuple(read(run.manifest, item, by_item.get(item.id, [])) for item in (run.items if items is None else items))


def _read_fault(manifest: RunManifest, item: RunItem, rows: Sequence[JudgedAnswer]) -> ReadCase:
    parsed = read_cases(item.body)
    if isinstance(parsed, Failure) or not parsed.unwrap():
        return _unreadable(manifest, item, rows)
    case = parsed.unwrap()[0]
    error = case.error or "Nothing: the visible tests pass, and it is wrong for some inputs."
    return ReadCase(
        id=item.id,
        program=item.program,
        kind=item.kind,
        level=item.level,
        summary=case.exception or "silent",
        shown={"error": shorten(error)} | {name: shorten(text) for name, text in sorted(case.files.items())},
        solution=difference_of(case.files, case.original) if case.original else "",
        answers=tuple(_read_row(manifest, row, case) for row in rows),
    )


def _read_task(manifest: RunManifest, item: RunItem, rows: Sequence[JudgedAnswer]) -> ReadCase:
    parsed = read_task_items([item])
    if isinstance(parsed, Failure) or not parsed.unwrap():
        return _unreadable(manifest, item, rows)
    task = parsed.unwrap()[0]
    check = {name: value for name, value in attrs.asdict(task.check).items() if value not in (None, (), {}, False)}
    shown = {"system": task.system, "prompt": task.prompt, "check": dumps_text(compact(check))}
    return attrs.evolve(
        _unreadable(manifest, item, rows),
        summary=" ".join(task.prompt.split())[:60],
        shown={name: shorten(text) for name, text in shown.items() if text},
    )


def _unreadable(manifest: RunManifest, item: RunItem, rows: Sequence[JudgedAnswer]) -> ReadCase:
    """A case with nothing but its answers."""
    return ReadCase(
        id=item.id,
        program=item.program,
        kind=item.kind,
        level=item.level,
        summary="",
        shown={},
        solution="",
        answers=tuple(_read_row(manifest, row, None) for row in rows),
    )


def _read_row(manifest: RunManifest, row: JudgedAnswer, case: Case | None) -> ReadAnswer:
    answer, verdict = row.answer, row.verdict
    return ReadAnswer(
        contestant=contestant(answer.question, manifest),
        repeat=answer.question.repeat,
        repair=verdict.repair,
        text=shorten(answer.text or answer.error),
        difference="" if case is None else _change_of(row, case),
        failed=verdict.failed,
        suspicions=verdict.suspicions,
        edited_lines=verdict.edited_lines,
        identical=verdict.identical,
        detail=shorten(verdict.detail),
        cost=answer.cost,
        latency_ms=answer.latency_ms,
        shown_good=answer.question.control == "unbroken",
    )


def _change_of(row: JudgedAnswer, case: Case) -> str:
    question = row.answer.question
    before = case.original if question.control == "unbroken" else case.files
    read = read_answer(row.answer.text, question.format, before)
    return "" if isinstance(read, Failure) else difference_of(before, read.unwrap())


def difference_of(before: Files, after: Files) -> str:
    """A unified diff of all files, shortened; of long ones only their names."""
    return shorten("\n".join(line for path in sorted({*before, *after}) for line in _difference(path, before, after)))


def _difference(path: str, before: Files, after: Files) -> Iterator[str]:
    old, new = (files.get(path, "").split("\n") for files in (before, after))
    if len(old) + len(new) > _MOST_LINES:
        yield from () if old == new else (f"{path} was changed, and is too long for a difference",)
        return
    yield from difflib.unified_diff(old, new, path, path, lineterm="")


def shorten(text: str) -> str:
    """The beginning of `text`, and how much is left out; what looks like a secret is hidden."""
    hidden = SecretMask().hide_in_source(text)  # before it is cut, for half a literal is none
    left = len(hidden) - MOST_CHARACTERS
    return hidden if left <= 0 else f"{hidden[:MOST_CHARACTERS]}\n… {left:,} characters are left out"
