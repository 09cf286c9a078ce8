// A new key: its form, and the one time the key is shown.

import { can } from "./access.js";
import { get, post } from "./api.js";
import { openDialog } from "./dialogs.js";
import { fill, h, icon } from "./dom.js";
import { numberField, segmented, textField } from "./fields.js";
import { rememberKey } from "./fresh-key.js";
import { parts, t } from "./texts.js";
import { button, writeClipboard, announce } from "./ui.js";

const SCOPES = [["chat", t("common.chat"), t("keyForm.chatHint")], ["read", t("keyForm.read"), t("keyForm.readHint")], ["observe", t("keyForm.observe"), t("keyForm.observeHint")], ["admin", t("keyForm.admin"), t("keyForm.adminHint")]];
const DAYS = [["", t("keyForm.never")], ["7", "7 days"], ["30", "30 days"], ["365", "1 year"]];

/** Where keys are kept: those of the house, or one's own. */
export const keysPath = () => (can("admin") ? "/api/v1/keys" : "/api/v1/session/keys");

function scopeBoxes() {
  const boxes = SCOPES.filter(([name]) => can(name)).map(([name, title, words]) => {
    const id = `scope-${name}`;
    return { name, input: h("input", { type: "checkbox", class: "check", id, checked: name === "chat" }), label: h("label", { for: id }, title, h("small", {}, words)) };
  });
  return { node: h("fieldset", { class: "field" }, h("legend", {}, t("common.may")), h("div", { class: "stack-small" }, boxes.map(({ input, label }) => h("div", { class: "check-row" }, input, label)))), read: () => boxes.filter(({ input }) => input.checked).map(({ name }) => name) };
}

/** Says, before the first key is made, that from then on everybody needs one. */
function closingWarning() {
  const box = h("div", { role: "status" });
  get("/api/v1/connect")
    .then(({ needs_key: needsKey }) => needsKey || fill(box, h("p", { class: "key-warning" }, icon("warning"), h("span", {}, t("keyForm.closesTheGateway")))))
    .catch(() => {}); // not known: then the form says nothing of it
  return box;
}

function form(close) {
  const name = textField({ label: t("common.name"), name: "name", placeholder: t("keyForm.whoOrWhatUsesIt"), required: true, autofocus: true, maxlength: 80 });
  const scopes = scopeBoxes();
  const models = textField({ label: t("common.models"), name: "models", value: "*", hint: t("keyForm.modelsHint") });
  const budget = numberField({ label: t("common.budget"), unit: t("common.dollars"), name: "budget", min: 0, step: "0.01", placeholder: t("common.none") });
  const rate = numberField({ label: t("keyForm.requestsAMinute"), name: "requests_per_minute", min: 1, step: 1, placeholder: t("common.noLimit") });
  const expires = segmented({ label: t("keyForm.expires"), options: DAYS, value: "" });
  const message = h("p", { class: "problem", role: "alert" });

  const submit = async (event) => {
    event.preventDefault();
    name.problem(name.input.value.trim() ? null : t("keyForm.giveTheKeyAName"));
    if (!name.input.value.trim()) {
      name.input.focus();
      return;
    }
    const days = Number(expires.read());
    const body = {
      name: name.input.value.trim(),
      scopes: scopes.read(),
      models: models.input.value.split(",").map((each) => each.trim()).filter(Boolean),
      budget: budget.input.value.trim() || null,
      requests_per_minute: rate.read(),
      expires: days ? Math.floor(Date.now() / 1000) + days * 86400 : null,
    };
    try {
      close(await post(keysPath(), body));
    } catch (error) {
      message.textContent = [error.message, ...error.problems].join(" ");
    }
  };

  return h(
    "form",
    { class: "stack", onsubmit: submit, novalidate: true },
    closingWarning(),
    name.node,
    scopes.node,
    models.node,
    h("div", { class: "columns" }, budget.node, rate.node),
    h("div", { class: "field" }, h("span", { class: "label" }, t("keyForm.expires")), expires.node),
    message,
    h("footer", { class: "dialog-foot" }, button(t("common.cancel"), { onclick: () => close() }), h("button", { type: "submit", class: "btn btn-primary" }, t("keyForm.createTheKey"))),
  );
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
  const made = await openDialog({ title: t("common.newKey"), build: form });
  if (!made) return false;
  rememberKey(made);
  await showKey(made);
  return true;
}
