"""Settings on the page of a real server: what is set there has its effect on the next call, in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.adapters.web.page_checks import nameless, poor_contrasts
from tests.served import SETTINGS, Running, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
FROM_FILE = f"{SETTINGS}\n[limits.openai]\nrequests_per_minute = 6000\n"
PAGE = Path("pointsman/adapters/web/page")
GROUPS = ("money", "models", "answers", "templates", "tools", "notices", "more")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("settings"), FROM_FILE) as opened:
        yield opened


def visit(server: Running, browser: Browser, wrong: list[str], width: int = 1440, **options: Any) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce", **options)
    page = context.new_page()
    page.on("pageerror", lambda problem: wrong.append(str(problem)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(f"{server.address}/#link={server.served.site.sessions.new_link()}")
    page.wait_for_selector(".nav")
    return page


def open_group(server: Running, page: Page, group: str) -> None:
    page.goto(f"{server.address}/#/settings/{group}")
    page.locator(".setting-tabs [aria-current=page]").wait_for()
    page.locator(".view-settings .section").first.wait_for()


def ask(server: Running, model: str = "openai/sim", **fields: object) -> tuple[int, Any]:
    with server.signed_in() as client:
        body = {"model": model, "messages": [{"role": "user", "content": "Which way?"}], **fields}
        answer = client.post("/v1/chat/completions", json=body)
        return answer.status_code, answer.json()


def save(page: Page) -> None:
    sheet = page.locator("dialog[open]")
    sheet.get_by_role("button", name="Save", exact=True).click()
    sheet.wait_for(state="detached")


def test_a_budget_set_on_the_page_refuses_the_next_call(server: Running, browser: Browser) -> None:
    wrong: list[str] = []
    page = visit(server, browser, wrong)
    page.goto(f"{server.address}/#/keys")
    page.get_by_role("button", name="Open the settings").click()
    assert ask(server)[0] == 200
    page.get_by_role("button", name="Add to Budgets").click()
    page.get_by_label("Name", exact=True).fill("tight")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("It has no limit; give usd or tokens").wait_for()
    page.get_by_label("Limit in tokens").fill("1")
    save(page)
    page.get_by_text("Limit in tokens: 1").wait_for()
    assert ask(server)[0] == 402
    page.get_by_role("button", name="Delete tight").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("Limit in tokens: 1").wait_for(state="detached")
    assert ask(server)[0] == 200
    assert [one for one in wrong if "422" not in one] == []
    page.context.close()


@pytest.mark.long
def test_a_fallback_an_alias_and_the_cache_set_on_the_page_work_at_once(server: Running, browser: Browser) -> None:
    wrong: list[str] = []
    page = visit(server, browser, wrong)
    open_group(server, page, "models")
    assert ask(server, "openai/sim-503")[0] == 503
    page.get_by_role("button", name="Change Fallbacks").click()
    page.get_by_role("textbox", name="Fallbacks").fill("anthropic/sim")
    save(page)
    page.locator("[data-setting=fallback]").get_by_text("saved here").wait_for()
    assert ask(server, "openai/sim-503")[0] == 200
    page.get_by_role("button", name="Take back Fallbacks").click()
    page.locator("[data-setting=fallback]").get_by_text("Not set.").wait_for()
    assert ask(server, "openai/sim-503")[0] == 503
    page.get_by_role("button", name="Add to Aliases").click()
    page.get_by_label("Name", exact=True).fill("clever")
    page.get_by_label("Model", exact=True).fill("anthropic/sim")
    save(page)
    page.locator("[data-setting=aliases]").get_by_text("anthropic/sim").wait_for()
    assert ask(server, "clever")[0] == 200
    open_group(server, page, "answers")
    page.get_by_role("button", name="Change Cache").click()
    page.get_by_label("Enabled").check()
    save(page)
    page.locator("[data-setting=cache]").get_by_text("saved here").wait_for()
    same = [ask(server, temperature=0.0, seed=3)[1]["id"] for _ in range(2)]
    assert same[0] == same[1]
    page.get_by_role("button", name="Take back Cache").click()
    assert wrong == []
    page.context.close()


@pytest.mark.long
def test_a_template_gets_versions_is_previewed_and_goes_back(server: Running, browser: Browser) -> None:
    wrong: list[str] = []
    page = visit(server, browser, wrong)
    open_group(server, page, "templates")
    page.get_by_role("button", name="New template").first.click()
    page.get_by_label("Name", exact=True).fill("greet")
    page.get_by_label("Message", exact=True).fill("Hello {{who}}")
    page.get_by_label("who", exact=True).fill("Ada")
    page.get_by_role("button", name="Preview").click()
    page.locator(".template-text", has_text="Hello Ada").wait_for()
    page.get_by_role("button", name="Save as version 1").click()
    page.get_by_text("greet@1").wait_for()
    page.get_by_role("button", name="Edit greet").click()
    page.get_by_label("Message", exact=True).fill("Good day {{who}}")
    page.get_by_role("button", name="Save as version 2").click()
    page.get_by_text("greet@2").wait_for()
    page.get_by_role("button", name="Back to version 1").click()
    page.get_by_text("greet@3").wait_for()
    with server.signed_in() as client:
        found = client.get("/api/v1/prompts").json()["data"]["prompts"]
    assert [one["text"] for one in found if one["name"] == "greet" and one["version"] == 3] == ["Hello {{who}}"]
    assert wrong == []
    page.context.close()


@pytest.mark.long
def test_a_key_is_edited_on_the_page(server: Running, browser: Browser) -> None:
    wrong: list[str] = []
    with server.signed_in() as client:
        made = client.post("/api/v1/keys", json={"name": "laptop"}).json()["data"]
        page = visit(server, browser, wrong)
        page.goto(f"{server.address}/#/keys")
        page.get_by_role("button", name="Edit laptop").click()
        page.get_by_label("Name", exact=True).fill("desk")
        page.get_by_label("Models", exact=True).fill("anthropic/*")
        page.get_by_label("Budget (dollars)").fill("7.5")
        page.get_by_label("Budget period").select_option("day")
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_role("button", name="Edit desk").wait_for()
        (key,) = client.get("/api/v1/keys").json()["data"]["keys"]
        assert (key["name"], key["models"], key["budget"]["amount"], key["period"]) == (
            *("desk", ["anthropic/*"], "7.5", "day"),
        )
        headers = {"authorization": f"Bearer {made['key']}"}
        body = {"model": "openai/sim", "messages": [{"role": "user", "content": "Hi"}]}
        assert client.post("/v1/chat/completions", json=body, headers=headers).status_code in (403, 404)
        client.delete(f"/api/v1/keys/{key['id']}")
    assert wrong == []
    page.context.close()


@pytest.mark.long
@pytest.mark.parametrize(
    ("width", "scheme", "groups"),
    [(1440, "light", GROUPS), (1440, "dark", ("models", "more")), (390, "light", ("models", "notices"))],
)
def test_groups_can_be_read_are_named_and_fit(
    server: Running, browser: Browser, width: int, scheme: Literal["light", "dark"], groups: tuple[str, ...]
) -> None:
    wrong: list[str] = []
    page = visit(server, browser, wrong, width, color_scheme=scheme)
    for group in groups:
        open_group(server, page, group)
        assert nameless(page)[0] == []
        assert poor_contrasts(page)[0] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    open_group(server, page, "models")
    page.get_by_role("button", name="Change Routing").press("Enter")
    page.locator("dialog[open]").wait_for()
    assert nameless(page)[0] == []
    assert poor_contrasts(page)[0] == []
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Change Routing"
    assert wrong == []
    page.context.close()


@pytest.mark.long
def test_the_page_speaks_german_to_who_asks_for_it_and_english_after_a_choice(
    server: Running, browser: Browser
) -> None:
    wrong: list[str] = []
    page = visit(server, browser, wrong, locale="de-AT")
    assert page.evaluate("document.documentElement.lang") == "de"
    open_group(server, page, "models")
    page.get_by_role("heading", name="Einstellungen").wait_for()
    page.get_by_role("button", name="Ausweichmodelle ändern").wait_for()
    page.get_by_role("button", name="Routing ändern").click()
    strategy = page.get_by_role("dialog").locator("select[name=strategy]")
    assert "eigener Rechner zuerst" in strategy.locator("option").all_inner_texts()
    strategy.select_option("local_first")  # what is saved is the value, in whatever language it is shown
    page.keyboard.press("Escape")
    limit = page.locator("[data-setting=limits]")
    assert "Anfragen pro Minute: 6000" in limit.inner_text()
    page.locator(".nav-user").click()
    page.get_by_role("menuitem", name="English").click()
    page.get_by_role("heading", name="Settings").wait_for()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert wrong == []
    page.context.close()
