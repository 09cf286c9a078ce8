"""Runs of evaluations: the list, how far they are, what they have found, their cases, and the report as a page."""

from __future__ import annotations

from typing import Literal

import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success
from starlette.responses import Response

from pointsman.adapters.web import views
from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint
from pointsman.adapters.web.run_watch import progress_of, questions_a_model
from pointsman.adapters.web.view_types import Money
from pointsman.core.effect import settle
from pointsman.core.error import InvalidRequest, LLMError, StorageError, invalid_request
from pointsman.core.evaluation.manifest import RunManifest, reproduction_line
from pointsman.core.evaluation.report_page.page import POLICY, report_page
from pointsman.core.evaluation.run_cases import ReadCase, read_run_cases
from pointsman.core.evaluation.run_report import WholeRun, report_json, report_of
from pointsman.core.json import JsonObject
from pointsman.services.evaluation.run_reading import read_whole_run
from pointsman.services.ports.run_store import ModelTally, RunEntry

_MOST_RUNS, _MOST_CASES = 200, 100


@attrs.frozen(kw_only=True)
class ModelProgressView:
    """How far one model is: judged answers, of how many, and how many of them healed."""

    model: str
    judged: int
    total: int
    healed: int
    cost: Money


@attrs.frozen(kw_only=True)
class RunView:
    """A run: what is asked, and how far it is. `problem` says why one cannot be read; then all else is empty."""

    id: str
    running: bool
    type: str = ""
    began: float = 0.0
    seed: int = 0
    cases: int = 0
    kinds: list[str] = attrs.field(factory=list)
    models: list[ModelProgressView] = attrs.field(factory=list)
    judged: int = 0
    total: int = 0
    healed: int = 0
    cost: Money = attrs.field(factory=lambda: Money("0", True))
    budget: str | None = None
    prompts: list[str] = attrs.field(factory=list)
    formats: list[str] = attrs.field(factory=list)
    sandbox: str = ""
    problem: str = ""


@attrs.frozen(kw_only=True)
class RunList:
    """The runs, the latest first."""

    runs: list[RunView]


@attrs.frozen(kw_only=True)
class RunsQuery:
    """At most how many."""

    limit: int = 50


@attrs.frozen(kw_only=True)
class FoundView:
    """A run, what it has found (as `pointsman eval report --json` prints it), and the line that asks the same again."""

    run: RunView
    report: JsonObject
    again: str


@attrs.frozen(kw_only=True)
class AnswerView:
    """An answer to a case, its verdict, and what it would change. `shown_good`: the program that it saw works."""

    contestant: str
    repeat: int
    repair: str
    text: str
    difference: str
    failed: list[str]
    suspicions: list[str]
    edited_lines: int
    identical: bool
    detail: str
    cost: Money
    latency_ms: float
    shown_good: bool


@attrs.frozen(kw_only=True)
class CaseView:
    """A case: its texts by name, the difference that heals it, and the answers to it."""

    id: str
    program: str
    kind: str
    level: int
    summary: str
    healing: str
    shown: dict[str, str]
    solution: str
    answers: list[AnswerView]


@attrs.frozen(kw_only=True)
class CasesQuery:
    """Which cases: of a kind, healed by all, some or none of the models; at most how many, after how many."""

    kind: str = ""
    healing: Literal["", "all", "some", "none"] = ""
    limit: int = 20
    after: int = 0


@attrs.frozen(kw_only=True)
class CasePage:
    """Some cases, and how many there are of those that were asked for."""

    cases: list[CaseView]
    count: int


@attrs.frozen(kw_only=True)
class PageQuery:
    """In which colours: those of the reader's system where nothing is said."""

    theme: Literal["", "light", "dark"] = ""


async def runs(call: ApiCall[object, RunsQuery]) -> Result[RunList, LLMError]:
    """The runs that are kept."""
    listed = await settle(call.site.runs.entries())
    if isinstance(listed, Failure):
        return Failure(listed.failure())
    some = listed.unwrap()[: min(_MOST_RUNS, max(1, call.query.limit))]
    return Success(RunList(runs=[await _view(call, entry) for entry in some]))


async def _view(call: AnyCall, entry: RunEntry) -> RunView:
    async with call.site.runs.open(entry.id) as opened:
        if isinstance(opened, Failure):
            return RunView(id=entry.id, running=entry.is_running, problem=str(opened.failure()))
        store = opened.unwrap()
        manifest, tallies = await settle(store.manifest()), await settle(store.tallies())
    for read in (manifest, tallies):
        if isinstance(read, Failure):
            return RunView(id=entry.id, running=entry.is_running, problem=str(read.failure()))
    held = manifest.unwrap()
    if held is None:
        return RunView(id=entry.id, running=entry.is_running, problem="the run has not begun yet")
    return _run_view(entry, held, tallies.unwrap())


def _run_view(entry: RunEntry, manifest: RunManifest, tallies: tuple[ModelTally, ...]) -> RunView:
    sums, by_model = progress_of(entry, manifest, tallies), {one.model: one for one in tallies}
    models = [
        ModelProgressView(
            model=name,
            judged=one.judged,
            total=questions_a_model(manifest),
            healed=one.healed,
            cost=views.money(one.cost),
        )
        for name in manifest.models
        for one in (by_model.get(name, ModelTally(model=name)),)
    ]
    return RunView(
        id=entry.id,
        running=entry.is_running,
        type=manifest.type,
        began=manifest.began,
        seed=manifest.seed,
        cases=manifest.items,
        kinds=list(manifest.kinds),
        models=models,
        judged=sums.judged,
        total=sums.total,
        healed=sums.healed,
        cost=views.money(sums.cost),
        budget=None if manifest.budget is None else f"{manifest.budget:f}",
        prompts=list(manifest.prompts),
        formats=list(manifest.formats),
        sandbox=manifest.sandbox,
    )


async def _entry(call: AnyCall) -> Result[RunEntry, StorageError | InvalidRequest]:
    """The run that the path names."""
    listed = await settle(call.site.runs.entries())
    if isinstance(listed, Failure):
        return Failure(listed.failure())
    found = next((entry for entry in listed.unwrap() if entry.id == call.path["id"]), None)
    if found is not None:
        return Success(found)
    detail = "there is no such run; the list of runs has their ids"
    return Failure(invalid_request(detail, status=404))


async def _whole(call: AnyCall) -> Result[tuple[RunEntry, WholeRun], LLMError]:
    entry = await _entry(call)
    if isinstance(entry, Failure):
        return Failure(entry.failure())
    async with call.site.runs.open(entry.unwrap().id) as opened:
        if isinstance(opened, Failure):
            return Failure(opened.failure())
        read = await read_whole_run(opened.unwrap())
    return read.map(lambda run: (entry.unwrap(), run))


async def run(call: AnyCall) -> Result[FoundView, LLMError]:
    """What a run has found."""
    read = await _whole(call)
    if isinstance(read, Failure):
        return Failure(read.failure())
    entry, whole = read.unwrap()
    found = await anyio.to_thread.run_sync(lambda: report_json(report_of(whole)))
    again = reproduction_line(whole.manifest)
    return Success(FoundView(run=await _view(call, entry), report=found, again=again))


async def cases(call: ApiCall[object, CasesQuery]) -> Result[CasePage, LLMError]:
    """The cases of a run with all answers, those that were asked for."""
    read = await _whole(call)
    if isinstance(read, Failure):
        return Failure(read.failure())
    whole, asked = read.unwrap()[1], call.query
    after, limit = max(0, asked.after), min(_MOST_CASES, max(1, asked.limit))
    return Success(await anyio.to_thread.run_sync(lambda: _case_page(whole, asked, after, limit)))


def _case_page(whole: WholeRun, asked: CasesQuery, after: int, limit: int) -> CasePage:
    """Cases are read only as far as they are shown, but for how they came out, which the rows say."""
    some = [item for item in whole.items if asked.kind in ("", item.kind)]
    if asked.healing:
        outcomes = _outcomes(whole)
        some = [item for item in some if outcomes.get(item.id, "none") == asked.healing]
    shown = read_run_cases(whole, some[after : after + limit])
    return CasePage(cases=[_case_view(case) for case in shown], count=len(some))


def _outcomes(whole: WholeRun) -> dict[str, str]:
    healed: dict[str, list[bool]] = {}
    for row in whole.rows:
        if not row.answer.question.control:
            healed.setdefault(row.answer.question.case, []).append(row.verdict.repair == "healed")
    return {case: "all" if all(each) else "some" if any(each) else "none" for case, each in healed.items()}


def _case_view(case: ReadCase) -> CaseView:
    answers = [
        AnswerView(
            contestant=one.contestant,
            repeat=one.repeat,
            repair=one.repair,
            text=one.text,
            difference=one.difference,
            failed=list(one.failed),
            suspicions=list(one.suspicions),
            edited_lines=one.edited_lines,
            identical=one.identical,
            detail=one.detail,
            cost=views.money(one.cost),
            latency_ms=one.latency_ms,
            shown_good=one.shown_good,
        )
        for one in case.answers
    ]
    return CaseView(
        id=case.id,
        program=case.program,
        kind=case.kind,
        level=case.level,
        summary=case.summary,
        healing=case.healing,
        shown=dict(case.shown),
        solution=case.solution,
        answers=answers,
    )


_PAGE_HEADERS = {
    "content-security-policy": f"{POLICY}; sandbox allow-same-origin; frame-ancestors 'self'",
    "x-frame-options": "SAMEORIGIN",
    "cache-control": "no-store",
}
"""The report runs nothing, whatever a model has answered, and only our own page may show it in a frame."""


async def page(call: ApiCall[object, PageQuery]) -> Result[JsonObject, LLMError] | Response:
    """The report of a run as a page that needs no script."""
    read = await _whole(call)
    if isinstance(read, Failure):
        return Failure(read.failure())
    whole, theme = read.unwrap()[1], call.query.theme
    text = await anyio.to_thread.run_sync(lambda: report_page(whole, report_of(whole), theme))
    return Response(text.encode("utf-8", "replace"), 200, _PAGE_HEADERS, "text/html; charset=utf-8")


_PATH = "/api/v1/eval/runs"
_ONE = f"{_PATH}/{{id}}"

ENDPOINTS = (
    ApiEndpoint(method="GET", path=_PATH, summary="The runs of evaluations", run=runs),
    ApiEndpoint(method="GET", path=_ONE, summary="What a run has found", run=run),
    ApiEndpoint(method="GET", path=f"{_ONE}/cases", summary="The cases of a run, with all answers", run=cases),
    ApiEndpoint(
        method="GET", path=f"{_ONE}/report.html", summary="The report of a run as a page", run=page, media="text/html"
    ),
)
