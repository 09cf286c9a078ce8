// The key of a provider: left as it is, replaced, or removed. What is kept is never shown, only its mask.

import { fill, h } from "./dom.js";
import { passwordField, segmented } from "./fields.js";
import { parts, t } from "./texts.js";

/** A field for the key; `masked` is what the server shows of the kept one. `read()` gives undefined for "as it is". */
export function keyField(masked) {
  const field = passwordField({ label: masked ? t("common.newKey") : t("keyField.apiKey"), name: "api_key", autocomplete: "new-password", placeholder: masked ? t("keyField.pasteTheNewKey") : t("keyField.pasteTheKey") });
  if (!masked) return { ...field, read: () => field.input.value.trim() || undefined };

  const below = h("div", {});
  const choice = segmented({ label: t("keyField.apiKey"), options: [["keep", t("keyField.leaveUnchanged")], ["replace", t("keyField.replace")], ["remove", t("keyField.remove")]], value: "keep", onchange: show });
  function show(mode) {
    const words = { keep: h("p", { class: "hint" }, parts("keyField.kept", { mask: h("code", {}, masked) })), replace: field.node, remove: h("p", { class: "hint" }, t("keyField.removeHint")) };
    fill(below, words[mode]);
    if (mode === "replace") field.input.focus();
  }
  show("keep");
  const read = () => ({ keep: undefined, replace: field.input.value.trim() || undefined, remove: null })[choice.read()];
  return { ...field, node: h("div", { class: "field" }, h("span", { class: "label" }, t("keyField.apiKey")), choice.node, below), read };
}
