"""What the page says of how things are: each test makes it untrue, and sees the page say the other thing."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.adapters.web.conftest import Site
from tests.adapters.web.page_answers import Json
from tests.adapters.web.page_states import SAID, STATES, sites

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Route


def again(site: Site) -> None:
    """Loads the page anew, with what the server says now."""
    site.page.reload()
    site.page.wait_for_selector(".view > *", state="attached")


def answer(site: Site, path: str, data: Json) -> None:
    """Lets the server say this, whatever else it would."""
    site.page.route(path, lambda route: route.fulfill(json={"success": True, "data": data}))


def read(site: Site, badges: Locator, words: str) -> None:
    """Waits until these badges stand there, one a line, and no other."""
    site.until(lambda: badges.locator(".badge").all_inner_texts() == words.split("\n"))


def test_every_state_of_the_page_has_a_test_of_its_name() -> None:
    tests = {
        name
        for file in Path(__file__).parent.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }
    listed = {state for states in STATES.values() for state in states}
    assert set(sites()) - listed == set(), "a state that is in no list"
    assert listed - set(sites()) == set(), "a state that the page has no more"
    assert {*STATES, *SAID} - tests == set()


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


def test_an_answer_says_what_it_remembered_only_where_it_did(site: Site) -> None:
    site.open()
    badge = site.answered("short").get_by_text("1 memory")
    assert badge.count() == 0
    site.answered("short remember").get_by_text("1 memory").wait_for()


def test_a_run_goes_is_unfinished_unreadable_or_done(site: Site) -> None:
    page = site.open("#/healing")
    card = page.locator(".healing-run").nth(1)
    card.get_by_text("done", exact=True).wait_for()
    runs = page.evaluate("fetch('/api/v1/eval/runs').then((one) => one.json()).then((one) => one.data)")
    run = runs["runs"][1]
    states: dict[str, Json] = {
        "not finished": {"judged": 3},
        "running": {"running": True},
        "not readable": {"running": False, "problem": "Its journal is cut off in the middle."},
    }
    for words, fields in states.items():
        run |= fields
        answer(site, "**/api/v1/eval/runs", runs)
        again(site)
        card.get_by_text(words, exact=True).wait_for()


def test_a_provider_is_active_local_and_tagged_only_where_it_is(site: Site) -> None:
    page = site.open("#/providers")
    card = page.locator(".card", has=page.get_by_role("heading", name="home", exact=True))
    read(site, card.locator(".badges"), "local\nfound on this machine")
    site.stub.providers["home"] |= {"local": False, "source": "store", "active": True, "tags": ["slow"]}
    again(site)
    read(site, card.locator(".badges"), "active\n#slow")


def test_a_call_in_the_usage_failed_was_cached_or_retried_only_where_it_was(site: Site) -> None:
    page = site.open("#/usage")
    path = "/api/v1/usage/records"
    record = page.evaluate(f"fetch('{path}?limit=1').then((one) => one.json()).then((one) => one.data.records[0])")
    states: dict[str, Json] = {
        "ok": {"outcome": "ok", "cache": "", "attempts": 1},
        "ok\nexact cache\n3 attempts": {"cache": "exact", "attempts": 3},
        "too many requests": {"outcome": "RateLimitExceeded", "cache": "", "attempts": 1},
    }
    for words, fields in states.items():
        record |= fields
        answer(site, f"**{path}?*", {"records": [record]})
        again(site)
        read(site, page.locator(".records .badges"), words)


def test_a_request_is_from_the_cache_failed_or_tried_again_only_where_it_was(site: Site) -> None:
    page = site.open("#/audit")
    record = page.evaluate(
        "fetch('/api/v1/usage/records?limit=1').then((one) => one.json()).then((one) => one.data.records[0])"
    )
    record |= {"key": None, "user": "", "tags": [], "outcome": "ok", "cache": "", "attempts": 1}
    states: dict[str, tuple[Json, str | None]] = {
        "answered": ({}, None),
        "answered\nFrom the cache\n2 tries": ({"cache": "exact", "attempts": 2}, "next"),
        "stopped by the caller": ({"outcome": "Cancelled", "cache": "", "attempts": 1}, None),
    }
    for words, (fields, cursor) in states.items():
        record |= fields
        answer(site, "**/api/v1/requests?*", {"requests": [record], "cursor": cursor})
        page.goto(f"{site.url}/#/requests")
        again(site)
        read(site, page.locator(".request-table .badges"), words)
        assert page.locator(".more-row button").is_visible() is (cursor is not None)


def test_nothing_is_asked_twice_while_it_is_asked(site: Site) -> None:
    held: list[Route] = []
    page = site.open("#/providers")
    page.route(re.compile("/(models|test)$"), lambda route: held.append(route))

    def let_go() -> None:
        site.until(lambda: held)
        held.pop().continue_()

    card = page.locator(".card", has=page.get_by_role("heading", name="openai", exact=True))
    test = card.get_by_role("button", name="Test", exact=True)
    test.click()
    site.until(test.is_disabled)
    let_go()
    site.until(card.get_by_role("button", name="Test", exact=True).is_enabled)
    card.get_by_role("button", name="Edit").click()
    form = page.get_by_role("dialog")
    both = [form.get_by_role("button", name=name) for name in ("Test the connection", "Save")]
    both[0].click()
    site.until(lambda: all(one.is_disabled() for one in both))
    let_go()
    site.until(lambda: all(one.is_enabled() for one in both))
    fetch = form.get_by_role("button", name="Fetch models")
    fetch.click()
    site.until(fetch.is_disabled)
    let_go()
    page.locator(".dialog-picker .option").first.click()
    site.until(fetch.is_enabled)


def test_controls_are_there_while_there_is_something_to_do_with_them(site: Site) -> None:
    page = site.open()
    send = page.locator(".send")
    assert send.is_disabled()
    assert not page.get_by_role("button", name="More about this conversation").is_visible()
    page.get_by_label("Message", exact=True).fill("short")
    assert send.is_enabled()
    page.get_by_label("Message", exact=True).fill("")
    assert send.is_disabled()
    drawer = page.locator(".chat-drawer")
    assert not drawer.is_visible()
    page.locator(".chat-head [aria-label^=Parameters]").click()
    drawer.wait_for()
    reset = drawer.locator(".slider .link-btn").first
    assert reset.is_disabled()
    drawer.get_by_label("Temperature").press("Home")
    reset.click()
    assert reset.is_disabled()
    titles = drawer.get_by_role("button", name="Model for titles")
    assert not titles.is_visible()
    drawer.get_by_label("Titles by a model").check()
    titles.wait_for()
    drawer.get_by_label("Titles by a model").uncheck()
    titles.wait_for(state="hidden")
    drawer.get_by_role("button", name="Close").click()
    drawer.wait_for(state="hidden")
    site.answered("short")
    page.get_by_role("button", name="More about this conversation").wait_for()


def test_figures_stand_beside_a_chart_while_it_is_pointed_at(site: Site) -> None:
    page = site.open("#/usage")
    chart = page.locator("svg.chart").first
    chart.wait_for()
    tip = page.locator(".tip").first
    assert not tip.is_visible()
    chart.hover()
    tip.wait_for()
    page.locator("h1").hover()
    tip.wait_for(state="hidden")


def test_a_comparison_can_be_stopped_while_it_goes_and_begun_when_it_does_not(site: Site) -> None:
    site.expected.append("404")  # the stub has no votes
    page = site.open("#/compare")
    page.locator(".compare-chip").nth(1).wait_for()
    page.route("**/api/v1/chat", lambda route: None)
    ask, stop = page.get_by_role("button", name="Ask all"), page.get_by_role("button", name="Stop")
    assert ask.is_enabled()
    assert not stop.is_visible()
    page.get_by_label("Prompt", exact=True).fill("Which way?")
    ask.click()
    stop.wait_for()
    assert not ask.is_visible()
    stop.click()
    ask.wait_for()
    page.get_by_text("Only when all have answered").wait_for()
