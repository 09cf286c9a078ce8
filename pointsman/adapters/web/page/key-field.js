// The key of a provider: left as it is, replaced, or removed. What is kept is never shown, only its mask.

import { fill, h } from "./dom.js";
import { passwordField, segmented } from "./fields.js";

/** A field for the key; `masked` is what the server shows of the kept one. `read()` gives undefined for "as it is". */
export function keyField(masked) {
  const field = passwordField({ label: masked ? "New key" : "API key", name: "api_key", autocomplete: "new-password", placeholder: masked ? "Paste the new key" : "Paste the key" });
  if (!masked) return { ...field, read: () => field.input.value.trim() || undefined };

  const below = h("div", {});
  const choice = segmented({ label: "API key", options: [["keep", "Leave unchanged"], ["replace", "Replace"], ["remove", "Remove"]], value: "keep", onchange: show });
  function show(mode) {
    const words = { keep: h("p", { class: "hint" }, "Kept: ", h("code", {}, masked)), replace: field.node, remove: h("p", { class: "hint" }, "The key is deleted when you save.") };
    fill(below, words[mode]);
    if (mode === "replace") field.input.focus();
  }
  show("keep");
  const read = () => ({ keep: undefined, replace: field.input.value.trim() || undefined, remove: null })[choice.read()];
  return { ...field, node: h("div", { class: "field" }, h("span", { class: "label" }, "API key"), choice.node, below), read };
}
