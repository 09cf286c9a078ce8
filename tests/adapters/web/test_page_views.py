"""The other views: providers, usage, routing, events, experiments, keys, audit."""

from __future__ import annotations

from tests.adapters.web import page_data as data
from tests.adapters.web.conftest import Site

PROVIDERS = "/api/v1/llm-providers"


def test_a_provider_is_edited_and_its_key_left_as_it_is(site: Site) -> None:
    page = site.open("#/providers")
    card = page.locator(".card", has=page.get_by_role("heading", name="openai", exact=True))
    assert "sk-…9f3c" in card.inner_text()
    card.get_by_role("button", name="Edit").click()
    sheet = page.get_by_role("dialog", name="Edit openai")
    assert sheet.get_by_label("Address").get_attribute("placeholder") == "https://api.openai.com/v1"
    sheet.get_by_role("button", name="gpt-5.2-mini").click()
    sheet.get_by_label("Temperature").press("Home")
    sheet.get_by_label("Tags").fill("team, cheap")
    sheet.get_by_role("button", name="Save").click()
    sheet.wait_for(state="detached")
    (sent,) = site.asked("PATCH", f"{PROVIDERS}/openai")
    assert "api_key" not in sent
    assert (sent["model"], sent["temperature"], sent["tags"]) == ("gpt-5.2-mini", 0, ["team", "cheap"])
    assert (sent["timeout"], sent["keep_alive"], sent["base_url"]) == (60, None, None)
    card.get_by_text("gpt-5.2-mini").wait_for()


def test_a_key_is_replaced_or_removed_and_never_shown_unless_typed(site: Site) -> None:
    page = site.open("#/providers")
    card = page.locator(".card", has=page.get_by_role("heading", name="openai", exact=True))
    card.get_by_role("button", name="Edit").click()
    page.get_by_text("Replace", exact=True).click()
    key = page.get_by_label("New key")
    key.fill("sk-brand-new-1234")
    assert key.get_attribute("type") == "password"
    page.get_by_role("button", name="Show what is typed").click()
    assert key.get_attribute("type") == "text"
    page.get_by_role("button", name="Save").click()
    page.get_by_text("sk-…1234").wait_for()
    card.get_by_role("button", name="Edit").click()
    page.get_by_text("Remove", exact=True).click()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("missing").wait_for()
    assert [body["api_key"] for body in site.asked("PATCH", f"{PROVIDERS}/openai")] == ["sk-brand-new-1234", None]


def test_problems_stand_at_their_fields(site: Site) -> None:
    site.expected.append("422")
    page = site.open("#/providers")
    page.get_by_role("button", name="Add a provider").click()
    page.get_by_label("Name").fill("")
    page.get_by_label("Address").fill("ftp://example.com")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Mend the marked fields and save again.").wait_for()
    name, address = page.get_by_label("Name"), page.get_by_label("Address")
    assert name.get_attribute("aria-invalid") == address.get_attribute("aria-invalid") == "true"
    assert page.locator(f"#{(address.get_attribute('aria-describedby') or '').split()[-1]}").inner_text() == (
        "Must begin with http:// or https://"
    )
    assert page.evaluate("document.activeElement.name") == "name"


def test_a_provider_is_added_tested_and_activated(site: Site) -> None:
    page = site.open("#/providers")
    page.get_by_role("button", name="Add a provider").click()
    page.get_by_label("Kind").select_option("anthropic")
    assert page.get_by_label("Name").input_value() == "anthropic"
    page.get_by_label("Name").fill("claude")
    page.get_by_label("API key").fill("sk-ant-secret")
    page.get_by_role("button", name="claude-sonnet-4-5").click()
    page.get_by_role("button", name="Test the connection").click()
    page.get_by_text("The key works and 12 models can be used.").wait_for()
    (tried,) = site.asked("POST", f"{PROVIDERS}/claude/test")
    assert (tried["kind"], tried["api_key"], tried["model"]) == ("anthropic", "sk-ant-secret", "claude-sonnet-4-5")
    page.get_by_role("button", name="Add", exact=True).click()
    card = page.locator(".card", has=page.get_by_role("heading", name="claude", exact=True))
    card.get_by_role("button", name="Activate").click()
    card.get_by_text("active", exact=True).wait_for()
    assert [name for name, each in site.stub.providers.items() if each["active"]] == ["claude"]


def test_a_failing_test_says_what_to_do_and_found_providers_are_copied(site: Site) -> None:
    page = site.open("#/providers")
    failing = page.locator(".card", has=page.get_by_role("heading", name="lmstudio", exact=True))
    failing.get_by_role("button", name="Test").click()
    failing.get_by_text("Nothing listens there; start LM Studio's server.").wait_for()
    found = page.locator(".card", has=page.get_by_role("heading", name="home", exact=True))
    assert found.get_by_role("button", name="Edit", exact=True).count() == 0
    found.get_by_role("button", name="Copy to edit").click()
    found.get_by_role("button", name="Edit", exact=True).wait_for()
    assert site.asked("PUT", f"{PROVIDERS}/home")[0]["model"] == "llama3.2"


def test_models_are_fetched_and_chosen(site: Site) -> None:
    page = site.open("#/providers")
    page.locator(".card", has_text="sk-…9f3c").get_by_role("button", name="Edit").click()
    page.get_by_role("button", name="Fetch models").click()
    page.get_by_role("option", name="text-embedding-3-small").click()
    site.until(lambda: page.get_by_label("Default model").input_value() == "text-embedding-3-small")
    assert page.evaluate("document.activeElement.textContent") == "Fetch models"


def test_a_provider_is_deleted_only_after_asking(site: Site) -> None:
    page = site.open("#/providers")
    page.get_by_role("button", name="More about gemini").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Cancel").click()
    assert "gemini" in site.stub.providers
    page.get_by_role("button", name="More about gemini").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="gemini").wait_for(state="detached")
    assert "gemini" not in site.stub.providers


def test_usage_is_drawn_with_a_title_a_description_and_a_table(site: Site) -> None:
    page = site.open("#/usage")
    page.wait_for_selector("svg.chart")
    titles = page.locator("svg.chart > title").all_text_contents()
    assert titles == ["Cost", "Calls", "Latency", "Tokens", "First token", "Errors"]
    assert all(page.locator("svg.chart > desc").all_text_contents())
    assert page.locator("rect.bar-4").count() > 0
    page.get_by_role("button", name="Latency: show as a table").click()
    table = page.get_by_role("group", name="Latency, as a table")
    assert table.get_by_role("columnheader").all_inner_texts() == ["Time", "p50", "p95", "p99"]
    assert table.get_by_role("row").count() == 49
    page.get_by_role("button", name="Latency: show as a table").click()
    assert page.locator("svg.chart").count() == 6


def test_figures_beside_an_axis_are_whole_however_long_they_are(site: Site) -> None:
    page = site.open("#/usage")
    edges = page.evaluate(
        """async () => {
          const { chartCard } = await import("/static/charts.js");
          const series = [{ name: "Cost", tone: 1, values: [0.000000053] }];
          const format = (value) => `$${value.toFixed(9)}`;
          const card = chartCard({ title: "Tiny", desc: "", kind: "area", labels: ["now"], format, series });
          document.querySelector("main").append(card);
          for (let n = 100; n && !card.querySelector(".tick"); n -= 1) await new Promise(requestAnimationFrame);
          return [...card.querySelectorAll(".tick")].map((tick) => tick.getBBox().x);
        }"""
    )
    assert len(edges) > 3
    assert min(edges) >= 0


def test_gaps_stay_gaps_and_unknown_is_not_zero(site: Site) -> None:
    page = site.open("#/usage")
    evaluated = page.evaluate(
        """async () => {
          const { runs, ticks } = await import("/static/charts.js");
          const { money, tokens, compact, total } = await import("/static/format.js");
          const some = (amount, complete) => ({ amount, complete });
          return [
            runs([1, null, 2, 3]), ticks(9), ticks(3, true), ticks(0),
            [some("0", false), some("0.000123", false), some("0", true), some("12.5", true), null].map(money),
            [{ known: 5, complete: false }, { known: 0, complete: false }, { known: 1200, complete: true }].map(tokens),
            [compact(null), compact(0)], total([some("1", true), null]),
          ];
        }"""
    )
    assert evaluated == [
        [[[0, 1]], [[2, 2], [3, 3]]],
        [0, 2.5, 5, 7.5, 10],
        [0, 1, 2, 3],
        [0, 1],
        ["unknown", "≥ $0.00012", "$0", "$12.50", "unknown"],
        ["≥ 5", "?", "1.2K"],
        ["?", "0"],
        {"amount": "1", "complete": False},
    ]
    home = page.get_by_role("row", name="home/llama3.2")
    assert "unknown" in home.inner_text()
    assert "≥" in home.inner_text()


def test_usage_is_asked_for_by_group_and_by_time(site: Site) -> None:
    page = site.open("#/usage")
    page.get_by_text("7 days").click()
    page.get_by_label("By", exact=True).select_option("task")
    page.get_by_role("rowheader", name="coding").wait_for()
    page.get_by_label("By", exact=True).select_option("day")
    page.get_by_role("row").filter(has_text="-").first.wait_for()
    assert page.get_by_role("meter", name="experiments: ≥ $4.61 of $5.00").get_attribute("aria-valuenow") == "92"
    assert page.get_by_role("group", name="Recent calls").get_by_role("row").count() == 51
    page.reload()
    assert page.get_by_label("7 days").is_checked()


def test_the_cache_is_cleared_after_asking(site: Site) -> None:
    page = site.open("#/usage")
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear").click()
    page.get_by_text("The cache is empty.").first.wait_for()
    assert site.stub.cache["entries"] == 0


def test_a_route_is_explained_with_those_passed_over(site: Site) -> None:
    page = site.open("#/routing")
    page.get_by_role("button", name="Explain the route").click()
    page.get_by_text("Write a message first.").wait_for()
    page.get_by_label("Message", exact=True).fill("SQL for late trains")
    page.get_by_label("Task").select_option("analysis")
    page.get_by_role("button", name="Explain the route").click()
    page.locator(".passed").wait_for()
    assert page.locator(".ranked strong").all_inner_texts()[0] == "anthropic/claude-haiku-4-5"
    assert page.locator(".passed li").first.inner_text().endswith("it failed lately and is left alone for 12 s more")
    (sent,) = site.asked("POST", "/api/v1/route/explain")
    assert sent == {"conversation": None, "model": "auto", "text": "SQL for late trains", "task": "analysis"}


def test_events_are_shown_filtered_paused_and_opened(site: Site) -> None:
    page = site.open("#/events")
    page.get_by_text("Connected").wait_for()
    page.locator("[data-event=fallback]").first.wait_for()
    page.get_by_role("button", name="Pause").click()
    shown = page.locator(".event-list > li").count()
    page.get_by_text("are kept, ").wait_for()
    assert page.locator(".event-list > li").count() == shown
    page.get_by_role("button", name="Fallback").click()
    assert page.locator("[data-event=fallback]").count() == 0
    page.locator("[data-event=response_complete] summary").first.click()
    assert '"latency_ms"' in page.locator(".event-detail .code").inner_text()
    page.get_by_role("button", name="Go on").click()
    site.until(f"document.querySelectorAll('.event-list > li').length > {shown}")


def test_the_list_of_events_is_bounded_and_the_socket_comes_back(site: Site) -> None:
    site.expected.append("WebSocket")
    page = site.open("#/audit")
    page.wait_for_selector(".timeline")
    frame = '{"event": "cache_hit", "time": 1, "data": {"model": "m", "age": 1, "saved": null}}'
    opened: list[str] = []

    def burst(message: object) -> None:
        opened.append(str(message))
        if len(opened) == 1:
            page.evaluate("0")

    def route(socket: object) -> None:
        socket.on_message(burst)  # type: ignore[attr-defined]
        for _ in range(700):
            socket.send(frame)  # type: ignore[attr-defined]
        if not opened:
            opened.append("first")
            socket.close(code=1011)  # type: ignore[attr-defined]

    page.route_web_socket("**/api/v1/events", route)
    page.get_by_role("link", name="Live events").click()
    page.get_by_text("1,400 seen, the last 500 are kept").wait_for()
    assert page.locator(".event-list > li").count() == 500


def test_experiments_show_their_intervals_in_words_too(site: Site) -> None:
    page = site.open("#/experiments")
    page.wait_for_selector("svg.interval-chart")
    described = page.locator("svg.interval-chart > desc").first.text_content()
    assert described is not None
    assert described.startswith("control 95.5 %, between 92.0 % and 98.0 %; haiku 96.2 %")
    assert page.locator(".range").count() == 9
    assert page.get_by_text("No results yet").is_visible()


def test_a_key_is_made_and_shown_once_then_disabled_and_deleted(site: Site) -> None:
    page = site.open("#/keys")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="New key").click()
    page.get_by_role("button", name="Create the key").click()
    page.get_by_text("Give the key a name.").wait_for()
    page.get_by_label("Name").fill("robot")
    page.get_by_label("Models", exact=True).fill("openai/*, home/llama3.2")
    page.get_by_label("Budget (dollars)").fill("5.00")
    page.get_by_text("30 days").click()
    page.get_by_role("button", name="Create the key").click()
    page.get_by_text("pm-c0ffee0123456789abcdef").wait_for()
    page.get_by_role("button", name="Copy").click()
    assert page.evaluate("navigator.clipboard.readText()") == "pm-c0ffee0123456789abcdef"
    page.get_by_role("button", name="Done").click()
    page.get_by_text("pm-c0ffee0123456789abcdef").wait_for(state="detached")
    (sent,) = site.asked("POST", "/api/v1/keys")
    assert (sent["scopes"], sent["models"], sent["budget"]) == (["chat"], ["openai/*", "home/llama3.2"], "5.00")
    assert abs(sent["expires"] - data.NOW - 30 * 86400) < 3600
    page.get_by_role("button", name="Disable robot").click()
    page.get_by_role("button", name="Enable robot").wait_for()
    page.get_by_role("button", name="Delete robot").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("row", name="robot").wait_for(state="detached")
    assert set(site.stub.keys) == {"k1", "k2", "k3"}


def test_the_audit_tells_what_was_and_what_is(site: Site) -> None:
    page = site.open("#/audit")
    first = page.locator(".timeline-entry").first
    first.wait_for()
    words = first.inner_text().split()
    assert words[:3] == ["Provider", "changed", "openai"]
    assert words[-7:] == ["admin", "Temperature", "1", "0.7", "Max", "tokens", "4096"]
    disabled = page.locator(".timeline-entry", has_text="old mobile app").inner_text().split()
    assert disabled[-3:] == ["Enabled", "yes", "no"]
    assert "fingerprint 12ab34cd" in page.locator(".timeline-entry", has_text="gemini").inner_text()


def test_empty_views_say_what_to_do(site: Site) -> None:
    stub = site.stub
    stub.providers.clear()
    stub.keys.clear()
    stub.audit.clear()
    stub.conversations.clear()
    page = site.open("#/providers")
    page.get_by_text("Add one with its key, or start Ollama").wait_for()
    page.get_by_role("link", name="Keys and budgets").click()
    page.get_by_text("Make one for each program").wait_for()
    page.get_by_role("link", name="Audit").click()
    page.get_by_text("Nothing was changed yet").wait_for()
    page.get_by_role("link", name="Chat", exact=True).click()
    page.get_by_text("No conversations yet").wait_for()


def test_what_can_be_done_with_a_key_is_in_reach_on_a_small_screen(site: Site) -> None:
    next(iter(site.stub.keys.values())).update(name="laptop-of-the-station-master", models=["openai/*", "local/*"])
    page = site.open("#/keys")
    page.set_viewport_size({"width": 1024, "height": 768})
    box = page.locator(".table-box").first
    for one in page.locator(".key-actions").first.get_by_role("button").all():
        inner, outer = one.bounding_box(), box.bounding_box()
        assert inner is not None
        assert outer is not None
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
    assert page.locator(".key-actions").first.get_by_role("button").count() == 3
