"""The stub server's state: what a small team's gateway looks like after a week. Deterministic."""

from __future__ import annotations

import time
from typing import Any

from tests.adapters.web.page_answers import CALL, POINTS, RESULT, THINKING, Json, cost, usage

NOW = time.time()
MODELS = {
    "openai/gpt-5.2": (0.0021, 900, 0.34),
    "anthropic/claude-haiku-4-5": (0.0008, 620, 0.27),
    "gemini/gemini-3-flash": (0.0003, 480, 0.18),
    "home/llama3.2": (0.0, 1500, 0.15),
    "lmstudio/qwen3-8b": (0.0, 2100, 0.06),
}
EVENTS = ("response_start", "response_complete", "cache_hit", "retry", "fallback", "budget_warning")


def money(amount: float, complete: bool = True) -> Json:
    """Money as the contract says it."""
    return {"amount": f"{amount:.6f}".rstrip("0").rstrip(".") or "0", "complete": complete}


def provider(name: str, kind: str, **more: Any) -> Json:
    """A provider with the contract's fields."""
    fields: Json = {
        "name": name,
        "kind": kind,
        "base_url": None,
        "api_version": None,
        "model": None,
        "temperature": None,
        "max_tokens": None,
        "timeout": 60.0,
        "keep_alive": None,
        "enabled": True,
        "priority": 0,
        "tags": [],
        "api_key": None,
        "local": False,
        "source": "store",
        "active": False,
        "default_base_url": None,
        "default_model": None,
        "circuit": "closed",
        "last": None,
    }
    return fields | more


def providers() -> dict[str, Json]:
    """Five providers in every state."""
    rows = [
        provider(
            "openai",
            "openai",
            model="gpt-5.2",
            temperature=0.7,
            api_key="sk-…9f3c",
            priority=10,
            tags=["team", "default"],
            active=True,
            default_base_url="https://api.openai.com/v1",
            default_model="gpt-5.2",
            max_tokens=4096,
        ),
        provider(
            "anthropic",
            "anthropic",
            model="claude-haiku-4-5",
            api_key="sk-ant-…b2e1",
            priority=5,
            tags=["team"],
            source="environment",
            default_base_url="https://api.anthropic.com",
            default_model="claude-haiku-4-5",
        ),
        provider(
            "gemini",
            "gemini",
            model="gemini-3-flash",
            api_key="AIza…77Qx",
            circuit="half_open",
            default_base_url="https://generativelanguage.googleapis.com",
            tags=["vision"],
        ),
        provider(
            "home",
            "ollama",
            model="llama3.2",
            local=True,
            source="found",
            keep_alive=300.0,
            default_base_url="http://127.0.0.1:11434",
        ),
        provider(
            "lmstudio",
            "lmstudio",
            model="qwen3-8b",
            local=True,
            circuit="open",
            enabled=False,
            default_base_url="http://127.0.0.1:1234/v1",
        ),
    ]
    return {row["name"]: row for row in rows}


def preset(kind: str, title: str, base_url: str | None, home: list[str] | None = None, **tiers: list[str]) -> Json:
    """What is known of a kind of provider; `home`: the models of one that runs on this machine."""
    full: Json = {"best": [], "balanced": [], "fast": [], "local": home or []} | tiers
    local = home is not None
    return {
        "kind": kind,
        "title": title,
        "local": local,
        "key_required": not local,
        "base_url": base_url,
        "tiers": full,
    }


PRESETS = [
    preset(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        best=["gpt-5.2", "o5"],
        balanced=["gpt-5.2-mini"],
        fast=["gpt-5.2-nano"],
    ),
    preset(
        "anthropic",
        "Anthropic",
        "https://api.anthropic.com",
        best=["claude-opus-4-5"],
        balanced=["claude-sonnet-4-5"],
        fast=["claude-haiku-4-5"],
    ),
    preset(
        "gemini",
        "Google Gemini",
        "https://generativelanguage.googleapis.com",
        best=["gemini-3-pro"],
        fast=["gemini-3-flash"],
    ),
    preset("ollama", "Ollama", "http://127.0.0.1:11434", home=["llama3.2", "qwen3:8b", "gemma3"]),
    preset("lmstudio", "LM Studio", "http://127.0.0.1:1234/v1", home=["qwen3-8b"]),
    preset("openai-compatible", "Another OpenAI-compatible server", None),
]


def models() -> list[Json]:
    """The models of all providers."""
    rows = []
    for reference, (price, _, _) in MODELS.items():
        owner, name = reference.split("/", 1)
        priced = {"input": f"{price * 1000:.2f}", "output": f"{price * 4000:.2f}"} if price else None
        rows.append(
            {
                "id": name,
                "provider": owner,
                "type": "chat" if price else None,  # local servers do not say it
                "context_length": 200_000 if price else 32_768,
                "max_output": 8192,
                "state": None if price else "loaded",
                "price": priced,
                "local": not price,
            }
        )
    embedding = {"id": "text-embedding-3-small", "provider": "openai", "type": "embedding", "context_length": 8191}
    return [
        *rows,
        embedding | {"max_output": None, "state": None, "price": {"input": "0.02", "output": "0"}, "local": False},
    ]


def keys() -> dict[str, Json]:
    """Issued keys."""
    base: Json = {
        "scopes": ["chat", "read"],
        "models": ["*"],
        "budget": None,
        "spent": money(0),
        "requests_per_minute": None,
    }
    base |= {"expires": None, "last_used": None, "enabled": True}
    rows = [
        base
        | {"id": "k1", "name": "ci pipeline", "prefix": "pm-4f7a…", "created": NOW - 86400 * 41, "last_used": NOW - 300}
        | {"models": ["anthropic/*"], "budget": money(20), "spent": money(7.3), "requests_per_minute": 60},
        base
        | {
            "id": "k2",
            "name": "notebook",
            "prefix": "pm-b01d…",
            "created": NOW - 86400 * 9,
            "last_used": NOW - 86400 * 2,
        }
        | {"expires": NOW + 86400 * 21, "spent": money(0.41, False)},
        base
        | {"id": "k3", "name": "old mobile app", "prefix": "pm-99e2…", "created": NOW - 86400 * 200, "enabled": False},
    ]
    return {each["id"]: each for each in rows}


def entry(
    number: str, parent: str | None, role: str, parts: list[Json], status: str = "complete", error: str = ""
) -> Json:
    """An entry of a conversation."""
    written = "".join(part.get("text", "") for part in parts)
    tokens = usage(written, "") if role == "assistant" else usage("", "unknown")
    price = cost(tokens) if role == "assistant" else money(0)
    return {
        "id": number,
        "time": NOW,
        "parent": parent,
        "message": {"role": role, "parts": parts},
        "provider": "openai" if role == "assistant" else "",
        "model": "gpt-5.2" if role == "assistant" else "",
        "usage": tokens,
        "cost": price,
        "status": status,
        "error": error,
        "problem": "",
    }


def new_conversation() -> Json:
    """What is the same in all conversations that nobody has changed."""
    unset: Json = {"model": "", "temperature": None, "max_tokens": None, "reasoning_effort": "", "tools": []}
    return {
        "summary": None,
        "forked_from": None,
        "leaf": None,
        "parameters": unset | {"memory": False, "task": ""},
        "pinned": False,
        "folder": "",
        "archived": False,
    }


def conversations() -> tuple[dict[str, Json], dict[str, list[Json]]]:
    """Conversations and their entries."""
    titles = [
        ("How points lock", 120.0),
        ("Timetable as a constraint problem", 5400.0),
        ("Summarise the incident report", 20000.0),
        ("SQL for late trains by station", 90000.0),
        ("Letter to the parish council", 100000.0),
        ("Compare three embeddings", 260000.0),
        ("Regular expressions for kilometre posts", 400000.0),
        ("Names for a shunting engine", 600000.0),
    ]
    kept: dict[str, Json] = {}
    entries: dict[str, list[Json]] = {}
    for number, (title, age) in enumerate(titles, 1):
        id = f"c{number}"
        base: Json = {
            "id": id,
            "title": title,
            "created": NOW - age,
            "updated": NOW - age,
            "version": 2,
            "tags": [],
            "system": "",
        }
        kept[id] = base | new_conversation()
        entries[id] = [
            entry(f"{id}e1", None, "user", [{"_type": "Text", "text": f"{title}: tell me the short version."}]),
            entry(
                f"{id}e2",
                f"{id}e1",
                "assistant",
                [{"_type": "Text", "text": "In short: check, lock, then clear the signal."}],
            ),
        ]
    first = entries["c1"]
    first[0]["message"]["parts"] = [
        {"_type": "Text", "text": "What has to hold before points may be passed? And what is 17 × 23?"}
    ]
    first[1] = entry("c1e2", "c1e1", "assistant", [{"_type": "Reasoning", "text": THINKING}, CALL])
    first.append(entry("c1e3", "c1e2", "tool", [RESULT]))
    first.append(entry("c1e4", "c1e3", "assistant", [{"_type": "Text", "text": "17 × 23 is **391**.\n\n" + POINTS}]))
    entries["c3"].append(entry("c3e3", "c3e2", "user", [{"_type": "Text", "text": "And the causes?"}]))
    entries["c3"].append(
        entry(
            "c3e4",
            "c3e3",
            "assistant",
            [{"_type": "Text", "text": "The report names two causes: a worn"}],
            "failed",
            "NetworkError",
        )
    )
    return kept, entries
