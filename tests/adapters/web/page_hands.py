"""Whoever uses the page: with a mouse, by touch, or with the keyboard alone. It knows what one may do, not the page.

The keyboard reaches what it uses by Tab, as people do: what cannot be reached so is found here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from tests.patience import attempts

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Way = Literal["mouse", "touch", "keys"]
_MOST_TABS = 250
_HAS_FOCUS = "node => node === document.activeElement"


@attrs.frozen
class Hands:
    """What somebody does to a page."""

    page: Page
    way: Way

    def press(self, target: Locator) -> None:
        """Presses a button, a link, a tab: whatever it is, once it is there."""
        target.wait_for()
        if self.way == "mouse":
            target.click()
        elif self.way == "touch":
            target.tap()
        else:
            self.reach(target)
            self.page.keyboard.press("Enter")

    def reach(self, target: Locator) -> None:
        """Goes on by Tab until it has the focus."""
        for _ in range(_MOST_TABS):
            if target.evaluate(_HAS_FOCUS):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {target}")

    def write(self, target: Locator, text: str) -> None:
        """Writes into a field in place of what is in it."""
        target.wait_for()
        if self.way == "keys":
            self.reach(target)
        else:
            self.press(target)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def tick(self, target: Locator) -> None:
        """Switches something on."""
        if self.way == "keys":
            target.wait_for()
            self.reach(target)
            self.page.keyboard.press("Space")
        else:
            self.press(target)

    def choose(self, target: Locator, value: str) -> None:
        """Chooses in a list of the browser's own, which stands outside of the page."""
        if self.way == "keys":
            self.reach(target)
        target.select_option(value)

    def pick(self, name: str) -> None:
        """Picks in a list that can be searched, which has opened: what is called so, else the first that has it."""
        options = self.page.get_by_role("option")
        called = options.filter(has=self.page.get_by_text(name, exact=True))
        if self.way != "keys":
            called.or_(options.filter(has_text=name)).first.wait_for()
            self.press(called.first if called.count() else options.filter(has_text=name).first)
            return
        self.page.get_by_role("combobox").last.wait_for()
        self.page.keyboard.insert_text(name)
        called.or_(options.filter(has_text=name)).first.wait_for()
        wanted = called.first if called.count() else options.filter(has_text=name).first
        for _ in range(_MOST_TABS):
            if wanted.get_attribute("aria-selected") == "true":
                break
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")

    def choose_in_menu(self, name: str) -> None:
        """Chooses in a menu that has opened."""
        item = self.page.get_by_role("menuitem", name=name, exact=True)
        item.wait_for()
        if self.way != "keys":
            self.press(item)
            return
        for _ in range(_MOST_TABS):
            if item.evaluate(_HAS_FOCUS):
                break
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")

    def go(self, view: str) -> None:
        """Goes to a view as people of this kind do."""
        page = self.page
        if self.way == "keys":
            page.keyboard.press("Control+k")
            self.pick(view)
        elif self.way == "mouse" or page.locator(".nav-links").get_by_role("link", name=view, exact=True).is_visible():
            self.press(page.locator(".nav-links").get_by_role("link", name=view, exact=True))
        else:
            self.press(page.locator(".nav-more"))
            self.choose_in_menu(view)
        page.get_by_role("link", name=view, exact=True, include_hidden=True).and_(
            page.locator("[aria-current=page]")
        ).first.wait_for(state="attached")

    def until(self, condition: str) -> None:
        """Waits until an expression is true in the page."""
        for _ in attempts():
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"it never came to: {condition}")
