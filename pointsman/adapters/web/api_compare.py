"""Models side by side: one question to several of them, and a vote that routing goes by."""

from __future__ import annotations

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web import views
from pointsman.adapters.web.allowed_models import find_allowed_models
from pointsman.adapters.web.api_chat import ChatInput, request_of
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, invalid
from pointsman.adapters.web.view_types import ResponseView
from pointsman.core.chat.event import Failed
from pointsman.core.effect import settle
from pointsman.core.error import LLMError
from pointsman.core.json import JsonObject
from pointsman.core.models.model import ModelRef
from pointsman.core.routing.policy import GENERAL
from pointsman.core.routing.votes import ballots, preferences
from pointsman.core.security.audit import FieldChange
from pointsman.services.app import App
from pointsman.services.comparison import ComparedAnswer, compare_models

FEWEST, MOST = 2, 4
"""Models of a comparison."""


@attrs.frozen(kw_only=True)
class CompareInput:
    """What is asked of each of the 2 to 4 `models`, all at the same time, without a conversation."""

    text: str
    models: list[str]
    system: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    task: str | None = None
    tags: list[str] = attrs.field(factory=list)


@attrs.frozen(kw_only=True)
class ComparedView:
    """What one model has answered; `error` is why it has not, `response` then what there was all the same."""

    model: str
    first_ms: float | None
    response: ResponseView
    error: JsonObject | None


@attrs.frozen(kw_only=True)
class ComparisonView:
    """One answer for each model, in the order in which they were named."""

    answers: list[ComparedView]


@attrs.frozen(kw_only=True)
class VoteInput:
    """Which of the `models` has answered best, as a task of this kind; `tie` says that all were as good."""

    models: list[str]
    winner: str | None = None
    tie: bool = False
    task: str = GENERAL


@attrs.frozen(kw_only=True)
class PreferenceView:
    """How often a model was preferred (both numbers fade with time), and where the share lies with 95 % confidence."""

    model: str
    won: float
    compared: float
    share: float | None
    low: float | None
    high: float | None


@attrs.frozen(kw_only=True)
class Votes:
    """What votes say of each model for a task, best first. Only intervals that do not touch change the routing."""

    task: str
    preferences: list[PreferenceView]


@attrs.frozen(kw_only=True)
class TaskQuery:
    """For which task."""

    task: str = GENERAL


def _problem(models: list[str]) -> str | None:
    if not FEWEST <= len(models) <= MOST:
        return f"models: there are {len(models)}; name {FEWEST} to {MOST}"
    return "models: one is named twice" if len(set(models)) < len(models) else None


async def compare(call: ApiCall[CompareInput, object]) -> Result[ComparisonView, LLMError]:
    """Ask several models the same, and give all answers when the last one is there."""
    asked = call.body
    problem = _problem(asked.models)
    if problem is not None:
        return Failure(invalid(problem))
    given = attrs.asdict(asked)
    del given["models"]
    made = request_of(call, ChatInput(**given))
    if isinstance(made, Failure):
        return Failure(made.failure())
    with call.site.running.lease() as app:
        allowed: list[str] = []
        for model in asked.models:
            opened = await find_allowed_models(app, call.caller.key, model)
            if isinstance(opened, Failure):
                return Failure(opened.failure())
            allowed += opened.unwrap()
        options = attrs.evolve(made.unwrap().options, allowed_models=tuple(dict.fromkeys(allowed)))
        answers = [ComparedAnswer(model) for model in asked.models]
        await compare_models(app.client, app.clock, answers, attrs.evolve(made.unwrap(), options=options))
    return Success(ComparisonView(answers=[_answer_view(one) for one in answers]))


def _answer_view(one: ComparedAnswer) -> ComparedView:
    return ComparedView(
        model=one.model,
        first_ms=one.first_ms,
        response=views.response(one.response),
        error=views.error(one.end.error) if isinstance(one.end, Failed) else None,
    )


async def vote(call: ApiCall[VoteInput, object]) -> Result[Votes, LLMError]:
    """Keep which answer was best: routing by task goes by it, once it is certain enough."""
    given = call.body
    problem = _problem(given.models) or _wrong_winner(given)
    if problem is not None:
        return Failure(invalid(problem))
    with call.site.running.lease() as app:
        if given.task not in {GENERAL, *app.manager.planner.routes.tables}:
            known = ", ".join(sorted({GENERAL, *app.manager.planner.routes.tables}))
            return Failure(invalid(f"task: there is no {given.task!r}; there are {known}"))
        refs = {name: await _ref(app, name) for name in given.models}
    unknown = [name for name, ref in refs.items() if ref is None]
    if unknown:
        return Failure(invalid(*(f"models: there is no {name!r}" for name in unknown)))
    named = {name: str(ref) for name, ref in refs.items()}
    winners = list(named.values()) if given.tie else [named[given.winner or ""]]
    changes = (FieldChange("models", None, ", ".join(named.values())), FieldChange("winner", None, ", ".join(winners)))
    noted = await settle(call.site.desk.note("vote.add", given.task, changes, call.caller.name))
    if isinstance(noted, Failure):
        return Failure(noted.failure())
    for row in ballots(list(named.values()), winners, given.task, call.site.clock.now()):
        added = await settle(call.site.running.stores.evidence.add(row))
        if isinstance(added, Failure):
            return Failure(added.failure())
    return await _votes(call, given.task)


def _wrong_winner(given: VoteInput) -> str | None:
    if given.tie:
        return "winner: leave it out of a tie" if given.winner else None
    return None if given.winner in given.models else "winner: it is none of the models"


async def _ref(app: App, name: str) -> ModelRef | None:
    found = app.manager.planner.resolve(await app.manager.names.resolve(name))
    return found if isinstance(found, ModelRef) else None


async def votes(call: ApiCall[object, TaskQuery]) -> Result[Votes, LLMError]:
    """Which models were preferred for a task."""
    return await _votes(call, call.query.task)


async def _votes(call: AnyCall, task: str) -> Result[Votes, LLMError]:
    read = await settle(call.site.running.stores.evidence.read())
    if isinstance(read, Failure):
        return Failure(read.failure())
    found = preferences(read.unwrap(), task, call.site.clock.now())
    shown = [
        PreferenceView(
            model=model,
            won=one.won,
            compared=one.compared,
            share=one.share.mean,
            low=one.share.low,
            high=one.share.high,
        )
        for model, one in found.items()
    ]
    return Success(Votes(task=task, preferences=sorted(shown, key=lambda one: one.share or 0.0, reverse=True)))


_PATH = "/api/v1/compare"

ENDPOINTS = (
    ApiEndpoint(method="POST", path=_PATH, summary="Ask several models the same", run=compare, scope="chat"),
    ApiEndpoint(method="POST", path=f"{_PATH}/votes", summary="Say which answer was best", run=vote),
    ApiEndpoint(method="GET", path=f"{_PATH}/votes", summary="Which models were preferred", run=votes, scope="observe"),
)
