// The gateway's keys, and the budgets.

import { get, patch, remove } from "./api.js";
import { confirmed } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { ago, count, money } from "./format.js";
import { createKey, editKey, keysPath, scopeName } from "./key-form.js";
import { t } from "./texts.js";
import { budgetPanel } from "./usage-panels.js";
import { attempt, badge, button, emptyState, heading, iconButton, loaded, toast } from "./ui.js";

const keyPath = (id) => `${keysPath()}/${encodeURIComponent(id)}`;

function state(key) {
  if (!key.enabled) return badge(t("keys.disabled"));
  if (key.expires && key.expires * 1000 < Date.now()) return badge(t("keys.expired"), "bad");
  return badge(t("common.works"), "ok");
}

function spending(key) {
  if (!key.budget) return h("span", { class: "quiet" }, t("keys.noBudget"));
  const share = Math.min(1, Number(key.spent.amount) / (Number(key.budget.amount) || 1));
  const bar = h("span", { class: `meter-fill meter-${share >= 1 ? "bad" : share > 0.8 ? "warn" : "ok"}` });
  bar.style.width = `${Math.max(2, share * 100)}%`;
  return h("div", { class: "key-spent" }, h("span", {}, t("keys.spentOf", { spent: money(key.spent), budget: money(key.budget) })), h("span", { class: "meter", "aria-hidden": "true" }, bar));
}

function row(key, reload) {
  const toggle = async () => {
    const words = key.enabled ? t("keys.isDisabled", { name: key.name }) : t("keys.worksAgain", { name: key.name });
    if ((await attempt(() => patch(keyPath(key.id), { enabled: !key.enabled }), words)) !== undefined) reload();
  };
  const drop = async () => {
    const sure = await confirmed({ title: t("keys.deleteQuestion", { name: key.name }), text: t("keys.deleteHint"), action: t("common.delete") });
    if (sure && (await attempt(() => remove(keyPath(key.id)), t("common.deleted"))) !== undefined) reload();
  };
  const edit = async () => {
    if (!(await editKey(key))) return;
    toast(t("keys.isChanged", { name: key.name }));
    reload();
  };
  const limit = key.requests_per_minute ? t("keys.aMinute", { count: count(key.requests_per_minute) }) : t("common.noLimit");
  return h(
    "tr",
    { class: key.enabled ? "" : "row-off" },
    h("th", { scope: "row" }, h("span", { class: "cell-words" }, key.name, h("small", { class: "mono" }, key.prefix))),
    h("td", {}, state(key)),
    h("td", { dataset: { label: t("common.permissions") } }, h("span", { class: "badges" }, key.scopes.map((scope) => badge(scopeName(scope), scope === "admin" ? "warn" : "")))),
    h("td", { dataset: { label: t("common.models") } }, h("span", { class: "mono" }, key.models.join(", ") || t("keys.all"))),
    h("td", { dataset: { label: t("keys.spent") } }, spending(key)),
    h("td", { class: "nowrap", dataset: { label: t("keys.rate") } }, limit),
    h("td", { class: "nowrap", dataset: { label: t("keys.lastUsed") } }, h("span", { class: "cell-words" }, key.last_used ? ago(key.last_used) : t("keys.never"), h("small", {}, key.expires ? t("keys.expires", { expires: ago(key.expires) }) : t("keys.doesNotExpire")))),
    h("td", { class: "nowrap key-actions" }, button(key.enabled ? t("keys.disable") : t("keys.enable"), { onclick: toggle, "aria-label": t(key.enabled ? "keys.disableKey" : "keys.enableKey", { name: key.name }) }), iconButton("pencil", t("keys.edit", { name: key.name }), edit), iconButton("trash", t("keys.delete", { name: key.name }), drop)),
  );
}

const NAMES = [t("common.name"), t("keys.state"), t("common.permissions"), t("common.models"), t("keys.spent"), t("keys.rate"), t("keys.lastUsed"), ""];

/** Shows the keys and the budgets. */
export async function mount(root) {
  const box = h("div", {});
  const make = async () => (await createKey()) && load();
  const load = () =>
    loaded(box, async () => {
      const { keys } = await get(keysPath());
      if (!keys.length) return emptyState("key", t("keys.empty"), t("keys.emptyHint"), button(t("common.newKey"), { kind: "primary", glyph: "plus", onclick: make }));
      const head = h("tr", {}, NAMES.map((name) => h("th", { scope: "col" }, name || h("span", { class: "sr-only" }, t("keys.actions")))));
      return h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": t("keys.keys") }, h("table", { class: "table key-table" }, h("thead", {}, head), h("tbody", {}, keys.map((key) => row(key, load)))));
    });
  fill(root, heading(t("common.keysAndBudgets"), t("keys.about"), button(t("common.newKey"), { kind: "primary", glyph: "plus", onclick: make })), h("section", { class: "panel section", "aria-label": t("keys.keys") }, box), budgetPanel());
  load();
  return {};
}
