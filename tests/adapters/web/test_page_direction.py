"""The frame from right to left, as an Arabic page would be: the style sheets name no side, and no view is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pointsman.adapters.web
from tests.adapters.web.conftest import DESKTOP, PHONE, Site

if TYPE_CHECKING:
    from playwright.sync_api import Route

PAGE = Path(pointsman.adapters.web.__file__).parent / "page"
_RULE = re.compile(r"([^{};]+)\{([^{}]*)\}")
_SIDE = re.compile(r"(?:^|-)(?:left|right)(?:$|-)")
_FOUR_SIDES = ("margin", "padding", "inset", "border-width", "border-style", "border-color")
EXPECTED = {
    ".check:checked::after": "border-width",  # a tick is one everywhere
}
"""The one rule that may name a side, by its selector."""
VIEWS = ("chat/c1", "chat", "providers", "usage", "routing", "events", "experiments", "healing", "keys", "audit")
CUT = """() => [...document.querySelectorAll("main *, .nav *")].filter((each) => {
  const box = each.getBoundingClientRect();
  if (!each.checkVisibility({ visibilityProperty: true }) || box.width < 2 || box.height < 2) return false;
  for (let above = each.parentElement; above; above = above.parentElement)
    if (["auto", "hidden", "scroll", "clip"].includes(getComputedStyle(above).overflowX)) return false;
  return box.left < -1 || box.right > innerWidth + 1;
}).map((each) => `${each.tagName}.${each.getAttribute("class")}`)"""


def declarations(sheet: str) -> Iterator[tuple[str, str, str]]:
    """Selector, property and value of all that a style sheet says."""
    for selector, body in _RULE.findall(re.sub(r"/\*.*?\*/", "", sheet, flags=re.S)):
        for said in body.split(";"):
            name, _, value = said.partition(":")
            if value:
                yield selector.strip(), name.strip(), value.strip()


def names_a_side(name: str, value: str) -> bool:
    """Whether a declaration is for the left or the right."""
    if _SIDE.search(name) or (name in ("text-align", "float", "clear") and value in ("left", "right")):
        return True
    sides = re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "", value).split()
    if name in _FOUR_SIDES:
        return len(sides) == 4 and sides[1] != sides[3]
    if name == "border-radius":
        corners = [*sides, *sides[1:2]] if len(sides) == 3 else sides
        return len(corners) in (2, 4) and (corners[0], corners[-2]) != (corners[1], corners[-1])
    return not name.startswith("--") and ("to right" in value or "to left" in value)


def test_no_style_sheet_names_left_or_right() -> None:
    found = {
        (sheet.name, selector, name): value
        for sheet in sorted(PAGE.glob("*.css"))
        for selector, name, value in declarations(sheet.read_text("utf-8"))
        if names_a_side(name, value) and EXPECTED.get(selector) != name
    }
    assert found == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("margin-left", "1px"),
        ("left", "0"),
        ("text-align", "right"),
        ("padding", "1px 2px 3px 4px"),
        ("inset", "0 auto 0 0"),
        ("border-radius", "9px 0 0 9px"),
        ("border-top-left-radius", "1px"),
        ("background", "linear-gradient(to right, red, blue)"),
    ],
)
def test_what_names_a_side_is_noticed(name: str, value: str) -> None:
    assert names_a_side(name, value)
    assert not names_a_side("padding", "1px calc(2px + env(x)) 3px")


def from_right_to_left(site: Site) -> None:
    """Gives the page a language that is written so: the English one, with another direction."""

    def turn(route: Route) -> None:
        given = route.fetch()
        turned = given.text().replace('"locale.direction": "ltr"', '"locale.direction": "rtl"')
        route.fulfill(body=turned, content_type="text/javascript")

    site.page.route(re.compile(r"/texts/en\.js$"), turn)


MIDDLE = """(what) => {
  const box = document.querySelector(what).getBoundingClientRect();
  return box.x + box.width / 2;
}"""


def test_every_view_stands_the_other_way_round_and_nothing_is_cut(site: Site) -> None:
    from_right_to_left(site)
    page = site.open()
    assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"
    for view in VIEWS:
        page.goto(f"{site.url}/#/{view}")
        page.locator(f".view-{view.partition('/')[0]} > *").first.wait_for(state="attached")
        page.wait_for_load_state("networkidle")
        for width, height in (PHONE, (1024, 768), DESKTOP):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") == width, view
            assert page.evaluate(CUT) == [], view
        assert page.evaluate(MIDDLE, ".nav") > page.evaluate(MIDDLE, "main")


def test_what_stands_at_an_end_stands_at_the_other_one(site: Site) -> None:
    from_right_to_left(site)
    page = site.open("#/chat/c1")
    page.locator(".turn-user").first.wait_for()
    assert page.evaluate(MIDDLE, ".turn-user .bubble") < page.evaluate(MIDDLE, ".log")
    assert page.evaluate(MIDDLE, ".chat-list") > page.evaluate(MIDDLE, ".chat-pane")
    button = page.locator(".chat-head [aria-haspopup=menu]")
    button.click()
    at, menu = button.bounding_box(), page.get_by_role("menu").bounding_box()
    assert at is not None
    assert menu is not None
    assert menu["x"] == pytest.approx(at["x"], abs=1), "a menu opens towards the middle"
    page.keyboard.press("Escape")
    page.locator(".chat-head [aria-expanded]:not([aria-haspopup])").click()
    page.locator(".chat-drawer").wait_for()
    assert page.evaluate(MIDDLE, ".chat-drawer") < page.evaluate(MIDDLE, ".chat-pane")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Conversations").click()
    site.until("document.querySelector('.chat-list').getBoundingClientRect().right === innerWidth")
