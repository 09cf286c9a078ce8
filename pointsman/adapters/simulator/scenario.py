"""What is to happen to which request: rules tried in order, the first that applies wins. Knows no file, no socket."""

from __future__ import annotations

import random
from fnmatch import fnmatchcase
from typing import Protocol, TypeAlias

import attrs

from pointsman.adapters.simulator.faults import SimulatedFault
from pointsman.core.chat.response import FinishReason
from pointsman.core.json import JsonObject


@attrs.frozen
class FixedCall:
    """A tool call of a fixed answer; the id is made where it is None.

    With `input` it is the call of a freeform tool (`custom` at OpenAI), whose one argument is that text.
    """

    name: str
    arguments: JsonObject = attrs.field(factory=dict)
    id: str | None = None
    input: str | None = None


@attrs.frozen
class FixedSearch:
    """A search of the web that the vendor runs on its side, and what it finds: titles and addresses."""

    query: str
    results: tuple[tuple[str, str], ...] = ()


@attrs.frozen(kw_only=True)
class FixedAnswer:
    """What to answer instead of the usual. What is None is as usual: with neither text nor calls, so is the answer.

    `latency` is the seconds before the first byte, `pace` the chunks a second of a stream (0: without delay).
    """

    text: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: tuple[FixedCall, ...] = ()
    searches: tuple[FixedSearch, ...] = ()
    finish_reason: FinishReason | None = None
    latency: float = 0.0
    pace: float | None = None


class AnswerMaker(Protocol):
    """Makes the answer to a request of what is in it."""

    def answer(self, request: RequestFacts, seed: int) -> FixedAnswer | None:
        """What to say; None where it has nothing to say, so that the next rule is tried."""
        ...


Action: TypeAlias = SimulatedFault | FixedAnswer
RuleAction: TypeAlias = Action | AnswerMaker


@attrs.frozen(kw_only=True)
class Match:
    """Which requests a rule is for; what is None does not matter.

    `model` and `path` may hold `*` and `?`. `contains` is looked for in the last message, whatever the case. `nth`
    (from 1) counts the requests for which all the rest holds. `probability` is 0 to 1, drawn by the seed. `tool` is the
    name of a tool that is offered, and `answered` says whether the request ends with what tools answered: with both, a
    rule is for one turn of a coding agent, and not for what it asks beside.
    """

    dialect: str | None = None
    model: str | None = None
    path: str | None = None
    contains: str | None = None
    nth: int | None = None
    probability: float = 1.0
    tool: str | None = None
    answered: bool | None = None


@attrs.frozen
class Rule:
    """Do `action` to the requests of `match`, at most `times` times (None: always)."""

    action: RuleAction
    match: Match = attrs.field(factory=Match)
    times: int | None = None


@attrs.frozen
class Scenario:
    """A list of rules; without any, every answer is as usual."""

    rules: tuple[Rule, ...] = ()
    name: str = ""


@attrs.frozen(kw_only=True)
class RequestFacts:
    """What a rule can see of a request; `text` is that of its last message, `tools` are the names of those offered."""

    dialect: str
    model: str
    path: str
    text: str = ""
    tools: tuple[str, ...] = ()
    answered: bool = False
    seed: int | None = None
    """The request's own."""


@attrs.define
class Progress:
    """How far a scenario has come: how often each rule was met and used. The only state of a simulator but counters."""

    scenario: Scenario
    seed: int = 0
    met: dict[int, int] = attrs.field(factory=dict)
    used: dict[int, int] = attrs.field(factory=dict)
    flaky: dict[str, int] = attrs.field(factory=dict)
    random: random.Random = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def next_action(self, question: RequestFacts) -> Action | None:
        """What to do with `question`, and the note that it was done; None where no rule applies."""
        for number, rule in enumerate(self.scenario.rules):
            if self._applies(number, rule, question):
                action = self._action(rule.action, question)
                if action is not None:
                    self.used[number] = self.used.get(number, 0) + 1
                    return action
        return None

    def _action(self, action: RuleAction, question: RequestFacts) -> Action | None:
        if isinstance(action, (SimulatedFault, FixedAnswer)):
            return action
        return action.answer(question, self.seed)

    def _applies(self, number: int, rule: Rule, question: RequestFacts) -> bool:
        if not fits(rule.match, question):
            return False
        self.met[number] = self.met.get(number, 0) + 1
        if rule.match.nth is not None and self.met[number] != rule.match.nth:
            return False
        if rule.times is not None and self.used.get(number, 0) >= rule.times:
            return False
        return rule.match.probability >= 1 or self.random.random() < rule.match.probability

    def fails_once_more(self, model: str, times: int) -> bool:
        """Whether a flaky model is still to fail: the first `times` calls say yes."""
        self.flaky[model] = self.flaky.get(model, 0) + 1
        return self.flaky[model] <= times


def fits(match: Match, question: RequestFacts) -> bool:
    """Whether everything that `match` says of the request itself holds; not its counting and its random."""
    return (
        match.dialect in (None, question.dialect)
        and (match.model is None or fnmatchcase(question.model, match.model))
        and (match.path is None or fnmatchcase(question.path, match.path))
        and (match.contains is None or match.contains.lower() in question.text.lower())
        and (match.tool is None or any(fnmatchcase(tool, match.tool) for tool in question.tools))
        and match.answered in (None, question.answered)
    )
