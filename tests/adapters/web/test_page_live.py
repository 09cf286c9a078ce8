"""The views on a real server with simulated providers: what they show is so, and changes when that is no longer so."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs
import httpx
import pytest

from pointsman.core.json import dumps
from tests.adapters.chat_exports.samples import CHATGPT, CLAUDE, OPEN_WEBUI
from tests.adapters.web.conftest import CHROMIUM, REPORT_VIOLATIONS
from tests.adapters.web.page_checks import nameless, poor_contrasts
from tests.patience import GUARD, attempts
from tests.served import SETTINGS, Running, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium on this machine"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
]
MORE = "[usage]\nkeep_content = true\n[models.'openai/*']\ninput = 1\noutput = 2\ncontext_length = 32000\n"
TYPED = "sk-typed-into-the-form-13579"


@attrs.frozen
class Live:
    """The signed-in page, the server behind it, and a client with the page's rights."""

    page: Page
    server: Running
    admin: httpx.Client

    def open(self, address: str) -> Page:
        """Goes to a view, as if the page had been loaded there."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.server.address}/#/{address}")
        self.page.wait_for_selector(".view > *", state="attached")
        return self.page

    def chat(self, model: str, text: str = "Which way?", **more: object) -> httpx.Response:
        """One call through the API."""
        return self.admin.post("/api/v1/chat", json={"model": model, "text": text, **more})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("live") / "home", SETTINGS + MORE) as found:
        yield found


@pytest.fixture
def live(browser: Browser, server: Running) -> Iterator[Live]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(GUARD * 1000)
    context.add_init_script(REPORT_VIOLATIONS)
    wrong: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda problem: wrong.append(str(problem)))
    page.goto(f"{server.address}/#link={server.served.site.sessions.new_link()}")
    page.wait_for_selector(".nav")
    with server.signed_in() as admin:
        yield Live(page, server, admin)
    context.close()
    assert [one for one in wrong if "Failed to load resource" not in one] == []


def test_a_provider_is_filled_in_fetched_tested_and_saved_in_that_order(live: Live) -> None:
    page = live.open("providers")
    page.get_by_role("button", name="Add a provider").first.click()
    form = page.get_by_role("dialog")
    names = form.locator(".sheet-body input, .sheet-body select").evaluate_all("all => all.map(one => one.name)")
    assert [name for name in names if name in ("kind", "api_key", "base_url", "model")] == [
        "kind",
        "api_key",
        "base_url",
        "model",
    ]
    form.get_by_label("Name").fill("mine")
    form.get_by_label("API key").fill(TYPED)
    form.get_by_label("Address").fill("http://127.0.0.1:1/v1")
    form.get_by_role("button", name="Fetch models").click()
    form.get_by_role("alert").wait_for()
    assert form.get_by_role("alert").inner_text().count("mine") == 1
    form.get_by_label("Address").fill(f"{live.server.upstream.address}/v1")
    form.get_by_role("button", name="Fetch models").click()
    page.locator("[role=option]").first.click()
    settled(page, "document.querySelector('dialog input[name=model]').value !== ''")
    assert form.get_by_label("Default model").input_value() in upstream_models(live)
    form.get_by_role("button", name="Test the connection").click()
    form.get_by_text("It answers.").wait_for()
    assert form.locator(".test-result").inner_text().count("model") == 1, "how many there are is said once"
    form.get_by_role("button", name="Add", exact=True).click()
    card = page.locator(".card", has=page.get_by_role("heading", name="mine", exact=True))
    card.get_by_text("not tried yet").wait_for()
    card.get_by_role("button", name="Test", exact=True).click()
    card.get_by_text("answered just now").wait_for()
    assert TYPED not in page.content()


def test_a_failed_answer_says_why_also_after_a_reload_and_in_the_language_of_the_page(live: Live) -> None:
    made = {"parameters": {"model": "gemini/sim-503"}}
    talk = live.admin.post("/api/v1/conversations", json=made).json()["data"]["id"]
    page = live.open(f"chat/{talk}")
    page.get_by_label("Message", exact=True).fill("It will not come")
    page.keyboard.press("Enter")
    card = page.locator(".turn-answer .error-card")
    card.get_by_text("gemini/sim-503: ").wait_for()
    said = card.locator("p").first.inner_text()
    page.locator(".turn-answer .turn-actions").wait_for()
    page.reload()
    card.get_by_text(said).wait_for()
    page.locator(".answer-model", has_text="sim-503").wait_for()
    page.evaluate("localStorage.setItem('pointsman.language', 'de')")
    page.reload()
    card.get_by_text("Der Anbieter kann gerade nicht antworten.").wait_for()
    card.locator("[lang=en]").get_by_text(said, exact=True).wait_for()
    page.evaluate("localStorage.removeItem('pointsman.language')")


def test_what_is_sent_before_its_conversation_has_come_goes_to_its_own_model(live: Live) -> None:
    made = {"parameters": {"model": "gemini/sim"}}
    talk = live.admin.post("/api/v1/conversations", json=made).json()["data"]["id"]
    held: list[Route] = []
    live.page.route(f"**/conversations/{talk}", lambda route: route.continue_() if held else held.append(route))
    page = live.open(f"chat/{talk}")
    page.get_by_label("Message", exact=True).fill("Which way?")
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    held[0].continue_()
    page.locator(".turn-answer .turn-actions").wait_for()
    page.unroute(f"**/conversations/{talk}")
    assert page.locator(".turn-answer .answer-model").all_inner_texts() == ["sim\ngemini"]


def test_a_provider_says_not_tried_yet_then_answered_then_its_last_error(live: Live) -> None:
    page = live.open("providers")
    card = page.locator(".card", has=page.get_by_role("heading", name="anthropic", exact=True))
    card.get_by_text("not tried yet").wait_for()
    live.chat("anthropic/sim")
    live.open("providers")
    card.get_by_text("answered just now").wait_for()
    live.chat("anthropic/sim-503")
    live.open("providers")
    card.get_by_text("last error just now").wait_for()
    assert "anthropic/sim-503" in card.locator(".last-error").inner_text()


def test_an_event_that_the_page_has_no_words_for_can_be_chosen_by_its_name(live: Live) -> None:
    def add_event(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        told["data"]["events"].append("signal_change")
        route.fulfill(response=answer, json=told)

    live.page.route("**/api/v1/session", add_event)
    page = live.open("events")
    page.get_by_role("button", name="Signal change").wait_for()
    page.unroute("**/api/v1/session")


def test_live_events_show_failures_as_failures(live: Live) -> None:
    page = live.open("events")
    page.get_by_text("Connected").wait_for()
    live.chat("openai/sim-auth")
    failed = page.locator("[data-event=response_complete]").first
    failed.wait_for()
    assert failed.locator(".badge").inner_text() == "Failed"
    words = failed.locator(".event-words").inner_text()
    assert words.startswith("openai/sim-auth")
    assert words.count("sim-auth") == 1
    assert "null" not in words
    live.chat("gemini/sim")
    page.get_by_text("Answered").nth(1).wait_for()
    good = page.locator("[data-event=response_complete]").first.locator(".event-words").inner_text()
    assert good.startswith("gemini/sim in ")
    assert good.endswith(", cost unknown")


def test_a_route_says_price_window_and_speed_and_guesses_no_task(live: Live) -> None:
    live.chat("openai/sim")
    page = live.open("routing")
    page.get_by_label("Message", exact=True).fill("Write a python function that sorts")
    page.get_by_role("button", name="Explain the route").click()
    of_openai = page.locator(".ranked li", has_text="openai/sim").locator(".route-outlook").first
    of_openai.wait_for()
    assert "about $" in of_openai.inner_text()
    assert "window of 32K tokens" in of_openai.inner_text()
    other = page.locator(".ranked li", has_text="gemini/sim").locator(".route-outlook").first.inner_text()
    assert "price unknown" in other
    assert "window unknown" in other


def test_the_reasons_of_a_route_are_in_the_language_of_the_page(live: Live) -> None:
    live.chat("openai/sim")
    page = live.open("routing")
    page.evaluate("localStorage.setItem('pointsman.language', 'de')")
    page = live.open("routing")
    page.get_by_label("Nachricht", exact=True).fill("Which way?")
    page.get_by_role("button", name="Weg erklären").click()
    page.locator(".ranked li").first.wait_for()
    reasons = page.locator(".ranked li p bdi, .passed li p bdi").all_inner_texts()
    page.evaluate("localStorage.removeItem('pointsman.language')")
    assert reasons
    assert all("Aufgabe" in reason or "genannt" in reason for reason in reasons), reasons


def test_what_can_only_be_one_of_a_few_is_chosen(live: Live) -> None:
    live.admin.post("/api/v1/llm-providers", json={"name": "few", "kind": "openai", "enabled": False, "model": "m"})
    page = live.open("providers")
    page.locator(".card", has_text="few").get_by_role("button", name="Edit").click()
    choice = page.get_by_role("dialog").get_by_label("When its client leaves")
    assert choice.locator("option").all_inner_texts()[1:] == ["stops", "goes on", "unknown"]
    choice.select_option("goes_on")
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("dialog").wait_for(state="hidden")
    listed = live.admin.get("/api/v1/llm-providers").json()["data"]["providers"]
    assert {one["name"]: one["when_left"] for one in listed}["few"] == "goes_on"
    assert live.admin.delete("/api/v1/llm-providers/few").status_code == 200


def test_the_audit_speaks_in_words(live: Live) -> None:
    live.admin.post("/api/v1/llm-providers", json={"name": "off", "kind": "openai", "enabled": False, "model": "m"})
    page = live.open("audit")
    entry = page.locator(".timeline-entry", has_text="off").first
    entry.wait_for()
    words = entry.inner_text()
    assert words.startswith("Provider added")
    assert "False" not in words
    assert "nothing" not in words
    live.admin.patch("/api/v1/llm-providers/off", json={"model": None})
    live.open("audit")
    changed = page.locator(".timeline-entry", has_text="Provider changed").first
    changed.wait_for()
    assert "removed" in changed.inner_text()
    assert live.admin.delete("/api/v1/llm-providers/off").status_code == 200


def test_a_cost_that_is_unknown_is_not_drawn_as_none(tmp_path: Path, browser: Browser) -> None:
    with running(tmp_path / "home") as fresh, fresh.signed_in() as admin:
        admin.post("/api/v1/chat", json={"model": "gemini/sim", "text": "Hi"})
        page = browser.new_page()
        page.clock.set_fixed_time(time.time() - 3600)  # the server's clock counts, not that of who looks
        page.set_default_timeout(GUARD * 1000)
        page.goto(f"{fresh.address}/#link={fresh.served.site.sessions.new_link()}")
        page.wait_for_selector(".nav")
        page.goto(f"{fresh.address}/#/usage")
        cost = page.get_by_role("region", name="Cost", exact=True)
        cost.get_by_text("The prices of these models are not known").wait_for()
        assert cost.locator("svg.chart").count() == 0
        assert cost.locator(".figure").inner_text() == "cost unknown"
        page.close()


def test_a_request_is_found_looked_at_and_asked_again(live: Live) -> None:
    live.chat("openai/sim", "Which way to the harbour?", tags=["harbour"])
    page = live.open("requests")
    page.get_by_role("searchbox", name="Tag").fill("harbour")
    rows = page.locator(".request-table tbody tr")
    settled(page, "document.querySelectorAll('.request-table tbody tr').length === 1")
    rows.first.get_by_role("link").press("Enter")
    page.get_by_role("heading", name="openai/sim").wait_for()
    assert page.locator(".fall li").count() >= 2
    assert "Which way to the harbour?" in page.get_by_role("region", name="What was said").inner_text()
    assert "no choice to make" in page.get_by_role("region", name="Route").inner_text()
    assert "$" in page.get_by_role("region", name="Figures").inner_text()
    page.get_by_role("button", name="Ask another model").click()
    page.locator("[role=option]", has_text="ollama/sim").first.click()
    dialog = page.get_by_role("dialog", name="The same, asked again")
    dialog.get_by_role("heading", name="ollama/sim").wait_for()
    assert "harbour" in dialog.inner_text()
    dialog.get_by_role("button", name="Close").last.click()
    page.get_by_role("button", name="All requests").click()
    page.get_by_role("button", name="Clear the filter").or_(page.locator(".request-table")).first.wait_for()
    page.get_by_role("searchbox", name="Tag").fill("no such tag")
    page.get_by_text("No request fits").wait_for()
    page.get_by_role("button", name="Clear the filter").click()
    page.get_by_text("replay:").first.wait_for()


def test_a_failed_request_says_why_and_exports_are_files(live: Live) -> None:
    live.chat("gemini/sim-503", "It will not")
    page = live.open("requests")
    page.get_by_label("Outcome").select_option("ModelUnavailable")
    badges = "[...document.querySelectorAll('.request-table tbody tr .badge:first-child')].map((one) => one.innerText)"
    settled(page, f"{badges}.length > 0 && {badges}.every((words) => words === 'model unavailable')")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export").click()
        page.get_by_role("menuitem", name="As CSV").click()
    assert "ModelUnavailable" in Path(saved.value.path()).read_text()
    page.get_by_role("link", name="sim-503").first.click()
    page.locator(".view .last-error").wait_for()
    bars = "[...document.querySelectorAll('.fall-bad, .fall-whole')].map((bar) => parseFloat(bar.style.width.slice(9)))"
    assert page.evaluate(bars) == [100, 100], "one try is the whole call"
    assert page.locator(".fall-rest").count() == 0
    live.open("requests/no-such-request")
    page.get_by_text("There is no such request").wait_for()


def test_the_first_key_warns_that_it_closes_the_gateway_and_stands_in_the_snippets(
    tmp_path: Path, browser: Browser
) -> None:
    with running(tmp_path / "home") as fresh:
        page = browser.new_page()
        page.set_default_timeout(GUARD * 1000)
        page.goto(f"{fresh.address}/#link={fresh.served.site.sessions.new_link()}")
        page.wait_for_selector(".nav")
        page.goto(f"{fresh.address}/#/connect")
        page.get_by_text("The gateway is open").wait_for()
        shown = page.get_by_role("tabpanel")
        assert f'base_url="{fresh.address}/v1", api_key="none"' in shown.inner_text()
        page.get_by_role("button", name="New key").click()
        page.get_by_text("refuses everybody who brings none").wait_for()
        page.get_by_label("Name").fill("laptop")
        page.get_by_role("button", name="Create the key").click()
        page.get_by_text("The gateway refuses who brings no key").wait_for()
        key = page.locator(".key-once code").inner_text()
        page.get_by_role("button", name="Done").click()
        page.get_by_text("just made, stands in the snippets").wait_for()
        page.get_by_role("tab", name="openai").first.press("ArrowRight")
        settled(page, f"document.querySelector('[role=tabpanel]').innerText.includes('api_key=\"{key}\"')")
        assert f'Anthropic(base_url="{fresh.address}"' in shown.inner_text()
        page.get_by_label("Model").fill("anthropic/sim")
        settled(page, "document.querySelector('[role=tabpanel]').innerText.includes('anthropic/sim')")
        asked = httpx.post(
            f"{fresh.address}/v1/chat/completions",
            json={"model": "openai/sim", "messages": [{"role": "user", "content": "Hi"}]},
            headers={"authorization": f"Bearer {key}"},
            trust_env=False,
        )
        assert asked.status_code == 200
        page.reload()
        page.get_by_text("The gateway asks for a key").wait_for()
        assert key not in page.content()
        page.get_by_role("button", name="New key").click()
        page.get_by_label("Name").wait_for()
        assert page.get_by_text("refuses everybody who brings none").count() == 0
        page.close()


def test_models_answer_side_by_side_and_a_vote_is_counted_with_its_interval(live: Live) -> None:
    page = live.open("compare")
    page.evaluate("localStorage.removeItem('pointsman.compare.models')")
    page = live.open("compare")
    page.locator(".compare-chip").nth(1).wait_for()
    page.get_by_text("No votes for General yet").wait_for()
    page.get_by_role("button", name="Ask all").click()
    page.get_by_text("Write a prompt first.").wait_for()
    page.get_by_role("button", name="Add a model").click()
    page.locator("[role=option]", has_text="ollama/sim").first.click()
    settled(page, "document.querySelectorAll('.compare-chip').length === 3")
    page.get_by_label("Prompt", exact=True).fill("Which way to the sea?")
    page.get_by_role("button", name="Ask all").click()
    page.get_by_text("Which answer is best?").wait_for()
    columns = page.locator(".compare-column")
    assert columns.count() == 3
    for index in range(3):
        words = columns.nth(index).inner_text()
        assert "Which way to the sea?" in words
        assert "Tokens in / out" in words
        assert "Cost" in words
    columns.nth(1).get_by_role("button", name="is best").click()
    columns.nth(1).get_by_text("preferred", exact=True).wait_for()
    page.get_by_text("too few votes to change the routing").wait_for()
    assert page.get_by_role("button", name="All are as good").is_disabled()
    told = live.admin.get("/api/v1/compare/votes").json()["data"]["preferences"]
    assert len(told) == 3
    assert told[0]["won"] == pytest.approx(1.0, abs=0.01)


def test_a_model_that_fails_in_a_comparison_says_why_and_nobody_votes(live: Live) -> None:
    page = live.open("compare")
    page.locator(".compare-chip").nth(1).wait_for()
    page.locator(".compare-chip .btn").nth(1).click()
    page.get_by_role("combobox").or_(page.get_by_role("searchbox")).last.fill("openai/sim-503")
    page.get_by_text("Use “openai/sim-503”").click()
    page.get_by_label("Prompt", exact=True).fill("Which way?")
    page.get_by_role("button", name="Ask all").click()
    page.get_by_text("Only when all have answered").wait_for()
    failed = page.locator(".compare-column .last-error")
    assert failed.inner_text().startswith("openai/sim-503")
    assert page.get_by_role("button", name="is best").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_new_views_can_be_read_named_and_fit_a_phone(live: Live, theme: Literal["light", "dark"]) -> None:
    live.chat("gemini/sim-503", "A failure to look at")
    newest = live.admin.get("/api/v1/requests").json()["data"]["requests"][0]["id"]
    page = live.page
    page.emulate_media(color_scheme=theme)
    ready = {
        "connect": ".connect-tabs",
        "compare": ".compare-chip",
        "requests": ".request-table tbody tr",
        f"requests/{newest}": ".fall",
    }
    for view, sign in ready.items():
        live.open(view)
        page.locator(sign).first.wait_for()
        assert nameless(page)[0] == [], view
        assert poor_contrasts(page)[0] == [], view
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == 390, view
        page.set_viewport_size({"width": 1440, "height": 900})


def test_exports_of_three_programs_are_imported_each_told_and_a_bad_file_says_why(live: Live) -> None:
    page = live.open("chat")
    told = page.locator(".list-import")

    def choose(name: str, data: bytes) -> None:
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Import conversations").click()
        chooser.value.set_files({"name": name, "mimeType": "", "buffer": data})

    held: list[Route] = []
    page.route("**/api/v1/conversations/imports", lambda route: held.append(route))
    choose("conversations.json", dumps(CHATGPT))
    told.get_by_text("Importing conversations.json…").wait_for()
    assert told.get_by_role("progressbar").is_visible()
    assert page.get_by_role("button", name="Import conversations").is_disabled()
    held[0].continue_()
    page.unroute("**/api/v1/conversations/imports")
    told.get_by_text("ChatGPT: 3 new conversations.").wait_for()
    page.locator(".chat-title", has_text="Trains").wait_for()
    page.locator(".list-rows").get_by_role("link", name="Trains").first.wait_for()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("conversations.json", dumps(CLAUDE))
    choose("data.zip", packed.getvalue())
    told.get_by_text("Claude: ").wait_for()
    choose("export.json", dumps(OPEN_WEBUI))
    told.get_by_text("Open WebUI: ").wait_for()
    choose("conversations.json", dumps(CHATGPT))
    told.get_by_text("ChatGPT: 3 were there already.").wait_for()
    choose("letter.json", b"Dear all,")
    told.get_by_role("alert").wait_for()
    assert told.get_by_role("progressbar").count() == 0
    assert "export" in told.inner_text()
    told.get_by_role("button", name="Choose another file").wait_for()
    told.get_by_role("button", name="Close").click()
    told.wait_for(state="hidden")


def upstream_models(live: Live) -> set[str]:
    return {one["id"].partition("/")[2] for one in live.admin.get("/api/v1/models").json()["data"]["models"]}


def settled(page: Page, condition: str) -> None:
    """Waits until `condition` holds in the page, whose policy forbids Playwright's own way."""
    for _ in attempts():
        if page.evaluate(condition):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"it never came to: {condition}")
