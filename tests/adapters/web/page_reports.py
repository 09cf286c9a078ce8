"""The stub server's routes for usage, budgets, the cache, experiments, the audit log and keys."""

from __future__ import annotations

import time
from typing import Any

from starlette.requests import Request

from tests.adapters.web import page_data as data
from tests.adapters.web import page_usage as figures
from tests.adapters.web.page_answers import Json
from tests.adapters.web.page_state import Row, Stub

GROUPS = {
    "provider": ["openai", "anthropic", "gemini", "home", "lmstudio"],
    "task": ["general", "coding", "extraction", "analysis"],
    "tenant": ["team", "guest"],
    "outcome": ["ok", "RateLimitExceeded", "TimeoutError"],
    "tag": ["lab", "ci"],
    "all": ["all"],
}


def reports(stub: Stub) -> list[Row]:
    async def usage(request: Request, body: Json) -> Any:
        by = request.query_params["by"]
        if by == "model":
            return {"rows": [figures.row(name, int(2400 * share), 3) for name, (_, _, share) in data.MODELS.items()]}
        if by in ("day", "hour"):
            return {
                "rows": [
                    figures.row(time.strftime("%Y-%m-%d", time.gmtime(data.NOW - day * 86400)), 300 + day * 9, day)
                    for day in range(7)
                ]
            }
        names = GROUPS[by]
        return {"rows": [figures.row(name, 2400 // (index + len(names)), index) for index, name in enumerate(names)]}

    async def series(request: Request, body: Json) -> Any:
        query = request.query_params
        return {"rows": figures.series(time.time() - float(query["last"]), time.time(), int(query.get("steps", 48)))}

    async def records(request: Request, body: Json) -> Any:
        return {"records": figures.records(int(request.query_params.get("limit", 100)))}

    async def budgets(request: Request, body: Json) -> Any:
        return {"budgets": stub.budgets}

    async def cache(request: Request, body: Json) -> Any:
        if request.method == "DELETE":
            stub.cache |= {"entries": 0, "bytes": 0}
        return stub.cache

    async def experiments(request: Request, body: Json) -> Any:
        return {"experiments": stub.experiments}

    async def audit(request: Request, body: Json) -> Any:
        before = int(request.query_params.get("before", 10**9))
        rows = [each for each in stub.audit if each["id"] < before]
        return {"entries": rows[: int(request.query_params.get("limit", 100))]}

    return [
        ("/api/v1/usage", ["GET"], usage, False),
        ("/api/v1/usage/series", ["GET"], series, False),
        ("/api/v1/usage/records", ["GET"], records, False),
        ("/api/v1/budgets", ["GET"], budgets, False),
        ("/api/v1/cache", ["GET", "DELETE"], cache, False),
        ("/api/v1/experiments", ["GET"], experiments, False),
        ("/api/v1/audit", ["GET"], audit, False),
    ]


def keys(stub: Stub) -> list[Row]:
    async def listed(request: Request, body: Json) -> Any:
        if request.method == "GET":
            return {"keys": list(stub.keys.values())}
        id = f"k{next(stub.ids)}"
        budget = data.money(float(body["budget"])) if body.get("budget") else None
        made = body | {"id": id, "prefix": "pm-c0ff…", "budget": budget, "spent": data.money(0), "created": time.time()}
        stub.keys[id] = made | {"last_used": None, "enabled": True}
        return stub.keys[id] | {"key": "pm-c0ffee0123456789abcdef"}

    async def one(request: Request, body: Json) -> Any:
        if request.method == "DELETE":
            return stub.keys.pop(request.path_params["id"])
        stub.keys[request.path_params["id"]].update(body)
        return stub.keys[request.path_params["id"]]

    async def connect(request: Request, body: Json) -> Any:
        return {"needs_key": bool(stub.keys), "bases": [], "snippets": []}

    return [
        ("/api/v1/connect", ["GET"], connect, False),
        ("/api/v1/keys", ["GET", "POST"], listed, False),
        ("/api/v1/keys/{id}", ["PATCH", "DELETE"], one, False),
    ]
