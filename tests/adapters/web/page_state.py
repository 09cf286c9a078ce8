"""The stub server's state and what it does with a chat; page_routes.py and page_server.py put it on HTTP."""

from __future__ import annotations

import copy
import itertools
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import anyio
from starlette.requests import Request

from pointsman.core.chat.message import Message
from pointsman.core.conversations.conversation import Conversation, Dialogue, Entry
from tests.adapters.web import page_data as data
from tests.adapters.web import page_usage as figures
from tests.adapters.web.page_answers import Json, cost, events, sse, usage

NOTHING_SAID = Message("user", ())
LINK = "one-time-token"
PASSWORD = "correct horse"
CSRF = "csrf-token"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; frame-src 'self'; "
    "font-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Answer: TypeAlias = Callable[[Request, Json], Awaitable[Any]]
Row: TypeAlias = tuple[str, list[str], Answer, bool]  # path, methods, the answer, whether it is open to all


class Refused(Exception):
    """An error envelope."""

    def __init__(self, tag: str, message: str, status: int = 400, **more: Any) -> None:
        self.status = status
        fields: Json = {
            "retryable": False,
            "retry_after": None,
            "problems": [],
            "provider": None,
            "model": None,
            "request_id": "req-1",
        }
        self.error: Json = {"tag": tag, "message": message} | fields | more


class Stub:
    """The state, and what was asked of it."""

    def __init__(self, pace: float = 0.004) -> None:
        self.pace = pace
        self.ids = itertools.count(100)
        self.searches_in_parts = False
        """Whether a search comes to its bounds, with nothing found yet."""
        self.asked: list[tuple[str, str, Json]] = []
        self.providers = data.providers()
        self.keys = data.keys()
        self.audit = figures.audit()
        self.conversations, self.entries = data.conversations()
        self.judged = 4
        """Answers of each model, in the run of an evaluation that goes."""
        self.cache: Json = {
            "enabled": True,
            "entries": 1482,
            "bytes": 6_240_118,
            "hits": 913,
            "saved": data.money(2.214),
        }
        self.memories: list[Json] = [
            {
                "id": "m1",
                "text": "The team writes British English.",
                "time": data.NOW - 86400,
                "importance": 0.7,
                "scope": "global",
            }
        ]
        self.password_set = True
        self.demo = True
        self.budgets = figures.budgets()
        self.experiments = copy.deepcopy(figures.EXPERIMENTS)
        self.silent = False
        """Whether answers stall."""
        self.read_to_end = threading.Event()
        """Set where files that are read by parts may come to their end."""

    def session(self, authenticated: bool) -> Json:
        csrf = CSRF if authenticated else None
        return {"authenticated": authenticated, "csrf": csrf, "password_set": self.password_set, "user": "admin"} | {
            "version": "0.1.0",
            "demo": self.demo,
        }

    def conversation(self, id: str) -> Json:
        if id not in self.conversations:
            raise Refused("ConversationNotFound", "This conversation is gone; start a new one.", 404)
        return self.conversations[id]

    def branch(self, id: str) -> list[str]:
        """The ids of what is gone on with."""
        made = Conversation(id=id, created=0.0, updated=0.0, leaf=self.conversations[id]["leaf"])
        return [entry.id for entry in Dialogue(conversation=made, entries=self.tree(id)).branch]

    def tree(self, id: str) -> tuple[Entry, ...]:
        """The entries as they hang together, without what they say."""
        return tuple(Entry(id=e["id"], message=NOTHING_SAID, time=0.0, parent=e["parent"]) for e in self.entries[id])

    def keep(self, id: str, role: str, parts: list[Json], after: str | None = None, **more: Any) -> Json:
        entries, branch = self.entries[id], self.branch(id)
        last = entries[-1]["id"] if entries else None
        parent = (branch[-1] if branch else None) if after is None else after
        made = data.entry(f"e{next(self.ids)}", parent, role, parts) | more
        if self.conversations[id]["leaf"] is not None or parent != last:
            self.conversations[id]["leaf"] = made["id"]
        entries.append(made)
        self.conversations[id]["updated"] = time.time()
        return made

    # -- providers ---------------------------------------------------------------------------------------------------

    def save_provider(self, name: str, fields: Json) -> Json:
        problems = []
        if not fields.get("name", name):
            problems.append("name: give the provider a name")
        if (fields.get("temperature") or 0) > 2:
            problems.append("temperature: must be between 0 and 2")
        if str(fields.get("base_url") or "http").startswith("ftp"):
            problems.append("base_url: must begin with http:// or https://")
        if problems:
            raise Refused("ConfigurationError", "Mend the marked fields and save again.", 422, problems=problems)
        old = self.providers.get(name, data.provider(name, fields.get("kind", "openai")))
        if fields.get("api_key"):
            fields = fields | {"api_key": fields["api_key"][:3] + "…" + fields["api_key"][-4:]}
        self.providers[name] = old | fields | {"source": "store"}
        return self.providers[name]

    # -- chat --------------------------------------------------------------------------------------------------------

    async def stream(self, body: Json) -> AsyncIterator[bytes]:
        id, text = body["conversation"], body["text"]
        reference = body.get("model") or "openai/gpt-5.2"
        owner, name = ("anthropic", "claude-haiku-4-5") if reference == "auto" else reference.split("/", 1)
        images = [{"_type": "Image", "source": {"_type": "Bytes"} | each} for each in body.get("images", [])]
        after = body.get("after")
        if text or images or body.get("files"):
            self.keep(id, "user", [{"_type": "Text", "text": text}, *images], after)
        elif after is not None:
            self.conversations[id]["leaf"] = after
            text = next(each for each in self.entries[id] if each["id"] == after)["message"]["parts"][0]["text"]
        yield sse("Started", {"provider": owner, "model": name, "id": f"run-{next(self.ids)}"})
        yield b": ping\n\n"
        if body.get("by_parts"):
            yield sse("ReadingProgress", {"parts": 7, "read": 3, "answered": 3, "cost": data.money(0.013)})
            await anyio.to_thread.run_sync(self.read_to_end.wait)
        parts: list[Json] = []
        written, finished = "", False
        try:
            for kind, event in events(text):
                if self.silent:
                    await anyio.sleep_forever()
                await anyio.sleep(0.2 if "slow" in text else self.pace if "long" not in text else 0)
                written += event["text"] if kind == "TextDelta" else ""
                written = "" if kind == "Restarted" else written
                parts += [event["part"]] if kind == "PartDone" else []
                if kind == "ToolRan":
                    self.keep(id, "assistant", parts, provider=owner, model=name)
                    self.keep(id, "tool", [event["result"]])
                    parts = []
                yield sse(kind, event)
                if "cut" in text and len(written) > 200:
                    return
                if "fail" in text and len(written) > 200:
                    error = Refused(
                        "ModelUnavailable",
                        "The model is overloaded; try again in a moment, or choose another.",
                        retryable=True,
                    )
                    yield sse("Failed", {"error": error.error | {"model": reference}, "partial": {}})
                    finished = True
                    self.keep(
                        id, "assistant", [{"_type": "Text", "text": written}], status="failed", error="ModelUnavailable"
                    )
                    return
            if "slow" in text:  # it is stopped, however long whoever stops it takes
                await anyio.sleep_forever()
            tokens = usage(written, text)
            self.keep(id, "assistant", parts, provider=owner, model=name, usage=tokens, cost=cost(tokens))
            finished = True
            warnings = [{"field": "top_p", "detail": "not sent: the model does not take it"}] if "warn" in text else []
            response = {
                "parts": parts,
                "provider": owner,
                "model": name,
                "usage": tokens,
                "cost": cost(tokens),
                "cached": "cached" in text,
            }
            rest = {"finish_reason": "stop", "warnings": warnings, "attempts": [], "steps": [], "recalled": []}
            yield sse("Done", {"response": response | rest})
        finally:
            if not finished:
                self.keep(
                    id, "assistant", [{"_type": "Text", "text": written}], status="partial", provider=owner, model=name
                )
