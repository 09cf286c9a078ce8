"""Everyone can use the page: contrast in both themes, names on all controls, room on the phone, calm on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

import pytest

from tests.adapters.web.conftest import DESKTOP, PHONE, Site, visiting
from tests.adapters.web.page_checks import nameless, poor_contrasts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Step: TypeAlias = Callable[["Page"], None]


def wait(selector: str) -> Step:
    return lambda page: page.locator(selector).first.wait_for()


def click(name: str, role: str = "button") -> Step:
    return lambda page: page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]


SCENES: dict[str, tuple[str, list[Step]]] = {
    "chat": ("#/chat/c1", [wait(".turn-answer")]),
    "failed chat": ("#/chat/c3", [wait(".turn-answer")]),
    "new chat": ("#/chat", [wait(".welcome")]),
    "parameters": (
        "#/chat",
        [wait(".welcome"), lambda page: page.locator(".chat-head [aria-label^=Parameters]").click()],
    ),
    "models": ("#/chat", [wait(".welcome"), lambda page: page.locator(".chip").first.click(), wait(".option")]),
    "providers": ("#/providers", [wait(".card"), click("Test"), wait(".test-result")]),
    "provider form": ("#/providers", [wait(".card"), click("Add a provider"), wait(".sheet-body")]),
    "usage": ("#/usage", [wait("svg.chart")]),
    "usage below": ("#/usage", [wait("svg.chart"), lambda page: page.locator(".records").scroll_into_view_if_needed()]),
    "routing": (
        "#/routing",
        [lambda page: page.locator("textarea").fill("x"), click("Explain the route"), wait(".ranked")],
    ),
    "events": ("#/events", [wait(".event-row"), click("Pause")]),
    "experiments": ("#/experiments", [wait(".measures svg")]),
    "runs": ("#/healing", [wait(".healing-run")]),
    "cases of a run": (
        "#/healing/20260302-101500-a1b2",
        [
            wait(".healing-frame"),
            lambda page: page.get_by_text("Cases", exact=True).click(),
            lambda page: page.locator(".healing-case > summary").first.click(),
            lambda page: page.locator(".healing-answer > summary").nth(2).click(),
        ],
    ),
    "keys": ("#/keys", [wait(".key-table")]),
    "new key": ("#/keys", [wait(".key-table"), click("New key"), wait("dialog")]),
    "audit": ("#/audit", [wait(".timeline")]),
    "shortcuts": ("#/audit", [wait(".timeline"), lambda page: page.keyboard.press("?"), wait("dialog")]),
}


@pytest.fixture(params=["light", "dark"])
def themed(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Site]:
    with visiting(browser, DESKTOP, color_scheme=request.param) as site:
        yield site


SETTLED = """
new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
    .then(() => document.getAnimations().filter(each => each.effect.getComputedTiming().endTime !== Infinity))
    .then(ending => Promise.allSettled(ending.map(each => each.finished))).then(() => null)
"""
"""What was drawn anew stands, and every animation that ends has ended."""


def test_every_text_can_be_read_and_every_control_has_a_name(themed: Site) -> None:
    """One page goes through all scenes: what is wrong names its scene."""
    page = themed.open()
    found: dict[str, tuple[list[str], list[str]]] = {}
    for scene, (address, steps) in SCENES.items():
        page.goto("about:blank")
        page.goto(f"{themed.url}/{address}")
        for step in steps:
            step(page)
        page.evaluate(SETTLED)
        poor, measured = poor_contrasts(page)
        without, looked = nameless(page)
        assert measured > 12, scene
        assert looked >= 2, scene
        if poor or without:
            found[scene] = (poor, without)
    assert found == {}


def test_the_sign_in_page_can_be_read(themed: Site) -> None:
    page = themed.page
    page.goto(themed.url)
    page.wait_for_selector(".gate-card")
    assert poor_contrasts(page)[0] == []
    assert nameless(page)[0] == []


def test_the_checks_find_what_is_poor(site: Site) -> None:
    page = site.open("#/audit")
    page.wait_for_selector(".timeline")
    page.evaluate("document.querySelector('h1').style.color = '#9aa'")
    page.evaluate("document.querySelector('.nav-foot .icon-btn').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('.nav-foot .icon-btn').removeAttribute('title')")
    assert [line.endswith("Audit") for line in poor_contrasts(page)[0]] == [True]
    assert [line.split()[0] for line in nameless(page)[0]] == ["button"]


def test_each_view_has_one_heading_of_the_first_rank_and_one_main(site: Site) -> None:
    page = site.open("#/chat/c1")
    for view in ("chat", "providers", "usage", "routing", "events", "experiments", "healing", "keys", "audit"):
        page.locator(f".nav-link[data-view={view}]").click()
        page.wait_for_selector(f".view-{view} h1")
        assert page.locator("h1").count() == page.get_by_role("main").count() == 1
    assert page.title() == "Audit · pointsman"


def test_an_answer_is_read_out_in_paragraphs_not_in_tokens(site: Site) -> None:
    page = site.open()
    page.evaluate(
        """() => {
          window.said = [];
          const status = document.getElementById("status");
          const hear = () => status.textContent && window.said.push(status.textContent);
          new MutationObserver(hear).observe(status, { childList: true });
        }"""
    )
    site.answered("short")
    site.until("window.said.includes('Towards the tower.')")
    assert page.evaluate("window.said.length") <= 3


def test_focus_stays_in_a_dialog_and_is_always_seen(site: Site) -> None:
    page = site.open("#/keys")
    page.get_by_role("button", name="New key").click()
    for _ in range(30):
        page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        assert page.evaluate(inside)
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_less_transparency_and_less_motion_are_respected(browser: Browser) -> None:
    with visiting(browser, PHONE) as site:
        page = site.open("#/audit")
        page.context.new_cdp_session(page).send(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-reduced-transparency", "value": "reduce"}]},
        )
        panel = "getComputedStyle(document.querySelector('.panel'))"
        site.until(f"{panel}.backdropFilter === 'none'")
        assert "0." not in page.evaluate(f"{panel}.backgroundColor")
        assert page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")


def test_controls_on_a_phone_are_big_enough_to_touch(phone: Site) -> None:
    page = phone.open("#/chat/c1")
    page.wait_for_selector(".turn-answer")
    sizes = page.evaluate(
        """() => {
          const controls = [...document.querySelectorAll("button, .nav-link")];
          const shown = controls.filter((each) => each.checkVisibility({ visibilityProperty: true }));
          const boxes = shown.map((each) => [each.getBoundingClientRect(), each.ariaLabel ?? each.textContent]);
          return boxes.filter(([box]) => box.width && (box.width < 24 || box.height < 24)).map(([, name]) => name);
        }"""
    )
    assert sizes == []
