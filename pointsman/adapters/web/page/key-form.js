// The form of a key, new or known, and the one time that a new one is shown.

import { can } from "./access.js";
import { get, patch, post } from "./api.js";
import { openDialog } from "./dialogs.js";
import { fill, h, icon } from "./dom.js";
import { numberField, segmented, selectField, textField } from "./fields.js";
import { day } from "./format.js";
import { rememberKey } from "./fresh-key.js";
import { parts, t } from "./texts.js";
import { button, writeClipboard, announce } from "./ui.js";

const SCOPES = [["chat", t("common.chat"), t("keyForm.chatHint")], ["read", t("keyForm.read"), t("keyForm.readHint")], ["observe", t("keyForm.observe"), t("keyForm.observeHint")], ["admin", t("keyForm.admin"), t("keyForm.adminHint")]];
const DAYS = [["", t("keyForm.never")], ["7", t("keyForm.days7")], ["30", t("keyForm.days30")], ["365", t("keyForm.year1")]];
const PERIODS = [["hour", t("keyForm.hour")], ["day", t("keyForm.day")], ["month", t("keyForm.month")], ["total", t("keyForm.total")]];

/** What a scope is called on the page. */
export const scopeName = (scope) => SCOPES.find(([name]) => name === scope)?.[1] ?? scope;

/** Where keys are kept: those of the house, or one's own. */
export const keysPath = () => (can("admin") ? "/api/v1/keys" : "/api/v1/session/keys");

function scopeBoxes(chosen) {
  const boxes = SCOPES.filter(([name]) => can(name)).map(([name, title, words]) => {
    const id = `scope-${name}`;
    return { name, input: h("input", { type: "checkbox", class: "check", id, checked: chosen.includes(name) }), label: h("label", { for: id }, title, h("small", {}, words)) };
  });
  return { node: h("fieldset", { class: "field" }, h("legend", {}, t("common.permissions")), h("div", { class: "stack-small" }, boxes.map(({ input, label }) => h("div", { class: "check-row" }, input, label)))), read: () => boxes.filter(({ input }) => input.checked).map(({ name }) => name) };
}

/** Says, before the first key is made, that from then on everybody needs one. */
function closingWarning() {
  const box = h("div", { role: "status" });
  get("/api/v1/connect")
    .then(({ needs_key: needsKey }) => needsKey || fill(box, h("p", { class: "key-warning" }, icon("warning"), h("span", {}, t("keyForm.closesTheGateway")))))
    .catch(() => {}); // not known: then the form says nothing of it
  return box;
}

/** When it ends: of a known key also as it is. */
function expiryField(key) {
  const options = key?.expires ? [["keep", t("keyForm.asItIs", { date: day(key.expires) })], ...DAYS] : DAYS;
  const choice = segmented({ label: t("keyForm.expires"), options, value: key?.expires ? "keep" : "" });
  const read = () => {
    if (choice.read() === "keep") return key.expires;
    return Number(choice.read()) ? Math.floor(Date.now() / 1000) + Number(choice.read()) * 86400 : null;
  };
  return { node: h("div", { class: "field" }, h("span", { class: "label" }, t("keyForm.expires")), choice.node), read };
}

function form(key, close) {
  const name = textField({ label: t("common.name"), name: "name", value: key?.name ?? "", placeholder: t("keyForm.whoOrWhatUsesIt"), required: true, autofocus: true, maxlength: 80 });
  const scopes = scopeBoxes(key?.scopes ?? ["chat"]);
  const models = textField({ label: t("common.models"), name: "models", value: key ? key.models.join(", ") : "*", hint: t("keyForm.modelsHint") });
  const budget = numberField({ label: t("common.budget"), unit: t("common.dollars"), name: "budget", min: 0, step: "0.01", value: key?.budget?.amount ?? "", placeholder: t("common.none") });
  const period = selectField({ label: t("keyForm.period"), name: "period", options: PERIODS, value: key?.period ?? "month" });
  const rate = numberField({ label: t("keyForm.requestsAMinute"), name: "requests_per_minute", min: 1, step: 1, value: key?.requests_per_minute ?? "", placeholder: t("common.noLimit") });
  const expires = expiryField(key);
  const fields = { name, models, budget, period, requests_per_minute: rate };
  const message = h("p", { class: "problem", role: "alert" });

  const submit = async (event) => {
    event.preventDefault();
    name.problem(name.input.value.trim() ? null : t("keyForm.giveTheKeyAName"));
    if (!name.input.value.trim()) {
      name.input.focus();
      return;
    }
    const body = {
      name: name.input.value.trim(),
      scopes: scopes.read(),
      models: models.input.value.split(",").map((each) => each.trim()).filter(Boolean),
      budget: budget.input.value.trim() || null,
      period: period.input.value,
      requests_per_minute: rate.read(),
      expires: expires.read(),
    };
    try {
      close(await (key ? patch(`${keysPath()}/${encodeURIComponent(key.id)}`, body) : post(keysPath(), body)));
    } catch (error) {
      message.textContent = placed(fields, error).join(" ");
    }
  };

  return h(
    "form",
    { class: "stack", onsubmit: submit, novalidate: true },
    key ? null : closingWarning(),
    name.node,
    scopes.node,
    models.node,
    h("div", { class: "columns" }, budget.node, period.node, rate.node),
    expires.node,
    message,
    h("footer", { class: "dialog-foot" }, button(t("common.cancel"), { onclick: () => close() }), h("button", { type: "submit", class: "btn btn-primary" }, key ? t("common.save") : t("keyForm.createTheKey"))),
  );
}

/** Puts each problem at its field; gives the sentences that belong to none. */
function placed(fields, error) {
  for (const field of Object.values(fields)) field.problem(null);
  const rest = error.problems.filter((problem) => {
    const [name, ...said] = problem.split(": ");
    fields[name]?.problem(said.join(": "));
    return !fields[name];
  });
  return error.problems.length ? rest : [error.message];
}

/** Shows a new key, this once. */
function showKey(made) {
  return openDialog({
    title: t("keyForm.theKeyIsReady"),
    build: (close) => {
      const copy = button(t("keyForm.copy"), {
        glyph: "copy", kind: "primary", autofocus: true,
        onclick: async () => {
          const done = await writeClipboard(made.key);
          copy.querySelector("span").textContent = done ? t("common.copied") : t("keyForm.selectIt");
          announce(done ? t("common.copied") : t("keyForm.copyByHand"));
        },
      });
      return h(
        "div",
        { class: "stack" },
        h("p", {}, t("keyForm.shownOnce")),
        h("div", { class: "key-once" }, h("code", { tabindex: "0" }, made.key), copy),
        h("p", { class: "hint key-use" }, icon("key"), h("span", {}, parts("keyForm.use", { header: h("code", {}, "Authorization: Bearer …"), others: h("code", {}, t("keyForm.otherWays")) }))),
        h("p", { class: "hint key-use" }, icon("lock"), h("span", {}, t("keyForm.closedNow"))),
        h("footer", { class: "dialog-foot" }, button(t("keyForm.connect"), { glyph: "command", onclick: () => { close(); location.hash = "#/connect"; } }), h("span", { class: "push" }), button(t("keyForm.done"), { onclick: () => close() })),
      );
    },
  });
}

/** Asks for what a new key may do, makes it and shows it; resolves with true when one was made. */
export async function createKey() {
  const made = await openDialog({ title: t("common.newKey"), build: (close) => form(null, close) });
  if (!made) return false;
  rememberKey(made);
  await showKey(made);
  return true;
}

/** Changes what a key may do; its secret stays. Resolves with true when it was changed. */
export const editKey = async (key) => Boolean(await openDialog({ title: t("keyForm.edit", { name: key.name }), build: (close) => form(key, close) }));
