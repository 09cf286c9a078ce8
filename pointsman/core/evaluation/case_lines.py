"""Cases as JSON Lines: the same bytes for the same cases on every Python. Pure, and the reader takes any text."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.evaluation.fault import Case, FaultKind, Level, Outcome
from pointsman.core.json import (
    JsonObject,
    as_list,
    as_object,
    as_text,
    dumps_text,
    float_or_none,
    int_or_none,
    loads,
)

_LEVELS: dict[int, Level] = {1: 1, 2: 2, 3: 3}


def write_cases(cases: Iterable[Case]) -> str:
    """A line of JSON each."""
    return "".join(f"{dumps_text(attrs.asdict(case))}\n" for case in cases)


def read_cases(text: str) -> Result[tuple[Case, ...], str]:
    """What `write_cases` wrote; or one sentence that says which line is no case, and why."""
    cases: list[Case] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        read = loads(line).bind(lambda value: _read_case(as_object(value)))
        if isinstance(read, Failure):
            return Failure(f"line {number} is no case: {read.failure()}")
        cases.append(read.unwrap())
    return Success(tuple(cases))


def _read_case(row: JsonObject) -> Result[Case, str]:
    kinds = [as_text(kind) for kind in as_list(row.get("kinds"))]
    unknown = [kind for kind in (as_text(row.get("kind")), *kinds) if kind not in set(FaultKind)]
    level = _LEVELS.get(int_or_none(row.get("level")) or 0)
    if unknown or level is None:
        return Failure(f"{unknown[0]!r} is no kind of fault" if unknown else "it has no level from 1 to 3")
    if not as_object(row.get("files")) or not as_object(row.get("expected")):
        return Failure("it has no files, or nothing is expected of its checks")
    return Success(
        Case(
            id=as_text(row.get("id")),
            program=as_text(row.get("program")),
            kind=FaultKind(as_text(row.get("kind"))),
            kinds=tuple(FaultKind(kind) for kind in kinds),
            level=level,
            files=_texts(row.get("files")),
            original=_texts(row.get("original")),
            visible=as_text(row.get("visible")),
            hidden=as_text(row.get("hidden")),
            expected={name: _outcome(as_object(one)) for name, one in as_object(row.get("expected")).items()},
            error=as_text(row.get("error")),
            exception=as_text(row.get("exception")),
            silent=row.get("silent") is True,
            cpu_seconds=float_or_none(row.get("cpu_seconds")) or 0.5,
            edits=tuple(as_text(edit) for edit in as_list(row.get("edits"))),
        )
    )


def _texts(value: object) -> dict[str, str]:
    return {name: as_text(text) for name, text in as_object(value).items()}


def _outcome(row: JsonObject) -> Outcome:
    return Outcome(value=as_text(row.get("value")), error=as_text(row.get("error")))
