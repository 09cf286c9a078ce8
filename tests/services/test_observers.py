"""Observers of the event bus: told while it is published, of their kind alone, and no more after their scope."""

from __future__ import annotations

from pointsman.core.money.cost import FREE
from pointsman.core.money.usage_record import UsageRecord
from pointsman.core.notice import AnalyticsUpdate, CacheHit
from pointsman.services.event_bus import EventBus


def test_an_observer_is_told_at_once_and_only_of_its_kind() -> None:
    bus, seen = EventBus(), list[AnalyticsUpdate]()
    update = AnalyticsUpdate(record=UsageRecord(id="r", time=1.0))
    assert not bus.wants(AnalyticsUpdate)
    with bus.observe(AnalyticsUpdate, seen.append):
        assert bus.wants(AnalyticsUpdate)
        assert not bus.wants(CacheHit)
        bus.publish(CacheHit(model="m", age=0.0, saved=FREE))
        bus.publish(update)
        assert seen == [update]
    bus.publish(update)
    assert seen == [update]
    assert not bus.wants(AnalyticsUpdate)
