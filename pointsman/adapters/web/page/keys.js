// The gateway's keys, and the budgets.

import { at, get, patch, remove } from "./api.js";
import { confirmed } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { ago, count, money } from "./format.js";
import { createKey } from "./key-form.js";
import { budgetPanel } from "./usage-panels.js";
import { attempt, badge, button, emptyState, heading, iconButton, loaded } from "./ui.js";

function state(key) {
  if (!key.enabled) return badge("disabled");
  if (key.expires && key.expires * 1000 < Date.now()) return badge("expired", "bad");
  return badge("works", "ok");
}

function spending(key) {
  if (!key.budget) return h("span", {}, money(key.spent));
  const share = Math.min(1, Number(key.spent.amount) / (Number(key.budget.amount) || 1));
  const bar = h("span", { class: `meter-fill meter-${share >= 1 ? "bad" : share > 0.8 ? "warn" : "ok"}` });
  bar.style.width = `${Math.max(2, share * 100)}%`;
  return h("div", { class: "key-spent" }, h("span", {}, `${money(key.spent)} of ${money(key.budget)}`), h("span", { class: "meter", "aria-hidden": "true" }, bar));
}

function row(key, reload) {
  const toggle = async () => {
    const words = key.enabled ? `${key.name} is disabled.` : `${key.name} works again.`;
    if ((await attempt(() => patch(at("keys", key.id), { enabled: !key.enabled }), words)) !== undefined) reload();
  };
  const drop = async () => {
    const sure = await confirmed({ title: `Delete ${key.name}?`, text: "Whoever uses this key is refused from now on. Its past usage stays in the records.", action: "Delete" });
    if (sure && (await attempt(() => remove(at("keys", key.id)), "Deleted.")) !== undefined) reload();
  };
  const limit = key.requests_per_minute ? `${count(key.requests_per_minute)} a minute` : "no limit";
  return h(
    "tr",
    { class: key.enabled ? "" : "row-off" },
    h("th", { scope: "row" }, h("span", { class: "cell-words" }, key.name, h("small", { class: "mono" }, key.prefix))),
    h("td", {}, state(key)),
    h("td", { dataset: { label: "May" } }, h("span", { class: "badges" }, key.scopes.map((scope) => badge(scope, scope === "admin" ? "warn" : "")))),
    h("td", { dataset: { label: "Models" } }, h("span", { class: "mono" }, key.models.join(", ") || "all")),
    h("td", { dataset: { label: "Spent" } }, spending(key)),
    h("td", { class: "nowrap", dataset: { label: "Rate" } }, limit),
    h("td", { class: "nowrap", dataset: { label: "Last used" } }, h("span", { class: "cell-words" }, key.last_used ? ago(key.last_used) : "never", h("small", {}, key.expires ? `expires ${ago(key.expires)}` : "does not expire"))),
    h("td", { class: "nowrap key-actions" }, button(key.enabled ? "Disable" : "Enable", { onclick: toggle, "aria-label": `${key.enabled ? "Disable" : "Enable"} ${key.name}` }), iconButton("trash", `Delete ${key.name}`, drop)),
  );
}

const NAMES = ["Name", "State", "May", "Models", "Spent", "Rate", "Last used", ""];

/** Shows the keys and the budgets. */
export async function mount(root) {
  const box = h("div", {});
  const make = async () => (await createKey()) && load();
  const load = () =>
    loaded(box, async () => {
      const { keys } = await get("/api/v1/keys");
      if (!keys.length) return emptyState("key", "No keys yet", "Make one for each program that uses this gateway: each has its own models, budget and rate.", button("New key", { kind: "primary", glyph: "plus", onclick: make }));
      const head = h("tr", {}, NAMES.map((name) => h("th", { scope: "col" }, name || h("span", { class: "sr-only" }, "Actions"))));
      return h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": "Keys" }, h("table", { class: "table key-table" }, h("thead", {}, head), h("tbody", {}, keys.map((key) => row(key, load)))));
    });
  fill(root, heading("Keys and budgets", "Who may ask, which models, how often, and for how much.", button("New key", { kind: "primary", glyph: "plus", onclick: make })), h("section", { class: "panel section", "aria-label": "Keys" }, box), budgetPanel());
  load();
  return {};
}
