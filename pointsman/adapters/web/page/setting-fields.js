// Controls for settings, made of what the API says of a field: its kind, bounds, choices, and the fields in it.
// Each has `node`, `read()` and `problem(text)`; `at(path)` gives the control that a problem speaks of.

import { fill, h, icon, uid } from "./dom.js";
import { areaField, numberField, passwordField, selectField, switchField, textField } from "./fields.js";
import { pickModel } from "./model-picker.js";
import { choiceText, serverText, settingWords, t } from "./texts.js";
import { button, iconButton } from "./ui.js";

const LONG = new Set(["system", "text", "assistant", "user", "tone", "role"]);
const MODELS = new Set(["fallback", "candidates", "context_fallback", "filter_fallback", "shadow", "model", "summary_model", "embedding_model", "error_classifier"]);
const SET = (value) => value?.is_set === true;

const lines = (text) => text.split("\n").map((each) => each.trim()).filter(Boolean);

/** A button that asks for a model and gives it to `take`. */
function modelButton(take) {
  return button(t("settingFields.chooseAModel"), { glyph: "points", onclick: async () => {
    const picked = await pickModel("");
    if (picked) take(picked);
  } });
}

function withModel(field, take) {
  const row = h("div", { class: "input-row" });
  field.input.replaceWith(row);
  row.append(field.input, modelButton(take));
  return field;
}

/** Text, a line or several. */
function text({ field, words, value }) {
  const make = LONG.has(field.name) ? areaField : textField;
  const made = make({ ...words, name: field.name, value: value ?? "", placeholder: field.default ?? undefined });
  if (MODELS.has(field.name)) withModel(made, (picked) => (made.input.value = picked));
  return { ...made, read: () => made.input.value.trim() || null };
}

function number({ field, words, value }, step = "any") {
  const props = { min: field.low ?? undefined, max: field.high ?? undefined, step, value: value ?? "", placeholder: field.default ?? t("common.none") };
  return numberField({ ...words, name: field.name, unit: field.unit ? serverText(field.unit) : undefined, ...props });
}

function list({ field, words, value }) {
  const made = areaField({ ...words, hint: [words.hint, t("settingFields.onePerLine")].filter(Boolean).join(" "), name: field.name, rows: 3, value: (value ?? []).join("\n") });
  if (MODELS.has(field.name)) made.node.append(modelButton((picked) => (made.input.value = [...lines(made.input.value), picked].join("\n"))));
  return { ...made, read: () => lines(made.input.value) };
}

function secret({ field, words, value }) {
  const made = passwordField({ ...words, name: field.name, autocomplete: "new-password", placeholder: SET(value) ? t("settingFields.isSet") : "" });
  return { ...made, read: () => made.input.value || (SET(value) ? value : null) };
}

function choice({ field, words, value }) {
  const made = selectField({ ...words, name: field.name, options: [...(field.optional ? [["", t("common.none")]] : []), ...field.choices.map((each) => [each, choiceText(each)])], value: value ?? field.default ?? "" });
  return { ...made, read: () => made.input.value || null };
}

function json({ words, field, value }) {
  const made = areaField({ ...words, name: field.name, value: value === undefined || value === null ? "" : JSON.stringify(value, null, 2) });
  const read = () => {
    try {
      return made.input.value.trim() ? JSON.parse(made.input.value) : null;
    } catch {
      return made.input.value;
    }
  };
  return { ...made, read };
}

/** A group of controls under a title, with a place for what is wrong with all of them. */
function group(words, ...content) {
  const problem = h("p", { class: "problem" });
  const node = h("fieldset", { class: "field setting-group" }, h("legend", {}, words.label), words.hint && h("p", { class: "hint" }, words.hint), content, problem);
  return { node, input: node, problem: (text) => (problem.textContent = text ?? "") };
}

/** Rows that can be added and taken away; `make(key, value)` gives `{node, read, input}`, and `read` gives a pair. */
function rows(words, entries, make, add) {
  const box = h("div", { class: "stack-small" });
  const held = new Set();
  const append = (key, value) => {
    const row = make(key, value);
    const drop = iconButton("close", t("settingFields.takeAway"), () => {
      held.delete(row);
      node.remove();
    });
    const node = h("div", { class: "setting-row" }, row.node, drop);
    held.add(row);
    box.append(node);
    return row;
  };
  for (const [key, value] of entries) append(key, value);
  const more = button(add, { glyph: "plus", onclick: () => append("", undefined).input?.focus() });
  return { ...group(words, box, h("div", {}, more)), held };
}

/** Values under names of one's own: weights by model, headers, traits. */
function pairs({ field, words, value, path }) {
  const item = field.kind === "secrets" ? { kind: "secret" } : field.item;
  const make = (key, each) => {
    const name = textField({ label: t("common.name"), value: key });
    const control = controlOf({ ...item, name: "", default: null, low: null, high: null }, each, `${path}.*`, { label: t("settingFields.value") });
    return { node: h("div", { class: "setting-pair" }, name.node, control.node), input: name.input, read: () => [name.input.value.trim(), control.read()] };
  };
  const made = rows(words, Object.entries(value ?? {}), make, t("settingFields.add"));
  return { ...made, read: () => Object.fromEntries([...made.held].map((each) => each.read()).filter(([key, each]) => key && each !== null)) };
}

/** Records under names of their own, such as the variants of an experiment; or one after the other. */
function records({ field, words, value, path }) {
  const named = field.kind === "table";
  const make = (key, each) => {
    const name = named && textField({ label: t("common.name"), value: key });
    const form = recordForm(field.fields, each ?? {}, path);
    return { node: h("div", { class: "stack setting-record" }, name?.node, form.node), input: name ? name.input : form.first(), read: () => [name ? name.input.value.trim() : "", form.readWhole()] };
  };
  const made = rows(words, Object.entries(value ?? {}), make, t("settingFields.add"));
  const read = () => {
    const said = [...made.held].map((each) => each.read());
    return named ? Object.fromEntries(said.filter(([key]) => key)) : said.map(([, each]) => each);
  };
  return { ...made, read };
}

function record({ field, words, value, path }) {
  const form = recordForm(field.fields, value ?? {}, path);
  return { ...group(words, form.node), form, read: form.readWhole, at: form.at };
}

const CONTROLS = {
  boolean: ({ field, words, value }) => switchField({ ...words, checked: value ?? field.default ?? false }),
  integer: (asked) => number(asked, 1),
  number,
  amount: (asked) => {
    const made = number({ ...asked, field: { ...asked.field, unit: asked.field.name === "usd" ? t("common.dollars") : asked.field.unit } });
    return { ...made, read: () => made.input.value.trim() || null };
  },
  text,
  choice,
  secret,
  json,
  record,
  secrets: pairs,
  list: (asked) => (asked.field.fields ? records(asked) : list(asked)),
  table: (asked) => (asked.field.fields ? records(asked) : pairs(asked)),
};

/** The control of one field. */
function controlOf(field, value, path, given) {
  const words = given ?? settingWords(path, field);
  if (field.file_only) return { ...group(words, h("p", { class: "hint setting-locked" }, icon("lock"), h("span", {}, serverText(field.file_only)))), read: () => undefined, locked: true };
  const make = SET(value) ? secret : CONTROLS[field.kind];
  const made = make({ field, words, value, path });
  made.input.id ||= uid("setting");
  return made;
}

const same = (one, two) => JSON.stringify(one ?? null) === JSON.stringify(two ?? null);

/** The controls of several fields: `readWhole` gives all that is not as usual, `readChanged` what was changed. */
export function recordForm(fields, value, path) {
  const controls = fields.map((field) => [field, controlOf(field, value[field.name], `${path}.${field.name}`)]);
  const node = h("div", { class: "setting-form" }, controls.map(([, control]) => control.node));
  const initial = Object.fromEntries(controls.map(([field, control]) => [field.name, control.read()]));
  const usual = (field, said) => same(said, field.default) || (!field.default && (said === null || same(said, []) || same(said, {}))) || (field.kind === "record" && same(said, {}));
  const read = (wanted) => Object.fromEntries(controls.filter(([, control]) => !control.locked).map(([field, control]) => [field, control.read()]).filter(([field, said]) => wanted(field, said)).map(([field, said]) => [field.name, said]));
  return {
    node,
    first: () => node.querySelector("input, textarea, select"),
    readWhole: () => read((field, said) => !usual(field, said)),
    readChanged: (saved) => read((field, said) => field.name in (saved ?? {}) || !same(said, initial[field.name])),
    /** The control that the rest of a problem's path leads to. */
    at: (steps) => {
      const found = controls.find(([field]) => field.name === steps[0])?.[1];
      return found?.at?.(steps.slice(1)) ?? found ?? null;
    },
  };
}

/** The control of a setting that is a single value or a list. */
export function valueForm(field, value, path) {
  const control = controlOf(field, value, path);
  return { node: h("div", { class: "setting-form" }, control.node), first: () => control.node.querySelector("input, textarea, select"), read: control.read, at: () => control };
}

/** Puts problems at their fields; gives those that belong to none. */
export function showProblems(form, problems, path) {
  const rest = [];
  for (const problem of problems) {
    const [place, ...said] = problem.split(": ");
    const steps = place.startsWith(path) ? place.slice(path.length).split(".").filter(Boolean) : [];
    const control = said.length && place.startsWith(path) ? form.at(steps) : null;
    if (!control) rest.push(problem);
    else {
      control.problem(said.join(": ").replace(/^./, (letter) => letter.toUpperCase()));
      control.input.focus?.();
    }
  }
  return rest;
}

/** Fills `node` with problems that belong to no field. */
export const sayProblems = (node, message, rest) => fill(node, h("div", { class: "test-result test-bad", role: "alert" }, h("span", {}, message, rest.map((each) => h("small", {}, each)))));
