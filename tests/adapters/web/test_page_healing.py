"""The view Healing: runs, one that goes, the report in its frame, the cases."""

from __future__ import annotations

from tests.adapters.web.conftest import Site
from tests.adapters.web.page_eval import ENDED, GOING
from tests.core.evaluation.whole_runs import HOSTILE


def test_runs_are_listed_and_one_that_goes_moves_on_by_itself(site: Site) -> None:
    page = site.open("#/healing")
    going, ended = page.locator(".healing-run").nth(0), page.locator(".healing-run").nth(1)
    going.get_by_text("100 % (4 of 4)").wait_for()
    assert "running" in going.inner_text()
    assert "24 faults · 2 kinds · $0.30 of $0.50" in ended.inner_text()
    assert ended.get_by_role("meter", name="p/dear: 24 of 24 answers judged").count() == 1
    site.stub.judged = 12
    going.get_by_text("100 % (12 of 12)").wait_for()
    going.get_by_role("link", name=GOING).click()
    page.get_by_text("36 of 72 answers judged (50 %)").wait_for()


def test_the_report_stands_in_a_frame_in_the_theme_of_the_page_and_runs_nothing(site: Site) -> None:
    page = site.open(f"#/healing/{ENDED}")
    frame = page.frame_locator(".healing-frame")
    frame.get_by_role("heading", name="By kind").wait_for()
    site.until("document.querySelector('.healing-frame').offsetHeight > 1500")
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="Theme").click()
    frame.locator("html[data-theme=dark]").wait_for()
    frame.get_by_text("off-by-one").last.click()
    assert frame.locator("script, img").count() == 0


def test_cases_are_chosen_and_opened_and_a_hostile_answer_is_text(site: Site) -> None:
    page = site.open(f"#/healing/{ENDED}")
    page.get_by_text("Cases", exact=True).click()
    page.get_by_text("24 cases").wait_for()
    assert page.locator(".healing-case").count() == 20
    page.get_by_role("button", name="Show more").click()
    site.until("document.querySelectorAll('.healing-case').length === 24")
    page.get_by_label("Kind").select_option("name")
    page.get_by_text("12 cases").wait_for()
    page.get_by_text("Healed by all").click()
    page.get_by_text("None came out so").wait_for()
    page.get_by_text("Healed by some").click()
    page.locator(".healing-case > summary").first.click()
    answer = page.locator(".healing-answer", has_text="p/unpriced")
    answer.locator("summary").click()
    shown = answer.locator(".healing-text").last.text_content() or ""
    assert HOSTILE.split(" \u202e")[0] in shown
    assert "\\u202egnp.exe" in shown
    assert page.locator("main img, main script").count() == 0
    assert page.locator(".diff-added").count() == 0
    page.get_by_text("What heals it").click()
    page.locator(".diff-added").first.wait_for()
    assert page.locator(".diff-added").all_text_contents() == ["+    return x + 1\n"]


def test_the_view_fits_on_a_phone(phone: Site) -> None:
    page = phone.open(f"#/healing/{ENDED}")
    page.frame_locator(".healing-frame").get_by_role("heading", name="By kind").wait_for()
    assert page.evaluate("document.querySelector('main').scrollWidth <= innerWidth")
    inner = page.frame_locator(".healing-frame").locator("html")
    assert inner.evaluate("node => node.scrollWidth <= node.clientWidth")
