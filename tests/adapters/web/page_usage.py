"""The stub server's reports: usage, recent calls, budgets, experiments, the audit log. Deterministic."""

from __future__ import annotations

import math
import random
from typing import Any

from tests.adapters.web.page_answers import Json
from tests.adapters.web.page_data import MODELS, NOW, money


def row(group: str, calls: int, seed: int) -> Json:
    """One row of a usage report."""
    dice = random.Random(seed)
    failed = dice.randint(0, max(1, calls // 18)) if calls else 0
    cached = int(calls * dice.uniform(0.05, 0.2))
    price, speed, _ = MODELS.get(group, (0.0011, 700, 0.0))
    known = group != "home/llama3.2"
    slow = speed * dice.uniform(0.85, 1.25)
    return {
        "group": group,
        "calls": calls,
        "failed": failed,
        "error_rate": failed / calls if calls else 0.0,
        "errors": [["RateLimitExceeded", failed - failed // 3], ["TimeoutError", failed // 3]] if failed else [],
        "cached": cached,
        "input": {"known": calls * dice.randint(350, 520), "complete": known},
        "output": {"known": calls * dice.randint(180, 300), "complete": known},
        "cost": money(calls * price, known),
        "saved": money(cached * price),
        "latency": {"p50": slow, "p95": slow * 2.4, "p99": slow * 4.1}
        if calls
        else {"p50": None, "p95": None, "p99": None},
        "first": {"p50": slow / 4, "p95": slow / 2, "p99": slow} if calls else {"p50": None, "p95": None, "p99": None},
        "tokens_per_second": round(42_000 / slow, 1) if calls else None,
    }


def series(since: float, until: float, steps: int) -> list[Json]:
    """Rows over time, busy by day and quiet by night."""
    width = (until - since) / steps
    rows = []
    for index in range(steps):
        begin = since + index * width
        daily = 1 + math.sin((begin % 86400) / 86400 * 2 * math.pi - 2)
        dice = random.Random(index * 31 + steps)
        rows.append(row(f"{begin:.0f}", int(width / 60 * daily * dice.uniform(1.2, 2.6)), index))
    return rows


def records(limit: int) -> list[Json]:
    """Recent calls."""
    dice = random.Random(7)
    rows = []
    for index in range(min(limit, 60)):
        model = dice.choices(list(MODELS), [weight for _, _, weight in MODELS.values()])[0]
        known = model != "home/llama3.2" or index % 3
        tokens = (
            {"input": dice.randint(80, 4000), "output": dice.randint(20, 900)}
            if known
            else {"input": None, "output": None}
        )
        price = MODELS[model][0]
        outcome = dice.choices(["ok", "RateLimitExceeded", "TimeoutError"], [30, 1, 1])[0]
        rows.append(
            {
                "id": f"r{index}",
                "time": NOW - index * 173 - 20,
                "kind": "chat",
                "provider": model.split("/")[0],
                "model": model,
                "task": dice.choice(["general", "coding", "analysis", "extraction"]),
                "tags": [],
                "usage": tokens | {"cached": 0, "cache_write": 0, "reasoning": 0, "estimated": index % 9 == 4},
                "cost": money(price * dice.uniform(0.4, 3), bool(price)),
                "latency_ms": dice.uniform(300, 4200),
                "first_ms": dice.uniform(90, 700),
                "attempts": 2 if index % 11 == 3 else 1,
                "cache": "exact" if index % 8 == 5 else "semantic" if index % 13 == 7 else "",
                "outcome": outcome,
                "conversation": None,
            }
        )
    return rows


def budgets() -> list[Json]:
    """Three budgets: comfortable, near its end, and by tokens."""
    return [
        {
            "name": "whole team, each day",
            "account": "whole team, each day|all||2026-11-28",
            "limit": money(10),
            "limit_tokens": None,
            "spent": money(3.82),
            "reserved": money(0.04),
            "spent_tokens": 812_000,
            "resets": NOW + 9 * 3600,
            "soft": 0.8,
        },
        {
            "name": "experiments",
            "account": "experiments|tag|lab|2026-11",
            "limit": money(5),
            "limit_tokens": None,
            "spent": money(4.61, False),
            "reserved": money(0),
            "spent_tokens": 433_000,
            "resets": NOW + 86400 * 4,
            "soft": 0.8,
        },
        {
            "name": "guests",
            "account": "guests|tenant|guest|",
            "limit": None,
            "limit_tokens": 200_000,
            "spent": money(0.12),
            "reserved": money(0),
            "spent_tokens": 48_200,
            "resets": None,
            "soft": None,
        },
    ]


def result(variant: str, calls: int, success: float, latency: float, dollars: float) -> Json:
    """A variant's results with intervals."""

    def around(mean: float, share: float) -> Json:
        return {"mean": mean, "low": mean * (1 - share), "high": mean * (1 + share)}

    return {
        "variant": variant,
        "calls": calls,
        "latency_ms": around(latency, 0.12),
        "dollars": around(dollars, 0.18),
    } | {"success": {"mean": success, "low": success - 0.035, "high": min(1.0, success + 0.025)}}


EXPERIMENTS: list[Json] = [
    {
        "name": "haiku-or-flash",
        "enabled": True,
        "share": 0.5,
        "task": "extraction",
        "variants": [
            {"name": "control", "weight": 2, "model": "openai/gpt-5.2"},
            {"name": "haiku", "weight": 1, "model": "anthropic/claude-haiku-4-5"},
            {"name": "flash", "weight": 1, "model": "gemini/gemini-3-flash"},
        ],
        "results": [
            result("control", 412, 0.955, 910, 0.0021),
            result("haiku", 208, 0.962, 610, 0.0008),
            result("flash", 199, 0.914, 470, 0.0003),
        ],
    },
    {
        "name": "local-first",
        "enabled": False,
        "share": 0.1,
        "task": "general",
        "variants": [
            {"name": "cloud", "weight": 1, "model": "openai/gpt-5.2"},
            {"name": "home", "weight": 1, "model": "home/llama3.2"},
        ],
        "results": [],
    },
]


def audit() -> list[Json]:
    """What was changed, newest first."""

    def entry(
        number: int, age: float, what: str, target: str, *changes: tuple[str, Any, Any], who: str = "admin"
    ) -> Json:
        fields = [{"field": field, "from": old, "to": new} for field, old, new in changes]
        return {"id": number, "time": NOW - age, "who": who, "what": what, "target": target, "changes": fields}

    return [
        entry(9, 240, "provider.update", "openai", ("temperature", 1.0, 0.7), ("max_tokens", None, 4096)),
        entry(8, 4000, "key.create", "notebook", ("scopes", None, "chat, read")),
        entry(7, 9000, "session.start", "admin"),
        entry(6, 86400 + 900, "provider.activate", "openai", ("active", "anthropic", "openai")),
        entry(
            5, 86400 + 5000, "provider.update", "gemini", ("api_key", "fingerprint 12ab34cd", "fingerprint 77fe01aa")
        ),
        entry(4, 86400 * 3, "key.disable", "old mobile app", ("enabled", True, False)),
        entry(3, 86400 * 3 + 60, "cache.clear", "responses"),
        entry(
            2,
            86400 * 6,
            "provider.create",
            "openai",
            ("kind", None, "openai"),
            ("api_key", None, "fingerprint 9c01d2e4"),
        ),
        entry(1, 86400 * 6 + 20, "password.set", "admin"),
    ]
