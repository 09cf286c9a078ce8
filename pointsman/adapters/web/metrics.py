"""Counters and times for Prometheus, in its text format, from what the event bus tells."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate

import anyio
import attrs

from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, float_or_none, int_or_none
from pointsman.core.money.usage_record import OK
from pointsman.core.notice import AnalyticsUpdate
from pointsman.services.event_bus import EventBus

_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_COLUMNS = len(_BUCKETS) + 3
_Labels = tuple[tuple[str, str], ...]


_NOTHING = Decimal(0)


@lru_cache(maxsize=1024)
def _labels(provider: str, model: str, outcome: str, cache: str) -> tuple[_Labels, _Labels, _Labels, _Labels]:
    """Of the model, and of it those that its calls, its input and its output are counted by."""
    whose = (("provider", provider or "none"), ("model", model or "none"))
    ended = (*whose, ("outcome", outcome), ("cache", cache or "miss"))
    return whose, ended, (*whose, ("kind", "input")), (*whose, ("kind", "output"))


@attrs.define
class Metrics:
    """What has been counted since the server began, by this process alone until that of others is added."""

    calls: Counter[_Labels] = attrs.field(factory=Counter)
    tokens: Counter[_Labels] = attrs.field(factory=Counter)
    dollars: dict[_Labels, Decimal] = attrs.field(factory=dict)
    unknown: Counter[_Labels] = attrs.field(factory=Counter)
    times: dict[_Labels, list[float]] = attrs.field(factory=dict)
    """For each model: the calls whose first bucket large enough is each, or none; the sum of the seconds; how many."""

    async def watch(self, bus: EventBus) -> None:
        """Count what happens, until cancelled."""
        with bus.observe(AnalyticsUpdate, self.count):
            await anyio.sleep_forever()

    def count(self, notice: AnalyticsUpdate) -> None:
        """One call more."""
        record = notice.record
        model, ended, taken, given = _labels(record.provider, record.model, record.outcome, record.cache)
        self.calls[ended] += 1
        self.tokens[taken] += record.usage.input or 0
        self.tokens[given] += record.usage.output or 0
        self.dollars[model] = self.dollars.get(model, _NOTHING) + record.cost.amount
        self.unknown[model] += 0 if record.cost.complete else 1
        if record.outcome == OK:
            self._time(model, record.latency_ms / 1000)

    def _time(self, model: _Labels, seconds: float) -> None:
        held = self.times.setdefault(model, [0.0] * _COLUMNS)
        held[bisect_left(_BUCKETS, seconds)] += 1
        held[-2] += seconds
        held[-1] += 1

    def to_json(self) -> JsonObject:
        """What was counted, so that another process can add it to its own."""
        families: Mapping[str, Mapping[_Labels, Json]] = {
            "calls": self.calls,
            "tokens": self.tokens,
            "unknown": self.unknown,
            "times": {labels: [*held] for labels, held in self.times.items()},
        }
        rows: JsonObject = {
            name: [[_pairs(one), value] for one, value in held.items()] for name, held in families.items()
        }
        return {**rows, "dollars": [[_pairs(labels), str(amount)] for labels, amount in self.dollars.items()]}

    def add(self, told: Json) -> None:
        """Add what another process has counted."""
        rows = as_object(told)
        for name, held in (("calls", self.calls), ("tokens", self.tokens), ("unknown", self.unknown)):
            for labels, value in _rows(rows.get(name)):
                held[labels] += int_or_none(value) or 0
        for labels, value in _rows(rows.get("dollars")):
            self.dollars[labels] = self.dollars.get(labels, Decimal(0)) + Decimal(as_text(value))
        for labels, value in _rows(rows.get("times")):
            theirs = [float_or_none(one) or 0.0 for one in as_list(value)]
            ours = self.times.setdefault(labels, [0.0] * _COLUMNS)
            self.times[labels] = [one + other for one, other in zip(ours, theirs, strict=False)]

    def text(self) -> str:
        """All of it, as Prometheus reads it."""
        lines = [
            *_family("pointsman_calls_total", "counter", "Calls by outcome.", self.calls),
            *_family("pointsman_tokens_total", "counter", "Tokens, as far as they are known.", self.tokens),
            *_family("pointsman_cost_dollars_total", "counter", "Cost, as far as it is known.", self.dollars),
            *_family("pointsman_cost_unknown_total", "counter", "Calls whose cost is not known.", self.unknown),
            "# HELP pointsman_call_seconds How long good calls took.",
            "# TYPE pointsman_call_seconds histogram",
        ]
        for model, held in self.times.items():
            for bound, calls in zip(_BUCKETS, accumulate(held), strict=False):  # a bucket counts the smaller ones, too
                lines.append(_line("pointsman_call_seconds_bucket", (*model, ("le", f"{bound:g}")), calls))
            lines.append(_line("pointsman_call_seconds_bucket", (*model, ("le", "+Inf")), held[-1]))
            lines.append(_line("pointsman_call_seconds_sum", model, held[-2]))
            lines.append(_line("pointsman_call_seconds_count", model, held[-1]))
        return "\n".join(lines) + "\n"


def add_counts(*told: Json) -> Json:
    """What several processes have counted, together."""
    whole = Metrics()
    for one in told:
        whole.add(one)
    return whole.to_json()


def _pairs(labels: _Labels) -> list[Json]:
    return [[key, value] for key, value in labels]


def _rows(told: Json) -> Iterator[tuple[_Labels, Json]]:
    for row in as_list(told):
        labels, value = as_list(row)
        yield tuple((as_text(key), as_text(text)) for key, text in map(as_list, as_list(labels))), value


def _family(name: str, kind: str, said: str, held: Counter[_Labels] | dict[_Labels, Decimal]) -> list[str]:
    lines = [f"# HELP {name} {said}", f"# TYPE {name} {kind}"]
    return [*lines, *(_line(name, labels, float(value)) for labels, value in held.items())]


def _line(name: str, labels: _Labels, value: float) -> str:
    shown = ",".join(f'{key}="{_escape(text)}"' for key, text in labels)
    return f"{name}{{{shown}}} {value:.12g}"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
