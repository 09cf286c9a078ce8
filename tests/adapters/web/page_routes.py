"""The stub server's routes: path, methods, what they answer, and whether one need not be signed in."""

from __future__ import annotations

import time
from typing import Any

import attrs
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from pointsman.adapters.web.record_forms import form_fields
from pointsman.adapters.web.route_view import reason_views
from pointsman.core.conversations.conversation import branch_end
from tests.adapters.web import page_data as data
from tests.adapters.web.page_answers import Json, text_of
from tests.adapters.web.page_eval import evaluations
from tests.adapters.web.page_reports import keys, reports
from tests.adapters.web.page_state import HEADERS, LINK, PASSWORD, Refused, Row, Stub


def routes(stub: Stub) -> list[Row]:
    """All of them."""
    return [
        *sessions(stub),
        *providers(stub),
        *conversations(stub),
        *reports(stub),
        *keys(stub),
        *evaluations(stub),
        *local_models(stub),
    ]


def signed(stub: Stub, authenticated: bool) -> Response:
    response = JSONResponse({"success": True, "data": stub.session(authenticated)}, headers=HEADERS)
    if authenticated:
        response.set_cookie("pointsman", "yes", httponly=True, samesite="strict")
    else:
        response.delete_cookie("pointsman")
    return response


def sessions(stub: Stub) -> list[Row]:
    async def session(request: Request, body: Json) -> Any:
        if request.method == "DELETE":
            return signed(stub, False)
        if request.method == "GET":
            return stub.session(request.cookies.get("pointsman") == "yes")
        if body.get("link", LINK) != LINK or body.get("password", PASSWORD) != PASSWORD:
            wrong = (
                "This link was used or is too old; print a new one." if "link" in body else "This is not the password."
            )
            raise Refused("AuthenticationFailed", wrong, 401)
        return signed(stub, True)

    async def password(request: Request, body: Json) -> Any:
        if len(body["password"]) < 8:
            raise Refused(
                "InvalidRequest", "Choose a longer password.", 422, problems=["password: at least 8 characters"]
            )
        stub.password_set = True
        return None

    return [
        ("/api/v1/session", ["GET", "POST", "DELETE"], session, True),
        ("/api/v1/session/password", ["PUT"], password, False),
    ]


def providers(stub: Stub) -> list[Row]:
    async def listed(request: Request, body: Json) -> Any:
        if request.method == "POST":
            return stub.save_provider(body.get("name", ""), body)
        active = next((each["name"] for each in stub.providers.values() if each["active"]), None)
        return {"active": active, "providers": list(stub.providers.values())}

    async def one(request: Request, body: Json) -> Any:
        name = request.path_params["name"]
        if request.method == "DELETE":
            return stub.providers.pop(name)
        return stub.providers[name] if request.method == "GET" else stub.save_provider(name, body)

    async def activate(request: Request, body: Json) -> Any:
        for each in stub.providers.values():
            each["active"] = each["name"] == request.path_params["name"]
        return stub.providers[request.path_params["name"]]

    async def test(request: Request, body: Json) -> Any:
        if request.path_params["name"] == "lmstudio":
            return {
                "ok": False,
                "latency_ms": 2.1,
                "models": None,
                "detail": "Nothing listens there; start LM Studio's server.",
            }
        return {"ok": True, "latency_ms": 214.6, "models": 12, "detail": "The key works and 12 models can be used."}

    async def models(request: Request, body: Json) -> Any:
        name = request.path_params.get("name")
        return {"models": [each for each in data.models() if name in (None, each["provider"])]}

    async def presets(request: Request, body: Json) -> Any:
        return {"providers": data.PRESETS, "fields": form_fields()}

    base = "/api/v1/llm-providers"
    return [
        (base, ["GET", "POST"], listed, False),
        (base + "/{name}", ["GET", "PUT", "PATCH", "DELETE"], one, False),
        (base + "/{name}/activate", ["POST"], activate, False),
        (base + "/{name}/test", ["POST"], test, False),
        (base + "/{name}/models", ["GET", "POST"], models, False),
        ("/api/v1/models", ["GET"], models, False),
        ("/api/v1/presets", ["GET"], presets, False),
    ]


def streamed(stub: Stub, body: Json) -> Response:
    """The answer to a chat."""
    if "refuse" in body["text"]:
        raise Refused(
            "RateLimitExceeded",
            "The provider asks for a pause; try again in 12 seconds.",
            429,
            retryable=True,
            retry_after=12,
        )
    if "book" in body["text"] and not body.get("by_parts"):
        reading = {"parts": 7, "requests": 8, "expected": "0.0327", "most": "0.0397"}
        raise Refused("ContextTooLarge", "book.txt has about 150,135 tokens.", 413, reading=reading)
    stub.conversation(body["conversation"])
    if not body.get("stream"):
        raise Refused("InvalidRequest", text_of("short"))
    return StreamingResponse(stub.stream(body), media_type="text/event-stream", headers=HEADERS)


def conversations(stub: Stub) -> list[Row]:
    async def listed(request: Request, body: Json) -> Any:
        if request.method == "POST":
            id = f"n{next(stub.ids)}"
            base = {"title": "Untitled", "system": "", "tags": [], "version": 1} | data.new_conversation()
            stub.conversations[id] = base | body | {"id": id, "created": time.time(), "updated": time.time()}
            stub.entries[id] = []
            return stub.conversations[id]
        asked = request.query_params
        found = [
            each for each in stub.conversations.values() if asked.get("search", "").lower() in each["title"].lower()
        ]
        for name in ("pinned", "archived"):
            if name in asked:
                found = [each for each in found if each[name] == (asked[name] == "true")]
        if "folder" in asked:
            found = [each for each in found if each["folder"] == asked["folder"]]
        start, limit = int(asked.get("cursor", 0)), int(asked["limit"])
        ordered = sorted(found, key=lambda each: -float(each["updated"]))
        more = str(start + limit) if start + limit < len(ordered) else None
        complete = not asked.get("search") or not stub.searches_in_parts
        ordered, more = (ordered, more) if complete else ([], "0")
        return {"conversations": ordered[start : start + limit], "cursor": more, "complete": complete}

    async def folders(request: Request, body: Json) -> Any:
        shown = (each for each in stub.conversations.values() if not each.get("archived"))
        return {"folders": sorted({each["folder"] for each in shown if each.get("folder")})}

    async def one(request: Request, body: Json) -> Any:
        id = request.path_params["id"]
        conversation = stub.conversation(id)
        if request.method == "DELETE":
            return stub.conversations.pop(id)
        if request.method == "PATCH":
            leaf = {"leaf": branch_end(stub.tree(id), body["leaf"])} if "leaf" in body else {}
            conversation.update(body | leaf)
            return conversation
        spent = sum(float(each["cost"]["amount"]) for each in stub.entries[id])
        return {"conversation": conversation, "entries": stub.entries[id], "branch": stub.branch(id)} | {
            "cost": data.money(spent)
        }

    async def title(request: Request, body: Json) -> Any:
        stub.conversation(request.path_params["id"])["title"] = "A title by a model"
        return stub.conversation(request.path_params["id"])

    async def fork(request: Request, body: Json) -> Any:
        id, new = request.path_params["id"], f"n{next(stub.ids)}"
        old, entries = stub.conversation(id), stub.entries[id]
        places = [index for index, each in enumerate(entries) if each["id"] == body["at"]]
        kept = [] if body["at"] == "" else entries[: places[0] + 1] if places else list(entries)
        stub.conversations[new] = old | {"id": new, "forked_from": [id, body["at"] or ""], "updated": time.time()}
        stub.entries[new] = list(kept)
        return stub.conversations[new]

    async def export(request: Request, body: Json) -> Any:
        return Response("# export\n", media_type="text/markdown", headers=HEADERS)

    async def chat(request: Request, body: Json) -> Any:
        return streamed(stub, body)

    async def explain(request: Request, body: Json) -> Any:
        return {
            "task": body.get("task") or "coding",
            "strategy": "balanced",
            "ranked": _reasons(
                (
                    "anthropic/claude-haiku-4-5",
                    "about $0.000800, about 0.60 s for 200 tokens (score 0.31, less is better)",
                ),
                ("openai/gpt-5.2", "about $0.002400, about 1.10 s for 200 tokens (score 0.90, less is better)"),
                ("home/llama3.2", "costs nothing, speed not known (score 1.00, less is better)"),
            ),
            "passed_over": _reasons(
                ("gemini/gemini-3-flash", "it failed lately and is left alone for 12 s more"),
                ("lmstudio/qwen3-8b", "it cannot do tools"),
            ),
        }

    async def tools(request: Request, body: Json) -> Any:
        rows = [
            ("calculator", "Works out an arithmetic expression."),
            ("current_time", "Tells the time in a time zone."),
        ]
        return {
            "tools": [{"name": name, "description": text, "parameters": {}, "approval": "never"} for name, text in rows]
        }

    async def prompts(request: Request, body: Json) -> Any:
        terse = {
            "name": "terse",
            "version": 3,
            "description": "Short answers",
            "variables": [],
            "text": "Answer in one sentence.",
        }
        return {"prompts": [terse]}

    async def memory(request: Request, body: Json) -> Any:
        if request.method == "POST":
            fact = {
                "id": f"m{next(stub.ids)}",
                "text": body["text"],
                "time": time.time(),
                "importance": 0.5,
                "scope": "global",
            }
            stub.memories.insert(0, fact)
        if request.method == "DELETE":
            stub.memories = [each for each in stub.memories if each["id"] != request.path_params["id"]]
        return {"memories": stub.memories}

    base = "/api/v1/conversations"
    return [
        (base, ["GET", "POST"], listed, False),
        (base + "/import", ["POST"], listed, False),
        (base + "/folders", ["GET"], folders, False),
        (base + "/{id}", ["GET", "PATCH", "DELETE"], one, False),
        (base + "/{id}/fork", ["POST"], fork, False),
        (base + "/{id}/title", ["POST"], title, False),
        (base + "/{id}/export", ["GET"], export, False),
        ("/api/v1/chat", ["POST"], chat, False),
        ("/api/v1/route/explain", ["POST"], explain, False),
        ("/api/v1/tools", ["GET"], tools, False),
        ("/api/v1/prompts", ["GET"], prompts, False),
        ("/api/v1/memory", ["GET", "POST"], memory, False),
        ("/api/v1/memory/{id}", ["DELETE"], memory, False),
    ]


def _reasons(*found: tuple[str, str]) -> list[Any]:
    """Models and reasons, as the server tells them."""
    views = reason_views(found)
    assert all(view.said for view in views)
    return [attrs.asdict(view) for view in views]


def local_models(stub: Stub) -> list[Row]:
    """The very small model can be got; each look at it finds half as much again."""
    small = {
        "source": "smollm2", "tier": "tiny", "title": "SmolLM2-135M-Instruct", "parameters": "135M",
        "size_bytes": 98_000_000, "memory_bytes": 330_000_000, "licence": "apache-2.0", "use": "",
    }  # fmt: skip
    downloads: list[dict[str, Any]] = []

    async def models(request: Request, body: Json) -> Any:
        if request.method == "POST":
            downloads.append({"name": body["source"], "size_bytes": 98_000_000, "done_bytes": 0, "error": ""})
        for one in downloads:
            one["is_over"] = one["done_bytes"] == 98_000_000
            one["done_bytes"] = min(98_000_000, one["done_bytes"] + 49_000_000)
        if request.method == "POST":
            return downloads[-1]
        return {"engine": True, "models": [], "recommended": [small], "downloads": downloads}

    return [("/api/v1/local-models", ["GET", "POST"], models, False)]
