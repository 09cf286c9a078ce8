// A new key: its form, and the one time the key is shown.

import { post } from "./api.js";
import { openDialog } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { numberField, segmented, textField } from "./fields.js";
import { button, writeClipboard, announce } from "./ui.js";

const SCOPES = [["chat", "Chat", "Ask models."], ["read", "Read", "See usage, providers and conversations."], ["admin", "Admin", "Change everything."]];
const DAYS = [["", "Never"], ["7", "7 days"], ["30", "30 days"], ["365", "1 year"]];

function scopeBoxes() {
  const boxes = SCOPES.map(([name, title, words]) => {
    const id = `scope-${name}`;
    return { name, input: h("input", { type: "checkbox", class: "check", id, checked: name === "chat" }), label: h("label", { for: id }, title, h("small", {}, words)) };
  });
  return { node: h("fieldset", { class: "field" }, h("legend", {}, "May"), h("div", { class: "stack-small" }, boxes.map(({ input, label }) => h("div", { class: "check-row" }, input, label)))), read: () => boxes.filter(({ input }) => input.checked).map(({ name }) => name) };
}

function form(close) {
  const name = textField({ label: "Name", name: "name", placeholder: "Who or what uses it", required: true, autofocus: true, maxlength: 80 });
  const scopes = scopeBoxes();
  const models = textField({ label: "Models", name: "models", value: "*", hint: "Patterns separated by commas: openai/*, home/llama3.2" });
  const budget = numberField({ label: "Budget", unit: "dollars", name: "budget", min: 0, step: "0.01", placeholder: "none" });
  const rate = numberField({ label: "Requests a minute", name: "requests_per_minute", min: 1, step: 1, placeholder: "no limit" });
  const expires = segmented({ label: "Expires", options: DAYS, value: "" });
  const message = h("p", { class: "problem", role: "alert" });

  const submit = async (event) => {
    event.preventDefault();
    name.problem(name.input.value.trim() ? null : "Give the key a name.");
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
      close(await post("/api/v1/keys", body));
    } catch (error) {
      message.textContent = [error.message, ...error.problems].join(" ");
    }
  };

  return h(
    "form",
    { class: "stack", onsubmit: submit, novalidate: true },
    name.node,
    scopes.node,
    models.node,
    h("div", { class: "columns" }, budget.node, rate.node),
    h("div", { class: "field" }, h("span", { class: "label" }, "Expires"), expires.node),
    message,
    h("footer", { class: "dialog-foot" }, button("Cancel", { onclick: () => close() }), h("button", { type: "submit", class: "btn btn-primary" }, "Create the key")),
  );
}

/** Shows a new key, this once. */
function showKey(made) {
  return openDialog({
    title: "The key is ready",
    build: (close) => {
      const copy = button("Copy", {
        glyph: "copy", kind: "primary", autofocus: true,
        onclick: async () => {
          const done = await writeClipboard(made.key);
          copy.querySelector("span").textContent = done ? "Copied" : "Select it";
          announce(done ? "Copied" : "Select the key and copy it by hand.");
        },
      });
      return h(
        "div",
        { class: "stack" },
        h("p", {}, "Copy it now: it is shown this once, and kept nowhere in clear."),
        h("div", { class: "key-once" }, h("code", { tabindex: "0" }, made.key), copy),
        h("p", { class: "hint key-use" }, icon("key"), h("span", {}, "Clients send it as ", h("code", {}, "Authorization: Bearer …"), " to this server's address.")),
        h("footer", { class: "dialog-foot" }, button("Done", { onclick: () => close() })),
      );
    },
  });
}

/** Asks for what a new key may do, makes it and shows it; resolves with true when one was made. */
export async function createKey() {
  const made = await openDialog({ title: "New key", build: form });
  if (!made) return false;
  await showKey(made);
  return true;
}
