"""What the page says of how things are: each test makes it untrue, and sees the page say the other thing."""

from __future__ import annotations

import time
from typing import Any

from tests.adapters.web.conftest import Site


def again(site: Site) -> None:
    """Loads the page anew, with what the server says now."""
    site.page.reload()
    site.page.wait_for_selector(".view > *", state="attached")


def test_models_are_called_simulated_until_a_real_provider_is_there(site: Site) -> None:
    page = site.open("#/providers")
    note = page.locator(".nav-note")
    note.wait_for()
    site.stub.demo = False
    page.locator(".card", has_text="anthropic").get_by_role("button", name="Activate").click()
    note.wait_for(state="hidden")


def test_a_provider_is_switched_off_failing_recovering_or_has_answered(site: Site) -> None:
    page = site.open("#/providers")
    card = page.locator(".card", has=page.get_by_role("heading", name="lmstudio", exact=True))
    told = site.stub.providers["lmstudio"]
    card.get_by_text("switched off").wait_for()
    states: dict[str, dict[str, Any]] = {
        "failing": {"enabled": True, "circuit": "open"},
        "recovering": {"circuit": "half_open"},
        "not tried yet": {"circuit": "closed", "last": None},
        "answered just now": {"last": {"ok": True, "time": time.time(), "error": None}},
    }
    for words, fields in states.items():
        told |= fields
        again(site)
        card.get_by_text(words).wait_for()


def test_a_key_works_until_it_is_disabled_or_has_expired(site: Site) -> None:
    page = site.open("#/keys")
    state = page.locator(".key-table tbody tr").first.locator("td").first
    state.get_by_text("works").wait_for()
    key = next(iter(site.stub.keys.values()))
    for words, name, value in (("expired", "expires", 1.0), ("disabled", "enabled", False)):
        key[name] = value
        again(site)
        state.get_by_text(words).wait_for()
    key |= {"enabled": True, "expires": time.time() + 86400}
    again(site)
    state.get_by_text("works").wait_for()


def test_a_budget_is_nearly_used_up_then_used_up_then_neither(site: Site) -> None:
    page = site.open("#/keys")
    budget = page.locator(".budgets li", has_text="experiments")
    budget.get_by_text("nearly used up").wait_for()
    told = next(one for one in site.stub.budgets if one["name"] == "experiments")
    told["spent"] = {"amount": "5", "complete": True}
    again(site)
    budget.get_by_text("used up", exact=True).wait_for()
    told["spent"] = {"amount": "0.5", "complete": True}
    again(site)
    budget.get_by_text("$0.50 of $5.00").wait_for()
    assert "used up" not in budget.inner_text()


def test_an_experiment_runs_until_it_is_stopped(site: Site) -> None:
    page = site.open("#/experiments")
    experiment = page.get_by_role("region", name="haiku-or-flash").or_(
        page.locator(".section", has_text="haiku-or-flash")
    )
    experiment.first.get_by_text("running").wait_for()
    site.stub.experiments[0]["enabled"] = False
    again(site)
    experiment.first.get_by_text("stopped").wait_for()


def test_a_conversation_is_marked_while_an_answer_comes(site: Site) -> None:
    site.stub.silent = True
    page = site.open("#/chat/c2")
    row = page.locator(".row.current")
    assert row.get_by_role("img", name="An answer is coming").count() == 0
    site.say("stalls")
    row.get_by_role("img", name="An answer is coming").wait_for()
    page.get_by_role("button", name="Stop the answer").click()
    row.get_by_role("img", name="An answer is coming").wait_for(state="detached")


def test_an_answer_is_from_the_cache_only_where_it_was(site: Site) -> None:
    site.open()
    badge = site.answered("short").get_by_text("from the cache")
    assert badge.count() == 0
    site.answered("short cached").get_by_text("from the cache").wait_for()
