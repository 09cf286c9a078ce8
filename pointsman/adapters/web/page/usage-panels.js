// Below the charts: budgets with bars, the cache, the recent calls.

import { can } from "./access.js";
import { get, remove } from "./api.js";
import { confirmed } from "./dialogs.js";
import { h } from "./dom.js";
import { ago, bytes, clock, compact, count, milliseconds, moment, money } from "./format.js";
import { outcomeTone, outcomeWords } from "./outcomes.js";
import { t } from "./texts.js";
import { attempt, badge, button, emptyState, loaded } from "./ui.js";
import { go } from "./views.js";

const section = (title, body, ...actions) => h("section", { class: "panel section", "aria-label": title }, h("header", { class: "section-head" }, h("h2", {}, title), actions), body);

function shareOf(budget) {
  if (budget.limit) return (Number(budget.spent.amount) + Number(budget.reserved?.amount ?? 0)) / Number(budget.limit.amount);
  return budget.limit_tokens ? budget.spent_tokens / budget.limit_tokens : 0;
}

/** For whom an account counts: the last but one of `name|scope|who|since`, where the budget has one for each. */
const payerOf = ({ account }) => account.split("|").at(-2);

/** A budget with its bar. */
export function budgetRow(budget) {
  const share = Math.min(1, shareOf(budget));
  const tone = share >= 1 ? "bad" : share >= (budget.soft ?? 0.9) ? "warn" : "ok";
  const fillBar = h("span", { class: `meter-fill meter-${tone}` });
  fillBar.style.width = `${Math.max(share * 100, 1)}%`;
  const words = budget.limit ? t("usagePanels.spentOf", { spent: money(budget.spent), limit: money(budget.limit) }) : t("usagePanels.tokensOf", { spent_tokens: compact(budget.spent_tokens), limit_tokens: compact(budget.limit_tokens) });
  const notes = [payerOf(budget), budget.reserved && Number(budget.reserved.amount) > 0 && t("usagePanels.reserved", { reserved: money(budget.reserved) }), budget.resets && t("usagePanels.resets", { resets: ago(budget.resets) })].filter(Boolean);
  return h(
    "li",
    { class: "budget" },
    h("div", { class: "budget-head" }, h("strong", {}, budget.name), h("span", {}, words)),
    h("div", { class: "meter", role: "meter", "aria-label": `${budget.name}: ${words}`, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.round(share * 100) }, fillBar),
    h("p", { class: "tiny quiet" }, notes.join(" · "), tone !== "ok" && [" · ", h("span", { class: `text-${tone}` }, tone === "bad" ? t("usagePanels.usedUp") : t("usagePanels.nearlyUsedUp"))]),
  );
}

const settingsButton = (group) => (can("admin") ? button(t("usagePanels.openSettings"), { glyph: "sliders", onclick: () => go("settings", group) }) : null);

/** The budgets. */
export function budgetPanel() {
  const box = h("div", {});
  loaded(box, async () => {
    const { budgets } = await get("/api/v1/budgets");
    return budgets.length ? h("ul", { class: "budgets" }, budgets.map(budgetRow)) : emptyState("wallet", t("usagePanels.noBudgets"), t("usagePanels.noBudgetsHint"), settingsButton("money"));
  });
  return section(t("usagePanels.budgets"), box);
}

/** The cache, with a button that clears it. */
export function cachePanel() {
  const box = h("div", {});
  const clear = button(t("common.clear"), { glyph: "trash", onclick: empty });

  async function empty() {
    const sure = await confirmed({ title: t("usagePanels.clearTheCache"), text: t("usagePanels.clearHint"), action: t("common.clear") });
    if (sure && (await attempt(() => remove("/api/v1/cache"), t("usagePanels.cacheEmpty"))) !== undefined) load();
  }

  const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  const load = () =>
    loaded(box, async () => {
      const cache = await get("/api/v1/cache");
      clear.disabled = !cache.entries;
      if (!cache.enabled) return emptyState("layers", t("usagePanels.cacheOff"), t("usagePanels.cacheOffHint"), settingsButton("answers"));
      const facts = h("dl", { class: "numbers" }, fact(t("usagePanels.saved"), money(cache.saved)), fact(t("usagePanels.hits"), count(cache.hits)), fact(t("usagePanels.answersKept"), count(cache.entries)), fact(t("usagePanels.size"), bytes(cache.bytes)));
      return [facts, h("p", { class: "hint" }, t("usagePanels.cacheHint"))];
    });
  load();
  return section(t("usagePanels.cacheTitle"), box, can("admin") && clear);
}

const OK = new Set(["ok", "success", "complete", ""]);

function recordRow(each) {
  const { input, output, estimated } = each.usage ?? {};
  const good = OK.has(each.outcome);
  return h(
    "tr",
    {},
    h("td", { class: "nowrap", title: moment(each.time) }, clock(each.time)),
    h("th", { scope: "row" }, h("a", { class: "cell-words", href: `#/requests/${encodeURIComponent(each.id)}` }, each.model.startsWith(`${each.provider}/`) ? each.model.slice(each.provider.length + 1) : each.model, h("small", {}, each.provider))),
    h("td", {}, each.task || t("common.none")),
    h("td", { class: "num" }, `${compact(input)} / ${compact(output)}${estimated ? " ≈" : ""}`),
    h("td", { class: "num" }, money(each.cost)),
    h("td", { class: "num" }, milliseconds(each.latency_ms)),
    h("td", {}, h("span", { class: "badges" }, good ? badge(t("usagePanels.ok"), "ok") : badge(outcomeWords(each.outcome), outcomeTone(each.outcome)), each.cache && badge(t("usagePanels.cache", { cache: each.cache }), "accent"), each.attempts > 1 && badge(t("usagePanels.attempts", { attempts: each.attempts }), "warn"))),
  );
}

/** The recent calls. */
export function recordPanel() {
  const box = h("div", {});
  const names = [[t("common.time")], [t("common.model")], [t("common.task")], [t("usagePanels.tokensInOut"), "num"], [t("common.cost"), "num"], [t("common.latency"), "num"], [t("common.outcome")]];
  loaded(box, async () => {
    const { records } = await get("/api/v1/usage/records", { limit: 50 });
    if (!records.length) return emptyState("list", t("usagePanels.noCalls"), t("usagePanels.noCallsHint"));
    const head = h("tr", {}, names.map(([name, kind]) => h("th", { scope: "col", class: kind ?? "" }, name)));
    return h("div", { class: "table-box records", tabindex: "0", role: "group", "aria-label": t("usagePanels.recentCalls") }, h("table", { class: "table" }, h("thead", {}, head), h("tbody", {}, records.map(recordRow))));
  });
  return section(t("usagePanels.recentCalls"), box);
}
