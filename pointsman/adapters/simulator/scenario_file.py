"""Scenario files, in TOML or JSON: read whole, or refused with every problem in them at once.

[[rules]]
match = { model = "sim*", contains = "weather", nth = 2 }
times = 1
fault = "rate-limit-2"

[[rules]]
match = { dialect = "anthropic", probability = 0.5 }
answer = { text = "Sunny.", latency = 0.2, pace = 30 }

The first turn of a coding agent edits a file (a freeform tool takes `input`), the second says so:

[[rules]]
match = { tool = "Write", answered = false }
answer = { tool_calls = [{ name = "Write", arguments = { file_path = "/tmp/a.txt", content = "edited" } }] }

[[rules]]
match = { tool = "Write", answered = true }
answer = { text = "Done." }

A model that heals the faults of a file (`pointsman eval faults --out faults.jsonl`) with a known probability:

[[rules]]
match = { model = "sim-a" }
heal = { cases = "faults.jsonl", probability = 0.7, kinds = { syntax = 0.95, concurrency = 0.2 }, breaks = 0.05 }
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home
from pointsman.adapters.simulator.faults import fault, parse_fault
from pointsman.adapters.simulator.field_reader import Findings
from pointsman.adapters.simulator.healing_rule import HealingRule
from pointsman.adapters.simulator.scenario import (
    Action,
    FixedAnswer,
    FixedCall,
    FixedSearch,
    Match,
    Rule,
    RuleAction,
    Scenario,
)
from pointsman.core.chat.response import Finish, FinishReason, Other
from pointsman.core.error import ConfigurationError
from pointsman.core.evaluation.case_lines import read_cases
from pointsman.core.evaluation.fault import Case, FaultKind
from pointsman.core.json import Json, as_object, loads

_MATCH = ("dialect", "model", "path", "contains", "nth", "probability", "tool", "answered")
_HEAL = ("cases", "probability", "kinds", "breaks", "unreadable", "latency")
_ANSWER = ("text", "reasoning", "refusal", "tool_calls", "searches", "finish_reason", "latency", "pace")


def load_scenario(path: Path) -> Result[Scenario, ConfigurationError]:
    """The scenario in the file `path`: JSON if its name ends in `.json`, else TOML."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        return Failure(_refusal((f"{path}: cannot be read: {problem.strerror or problem}",)))
    return parse_scenario(path.name, data, path.parent)


def parse_scenario(name: str, data: bytes, folder: Path = Path()) -> Result[Scenario, ConfigurationError]:
    """The scenario in `data`, the content of the file `name`, or a failure that lists everything wrong in it.

    Files that it names are looked for in `folder`.
    """
    decoded = _decode(name, data)
    if isinstance(decoded, Failure):
        return Failure(_refusal((f"{name}: {decoded.failure()}",)))
    return _scenario(decoded.unwrap(), folder)


def _decode(name: str, data: bytes) -> Result[Json, str]:
    if name.lower().endswith(".json"):
        return loads(data)
    try:
        return Success(dict(tomllib.loads(data.decode("utf-8-sig"))))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        return Failure(f"not TOML: {problem}")


def _refusal(problems: tuple[str, ...]) -> ConfigurationError:
    return ConfigurationError(detail=f"the scenario is wrong: {'; '.join(problems)}", problems=problems)


def _scenario(value: Json, folder: Path) -> Result[Scenario, ConfigurationError]:
    top = Findings.of(value, "scenario", ("name", "rules"))
    rules = tuple(_rule(each, folder) for each in top.items("rules", ("match", "times", "fault", "answer", "heal")))
    made = Scenario(rules, top.text("name") or "")
    return Failure(_refusal(tuple(top.problems))) if top.problems else Success(made)


def _rule(found: Findings, folder: Path) -> Rule:
    return Rule(_rule_action(found, folder), _match(found.child("match", _MATCH)), found.count("times"))


def _match(found: Findings) -> Match:
    probability = found.number("probability", 0, 1)
    return Match(
        dialect=found.text("dialect"),
        model=found.text("model"),
        path=found.text("path"),
        contains=found.text("contains"),
        nth=found.count("nth"),
        probability=1.0 if probability is None else probability,
        tool=found.text("tool"),
        answered=found.flag("answered"),
    )


def _rule_action(found: Findings, folder: Path) -> RuleAction:
    if len(found.fields.keys() & {"fault", "answer", "heal"}) != 1:
        found.problem("a rule needs one of `fault`, `answer` and `heal`")
        return FixedAnswer()
    if "heal" in found.fields:
        return _healing(found.child("heal", _HEAL), folder)
    return _answer(found.child("answer", _ANSWER)) if "answer" in found.fields else _fault(found)


def _fault(found: Findings) -> Action:
    def failure(problem: str) -> Result[Action, str]:
        found.problem(problem)
        return Success(fault("status"))

    named = found.text("fault")
    return FixedAnswer() if named is None else parse_fault(named).map(_action_of).lash(failure).unwrap()


def _action_of(action: Action) -> Action:
    return action


def _answer(found: Findings) -> FixedAnswer:
    return FixedAnswer(
        text=found.text("text"),
        reasoning=found.text("reasoning"),
        refusal=found.text("refusal"),
        tool_calls=tuple(_call(each) for each in found.items("tool_calls", ("name", "arguments", "id", "input"))),
        searches=tuple(_search(each) for each in found.items("searches", ("query", "results"))),
        finish_reason=_finish(found.text("finish_reason")),
        latency=found.number("latency", 0, 3600) or 0.0,
        pace=found.number("pace", 0, 1e6),
    )


def _healing(found: Findings, folder: Path) -> HealingRule:
    def share(name: str, usual: float) -> float:
        number = found.number(name, 0, 1)
        return usual if number is None else number

    kinds = found.child("kinds", tuple(FaultKind))
    return HealingRule(
        cases=_cases(found, folder),
        probability=share("probability", 1.0),
        kinds={kind: number for kind in kinds.fields if (number := kinds.number(kind, 0, 1)) is not None},
        breaks=share("breaks", 0.0),
        unreadable=share("unreadable", 0.0),
        latency=found.number("latency", 0, 3600) or 0.0,
    )


def _cases(found: Findings, folder: Path) -> tuple[Case, ...]:
    name = found.text("cases")
    if not name:
        found.problem("`cases` is needed: a file of `pointsman eval faults --out`")
        return ()
    try:
        text = (folder / expand_home(name)).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        found.problem(f"{name} cannot be read: {getattr(problem, 'strerror', None) or problem}")
        return ()
    read = read_cases(text)
    if isinstance(read, Failure):
        found.problem(f"{name}: {read.failure()}")
        return ()
    return read.unwrap()


def _call(found: Findings) -> FixedCall:
    name = found.text("name")
    if not name:
        found.problem("a tool call needs a `name`")
    if not isinstance(found.fields.get("arguments", {}), dict):
        found.problem("arguments: must be an object")
    if "arguments" in found.fields and "input" in found.fields:
        found.problem("a tool call has either `arguments` or, for a freeform tool, `input`")
    return FixedCall(name or "", as_object(found.fields.get("arguments")), found.text("id"), found.text("input"))


def _search(found: Findings) -> FixedSearch:
    hits = found.items("results", ("title", "url"))
    return FixedSearch(
        found.text("query") or "", tuple((hit.text("title") or "", hit.text("url") or "") for hit in hits)
    )


def _finish(text: str | None) -> FinishReason | None:
    if text is None:
        return None
    return Finish(text) if text in set(Finish) else Other(text)
