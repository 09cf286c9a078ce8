// Form fields: every control has a label, a place for a hint and a place for its problem.

import { fill, h, icon, uid } from "./dom.js";
import { t } from "./texts.js";
import { iconButton } from "./ui.js";

function wrap(id, label, control, { hint, className = "" } = {}) {
  const hintId = `${id}-hint`;
  const problem = h("p", { class: "problem", id: `${id}-problem` });
  const input = control.matches("input, textarea, select") ? control : control.querySelector("input, textarea, select");
  const described = [hint && hintId, problem.id].filter(Boolean).join(" ");
  input.setAttribute("aria-describedby", described);
  const node = h("div", { class: `field ${className}` }, h("label", { for: id }, label), control, hint && h("p", { class: "hint", id: hintId }, hint), problem);
  return {
    node,
    input,
    /** Shows a problem at the field, or none. */
    problem: (text) => {
      problem.textContent = text ?? "";
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },
  };
}

/** A line of text. */
export function textField({ label, hint, className, ...props }) {
  const id = uid("field");
  return wrap(id, label, h("input", { id, class: "input", type: "text", autocomplete: "off", spellcheck: "false", ...props }), { hint, className });
}

/** A number; `read()` gives null when it is empty. */
export function numberField({ label, hint, className, unit, ...props }) {
  const id = uid("field");
  const input = h("input", { id, class: "input", type: "number", inputmode: "decimal", autocomplete: "off", ...props });
  const control = unit ? h("div", { class: "with-unit" }, input, h("span", { class: "unit", "aria-hidden": "true" }, unit)) : input;
  const field = wrap(id, unit ? `${label} (${unit})` : label, control, { hint, className });
  if (unit) fill(field.node.querySelector("label"), label, h("span", { class: "sr-only" }, ` (${unit})`));
  return { ...field, read: () => (input.value.trim() === "" ? null : Number(input.value)) };
}

/** Several lines of text. */
export function areaField({ label, hint, className, ...props }) {
  const id = uid("field");
  return wrap(id, label, h("textarea", { id, class: "input", rows: 4, ...props }), { hint, className });
}

/** One of several: options are `[value, label]`, or `{group, options}`. */
export function selectField({ label, hint, className, options, ...props }) {
  const id = uid("field");
  const option = ([value, text]) => h("option", { value }, text);
  const nodes = options.map((each) => (Array.isArray(each) ? option(each) : h("optgroup", { label: each.group }, each.options.map(option))));
  return wrap(id, label, h("div", { class: "select" }, h("select", { id, ...props }, nodes), icon("down")), { hint, className });
}

/** A secret: what is typed can be shown and hidden. */
export function passwordField({ label, hint, className, ...props }) {
  const id = uid("field");
  const input = h("input", { id, class: "input mono", type: "password", spellcheck: "false", autocapitalize: "off", ...props });
  const toggle = iconButton("eye", t("fields.showWhatIsTyped"), () => {
    const hidden = input.type === "password";
    input.type = hidden ? "text" : "password";
    const words = hidden ? t("fields.hideWhatIsTyped") : t("fields.showWhatIsTyped");
    toggle.setAttribute("aria-label", words);
    toggle.title = words;
    fill(toggle, icon(hidden ? "eye-off" : "eye"));
  });
  return wrap(id, label, h("div", { class: "with-button" }, input, toggle), { hint, className });
}

/** A slider that may be unset: then the provider's own default is used. `read()` gives null for it. */
export function sliderField({ label, hint, min, max, step, value = null, unset = t("common.unset"), onchange }) {
  const id = uid("field");
  const output = h("output", { for: id, class: "slider-value" });
  const input = h("input", { id, type: "range", min, max, step, value: value ?? (min + max) / 2 });
  let set = value !== null && value !== undefined;
  const reset = h("button", { type: "button", class: "link-btn", onclick: () => change(false) }, t("fields.useTheDefault"));
  function show() {
    output.textContent = set ? Number(input.value).toFixed(2).replace(/0$/, "") : unset;
    input.classList.toggle("unset", !set);
    input.setAttribute("aria-valuetext", output.textContent);
    input.style.setProperty("--share", `${((input.value - min) / (max - min)) * 100}%`);
    reset.disabled = !set;
  }
  function change(now) {
    set = now;
    show();
    onchange?.(read());
  }
  const read = () => (set ? Number(input.value) : null);
  input.addEventListener("input", () => change(true));
  show();
  const field = wrap(id, label, h("div", { class: "slider" }, input, h("div", { class: "slider-foot" }, output, reset)), { hint });
  return { ...field, read };
}

/** A switch: `read()` gives a bool. */
export function switchField({ label, hint, checked = false, onchange }) {
  const id = uid("field");
  const input = h("input", { id, type: "checkbox", role: "switch", class: "switch", checked, onchange: () => onchange?.(input.checked) });
  const words = h("div", {}, h("label", { for: id }, label), hint && h("p", { class: "hint", id: `${id}-hint` }, hint));
  if (hint) input.setAttribute("aria-describedby", `${id}-hint`);
  return { node: h("div", { class: "field-switch" }, words, input), input, read: () => input.checked, problem: () => {} };
}

/** One of a few, as a row of buttons. Options are `[value, label]`. */
export function segmented({ label, options, value, onchange }) {
  const name = uid("choice");
  const inputs = options.map(([each, text]) => {
    const id = uid("choice");
    const input = h("input", { type: "radio", id, name, value: each, checked: each === value, class: "sr-only", onchange: () => onchange?.(each) });
    return [input, h("label", { for: id }, text)];
  });
  const node = h("div", { class: "segmented", role: "radiogroup", "aria-label": label }, inputs);
  return { node, read: () => node.querySelector("input:checked")?.value ?? null };
}
