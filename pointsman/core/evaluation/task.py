"""Tasks of one's own: a prompt, and a check that says whether an answer passes. Pure: what runs code runs elsewhere.

A file is TOML or JSON Lines, a task a table or a line:

[[tasks]]
prompt = "What is the capital of France? Answer with one word."
kind = "geography"
answer = "Paris"
check = { equals = "Paris" }

[[tasks]]
prompt = "Write a Python function `double(x)` in a code block."
check = { python = "def check(answer, code):\\n  s = {}\\n  exec(code, s)\\n  return s['double'](2) == 4" }
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import InvalidRequest, invalid_request
from pointsman.core.evaluation.manifest import RunItem
from pointsman.core.json import Json, as_list, as_object, dumps_text, is_writable, loads, without_fence
from pointsman.core.records.read import read_record
from pointsman.core.records.values import Problems, with_places
from pointsman.core.schema.fit import fits


@attrs.frozen(kw_only=True)
class TaskCheck:
    """What an answer must be; exactly one of the first six is given.

    `equals` and `contains` are texts, white space around the answer and case left aside unless `exact`; `contains_all`
    are several. `pattern` is a regular expression that must be found, `schema` a JSON Schema that the answer, as JSON,
    must fit. `python` is the source of a function `check(answer, code)` that gives True or False, `command` a command
    that ends with 0: both run in the sandbox, beside `files`, `answer.txt` (the answer) and `answer.py` (the code in
    its last code block, else all of it).
    """

    equals: str | None = None
    contains: str | None = None
    contains_all: tuple[str, ...] = ()
    pattern: str | None = None
    schema: Mapping[str, Any] | None = None
    python: str | None = None
    command: tuple[str, ...] = ()
    files: Mapping[str, str] = attrs.field(factory=dict)
    exact: bool = False
    seconds: float = 10.0
    """The longest that code may run."""

    @property
    def needs_sandbox(self) -> bool:
        """Whether it runs something; a pattern of one's own may take forever, so it counts as that."""
        return self.python is not None or bool(self.command) or self.pattern is not None


_WAYS = ("equals", "contains", "contains_all", "pattern", "schema", "python", "command")


@attrs.frozen(kw_only=True)
class EvaluationTask:
    """One task. `id` is made of its text where it is left out; tasks of one `group` count as alike.

    `answer` is one that passes: it is judged as a control.
    """

    id: str = ""
    prompt: str
    system: str = ""
    kind: str = "task"
    group: str = ""
    answer: str | None = None
    check: TaskCheck


def read_tasks(name: str, text: str) -> Result[tuple[RunItem, ...], InvalidRequest]:
    """The tasks in the file `name`, whose content is `text`; or everything that is wrong with them."""
    problems = Problems()
    tables = _tables(name, text, problems)
    tasks = [
        task
        for place, table in tables
        if (task := read_record(EvaluationTask, with_places(table, place), problems)) is not None
    ]
    named = [task if task.id else attrs.evolve(task, id=_id_of(task)) for task in tasks]
    for (place, _), task in zip(tables, named, strict=False):
        _check_ways(task, place, problems)
    for id, count in Counter(task.id for task in named).items():
        if count > 1:
            problems.add(name, f"{count} tasks have the id {id!r}, or are the same")
    if not tables and not problems.found:
        problems.add(name, "there are no tasks in it")
    if problems.found:
        found = tuple(problems.found)
        return Failure(invalid_request(*found))
    return Success(tuple(map(_item_of, named)))


def _tables(name: str, text: str, problems: Problems) -> list[tuple[str, Json]]:
    if name.lower().endswith((".jsonl", ".json", ".ndjson")):
        found: list[tuple[str, Json]] = []
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                read = loads(line)
                if isinstance(read, Failure):
                    problems.add(f"{name}, line {number}", read.failure())
                else:
                    found.append((f"{name}, line {number}: ", read.unwrap()))
        return found
    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        problems.add(name, f"not TOML: {problem}")
        return []
    tables = whole.get("tasks", [])
    return [(f"{name}: tasks[{number}]", one) for number, one in enumerate(as_list(tables), 1)]


def _check_ways(task: EvaluationTask, place: str, problems: Problems) -> None:
    ways = [way for way in _WAYS if getattr(task.check, way) not in (None, ())]
    if len(ways) != 1:
        said = f"it has {', '.join(ways)}" if ways else "it has none"
        problems.add(f"{place}.check", f"one of {', '.join(_WAYS)} is needed, and no more: {said}")


def _id_of(task: EvaluationTask) -> str:
    return "t" + hashlib.sha256(dumps_text(attrs.asdict(task)).encode()).hexdigest()[:10]


def _item_of(task: EvaluationTask) -> RunItem:
    return RunItem(id=task.id, program=task.group or task.id, kind=task.kind, body=dumps_text(attrs.asdict(task)))


def read_task_items(items: Sequence[RunItem]) -> Result[tuple[EvaluationTask, ...], str]:
    """The tasks in the bodies of `items`; or what is wrong with one."""
    problems, tasks = Problems(), list[EvaluationTask]()
    for item in items:
        table = as_object(loads(item.body).value_or(None))
        task = read_record(EvaluationTask, with_places(table, item.id), problems)
        if task is not None:
            tasks.append(task)
    return Failure("; ".join(problems.found)) if problems.found else Success(tuple(tasks))


def passes(check: TaskCheck, answer: str) -> bool:
    """Whether `answer` passes a check that runs nothing."""
    if check.schema is not None:
        value = loads(without_fence(answer)).value_or(None)
        return is_writable(value) and fits(dict(check.schema), value, dict(check.schema))
    plain = answer.strip()
    if check.equals is not None:
        return _same(plain, check.exact) == _same(check.equals.strip(), check.exact)
    wanted = (check.contains,) if check.contains is not None else check.contains_all
    return all(_same(one, check.exact) in _same(plain, check.exact) for one in wanted)


def _same(text: str, exact: bool) -> str:
    return text if exact else text.casefold()


def code_of(answer: str) -> str:
    """The code in the last code block of `answer`; all of it where there is none."""
    lines, block, found = answer.replace("\r\n", "\n").split("\n"), list[str](), list[str]()
    inside = False
    for line in lines:
        if line.lstrip().startswith("```"):
            if inside:
                found = block
            inside, block = not inside, []
        elif inside:
            block.append(line)
    return "\n".join(found) + "\n" if found else answer
