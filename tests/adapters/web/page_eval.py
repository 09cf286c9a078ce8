"""The stub server's routes for runs of evaluations: one has ended, with answers that could harm, one goes."""

from __future__ import annotations

from typing import Any

import attrs
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pointsman.adapters.web import views
from pointsman.core.evaluation.report_page.page import POLICY, Theme, report_page
from pointsman.core.evaluation.run_cases import read_run_cases
from pointsman.core.evaluation.run_report import report_of
from pointsman.core.json import as_object, dumps_text, loads
from tests.adapters.web.page_answers import Json
from tests.adapters.web.page_data import money
from tests.adapters.web.page_state import Row, Stub
from tests.core.evaluation.whole_runs import MODELS, a_run

ENDED, GOING = "20260302-101500-a1b2", "20260303-090000-c3d4"


def evaluations(stub: Stub) -> list[Row]:
    """The routes below `/api/v1/eval`."""
    run = a_run(24, id=ENDED)

    async def listed(request: Request, body: Json) -> Any:
        return {"runs": [a_view(GOING, stub.judged, running=True), a_view(ENDED, 24)]}

    async def cases(request: Request, body: Json) -> Any:
        asked = request.query_params
        some = [
            case
            for case in read_run_cases(run)
            if asked.get("kind", case.kind) == case.kind and asked.get("healing", case.healing) == case.healing
        ]
        after = int(asked.get("after", 0))
        return {"cases": [case_json(case) for case in some[after : after + 20]], "count": len(some)}

    async def report(request: Request, body: Json) -> Any:
        themes: dict[str, Theme] = {"dark": "dark", "light": "light"}
        page = report_page(run, report_of(run), themes.get(request.query_params.get("theme", ""), ""))
        headers = {"content-security-policy": f"{POLICY}; sandbox allow-same-origin; frame-ancestors 'self'"}
        return HTMLResponse(page, headers=headers)

    return [
        ("/api/v1/eval/runs", ["GET"], listed, False),
        ("/api/v1/eval/runs/{id}/cases", ["GET"], cases, False),
        ("/api/v1/eval/runs/{id}/report.html", ["GET"], report, False),
    ]


def a_view(id: str, judged: int, *, running: bool = False) -> Json:
    """A run of 24 faults that is so far."""
    models = [
        {"model": name, "judged": judged, "total": 24, "healed": judged // (place + 1), "cost": money(0.1)}
        for place, name in enumerate(MODELS)
    ]
    return {
        "id": id, "running": running, "type": "fault", "began": 1772445600.0, "seed": 7, "cases": 24,
        "kinds": ["name", "off-by-one"], "models": models, "judged": 3 * judged, "total": 72,
        "healed": sum(each["healed"] for each in models), "cost": money(0.3), "budget": "0.50", "prompts": ["plain@1"],
        "formats": ["file"], "sandbox": "caged", "problem": "",
    }  # fmt: skip


def case_json(case: Any) -> Json:
    """A case as the API gives it."""
    answers = [attrs.asdict(one) | {"cost": attrs.asdict(views.money(one.cost))} for one in case.answers]
    whole = attrs.asdict(case) | {"healing": case.healing, "answers": answers}
    return as_object(loads(dumps_text(whole)).unwrap())  # as the API does, which has no halves of characters
