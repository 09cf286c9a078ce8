"""Ask twenty questions, five at a time, each of two models at once, with retries and a deadline; sort what failed."""

from collections import Counter
from collections.abc import Iterable
from typing import Never, TypeAlias

import attrs
from returns.methods import partition
from returns.result import Result

import pointsman as p
from pointsman.pipelines import (
    Overdue,
    all_of,
    exponential,
    pipe,
    program,
    race,
    recurs,
    retry,
    while_retryable,
    within,
)

MODELS = ("openai/gpt-4o-mini", "anthropic/claude-haiku-4-5")
POLICY = exponential(0.05).jittered() & recurs(2) & while_retryable()
Lost: TypeAlias = tuple[p.ChatError, ...]  # a race is lost with the error of each model


@attrs.frozen
class Report:
    answers: list[str]
    failures: Counter[str]


@program
async def answer(app: p.App, model: str, question: str) -> Result[str, p.ChatError]:
    return (await p.settle(app.client.chat(p.ask(model, question)))).map(lambda response: response.text)


def ask_both(question: str, seconds: float) -> p.Program[str, Lost | Overdue]:
    return pipe(race(*(retry(POLICY)(answer(model, question)) for model in MODELS)), within(seconds))


def ask_all(questions: Iterable[str], seconds: float) -> p.Program[Report, Never]:
    each = all_of([ask_both(question, seconds) for question in questions], limit=5, mode="each")
    return each.map(sort_by_tag)


def sort_by_tag(results: tuple[Result[str, Lost | Overdue], ...]) -> Report:
    answers, failures = partition(results)
    errors = [error for failure in failures for error in (failure if isinstance(failure, tuple) else (failure,))]
    return Report(answers, Counter(error.tag for error in errors))
