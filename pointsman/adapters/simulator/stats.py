"""What the simulator has counted since it started."""

from __future__ import annotations

from collections import Counter

import attrs

from pointsman.core.json import JsonObject


@attrs.frozen(kw_only=True)
class Stats:
    """A snapshot of the counters. `cancelled_streams` are those whose client left before their end."""

    requests: int = 0
    connections: int = 0
    open_streams: int = 0
    finished_streams: int = 0
    cancelled_streams: int = 0
    abandoned_replies: int = 0
    """Other replies whose client left before they were sent."""
    by_path: dict[str, int] = attrs.field(factory=dict)
    by_model: dict[str, int] = attrs.field(factory=dict)
    by_status: dict[int, int] = attrs.field(factory=dict)


@attrs.define
class Counters:
    """The counters themselves, changed by the server alone."""

    requests: int = 0
    connections: int = 0
    open_streams: int = 0
    finished_streams: int = 0
    cancelled_streams: int = 0
    abandoned_replies: int = 0
    by_path: Counter[str] = attrs.field(factory=Counter)
    by_model: Counter[str] = attrs.field(factory=Counter)
    by_status: Counter[int] = attrs.field(factory=Counter)

    def snapshot(self) -> Stats:
        """The counts now."""
        return Stats(
            requests=self.requests,
            connections=self.connections,
            open_streams=self.open_streams,
            finished_streams=self.finished_streams,
            cancelled_streams=self.cancelled_streams,
            abandoned_replies=self.abandoned_replies,
            by_path=dict(self.by_path),
            by_model=dict(self.by_model),
            by_status=dict(self.by_status),
        )

    def saw(self, counter: Counter[str], name: str) -> None:
        """One more of `name`; beyond a thousand names, the rest is counted together."""
        counter[name if name in counter or len(counter) < 1000 else "(others)"] += 1

    def reply_ended(self, *, streamed: bool, client_left: bool) -> None:
        """A reply has been sent, or its client has left before that."""
        self.open_streams -= streamed
        self.cancelled_streams += streamed and client_left
        self.finished_streams += streamed and not client_left
        self.abandoned_replies += client_left and not streamed


def stats_json(stats: Stats) -> JsonObject:
    """The snapshot as it stands at `/__simulator__/stats`."""
    return {**attrs.asdict(stats), "by_status": {str(status): count for status, count in stats.by_status.items()}}
