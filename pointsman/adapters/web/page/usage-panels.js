// Below the charts: budgets with bars, the cache, the recent calls.

import { get, remove } from "./api.js";
import { confirmed } from "./dialogs.js";
import { h } from "./dom.js";
import { ago, bytes, clock, compact, count, milliseconds, moment, money } from "./format.js";
import { attempt, badge, button, emptyState, loaded } from "./ui.js";

const section = (title, body, ...actions) => h("section", { class: "panel section", "aria-label": title }, h("header", { class: "section-head" }, h("h2", {}, title), actions), body);

function shareOf(budget) {
  if (budget.limit) return (Number(budget.spent.amount) + Number(budget.reserved?.amount ?? 0)) / Number(budget.limit.amount);
  return budget.limit_tokens ? budget.spent_tokens / budget.limit_tokens : 0;
}

/** A budget with its bar. */
export function budgetRow(budget) {
  const share = Math.min(1, shareOf(budget));
  const tone = share >= 1 ? "bad" : share >= (budget.soft ?? 0.9) ? "warn" : "ok";
  const fillBar = h("span", { class: `meter-fill meter-${tone}` });
  fillBar.style.width = `${Math.max(share * 100, 1)}%`;
  const words = budget.limit ? `${money(budget.spent)} of ${money(budget.limit)}` : `${compact(budget.spent_tokens)} of ${compact(budget.limit_tokens)} tokens`;
  const notes = [budget.account, budget.reserved && Number(budget.reserved.amount) > 0 && `${money(budget.reserved)} reserved`, budget.resets && `resets ${ago(budget.resets)}`].filter(Boolean);
  return h(
    "li",
    { class: "budget" },
    h("div", { class: "budget-head" }, h("strong", {}, budget.name), h("span", {}, words)),
    h("div", { class: "meter", role: "meter", "aria-label": `${budget.name}: ${words}`, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.round(share * 100) }, fillBar),
    h("p", { class: "tiny quiet" }, notes.join(" · "), tone !== "ok" && h("span", { class: `text-${tone}` }, tone === "bad" ? " · used up" : " · nearly used up")),
  );
}

/** The budgets. */
export function budgetPanel() {
  const box = h("div", {});
  loaded(box, async () => {
    const { budgets } = await get("/api/v1/budgets");
    return budgets.length ? h("ul", { class: "budgets" }, budgets.map(budgetRow)) : emptyState("wallet", "No budgets", "Set one in the configuration, or give a key its own under Keys and budgets.");
  });
  return section("Budgets", box);
}

/** The cache, with a button that clears it. */
export function cachePanel() {
  const box = h("div", {});
  const clear = button("Clear", { glyph: "trash", onclick: empty });

  async function empty() {
    const sure = await confirmed({ title: "Clear the cache?", text: "All kept answers are dropped. The next calls are asked and paid again.", action: "Clear" });
    if (sure && (await attempt(() => remove("/api/v1/cache"), "The cache is empty.")) !== undefined) load();
  }

  const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  const load = () =>
    loaded(box, async () => {
      const cache = await get("/api/v1/cache");
      clear.disabled = !cache.entries;
      if (!cache.enabled) return emptyState("layers", "The cache is off", "Switch it on in the configuration; repeated questions then cost nothing.");
      const facts = h("dl", { class: "numbers" }, fact("Saved", money(cache.saved)), fact("Hits", count(cache.hits)), fact("Answers kept", count(cache.entries)), fact("Size", bytes(cache.bytes)));
      return [facts, h("p", { class: "hint" }, "A question that was asked before is answered from here: at once, and without cost.")];
    });
  load();
  return section("Cache", box, clear);
}

const OK = new Set(["ok", "success", "complete", ""]);

function recordRow(each) {
  const { input, output, estimated } = each.usage ?? {};
  const good = OK.has(each.outcome);
  return h(
    "tr",
    {},
    h("td", { class: "nowrap", title: moment(each.time) }, clock(each.time)),
    h("th", { scope: "row" }, h("span", { class: "cell-words" }, each.model.slice(each.model.indexOf("/") + 1), h("small", {}, each.provider))),
    h("td", {}, each.task || "none"),
    h("td", { class: "num" }, `${compact(input)} / ${compact(output)}${estimated ? " ≈" : ""}`),
    h("td", { class: "num" }, money(each.cost)),
    h("td", { class: "num" }, milliseconds(each.latency_ms)),
    h("td", {}, h("span", { class: "badges" }, good ? badge("ok", "ok") : badge(each.outcome, "bad"), each.cache && badge(`${each.cache} cache`, "accent"), each.attempts > 1 && badge(`${each.attempts} attempts`, "warn"))),
  );
}

/** The recent calls. */
export function recordPanel() {
  const box = h("div", {});
  const names = [["Time"], ["Model"], ["Task"], ["Tokens in / out", "num"], ["Cost", "num"], ["Latency", "num"], ["Outcome"]];
  loaded(box, async () => {
    const { records } = await get("/api/v1/usage/records", { limit: 50 });
    if (!records.length) return emptyState("list", "No calls yet", "Ask something in the chat, and it is listed here.");
    const head = h("tr", {}, names.map(([name, kind]) => h("th", { scope: "col", class: kind ?? "" }, name)));
    return h("div", { class: "table-box records", tabindex: "0", role: "group", "aria-label": "Recent calls" }, h("table", { class: "table" }, h("thead", {}, head), h("tbody", {}, records.map(recordRow))));
  });
  return section("Recent calls", box);
}
