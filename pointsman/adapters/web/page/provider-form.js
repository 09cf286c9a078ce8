// The form of a provider, in a sheet: connection, model, limits; with a test before saving.

import { at, patch, post } from "./api.js";
import { openDialog } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { numberField, selectField, sliderField, switchField, textField } from "./fields.js";
import { keyField } from "./key-field.js";
import { modelField } from "./model-field.js";
import { failureWords, originalWords, otherProblems } from "./outcomes.js";
import { testWords } from "./providers.js";
import { presets } from "./store.js";
import { choiceText, providerWords, serverText, t } from "./texts.js";
import { button, toast } from "./ui.js";

/** The field of `names` that a problem speaks of: "base_url: must …", or one that names it. */
export function fieldOf(problem, names) {
  const words = problem.toLowerCase();
  return names.find((name) => words.startsWith(`${name}:`)) ?? names.find((name) => new RegExp(`\\b${name}\\b`).test(words)) ?? null;
}

const sentence = (problem, name) => problem.replace(new RegExp(`^${name}:\\s*`, "i"), "").replace(/^./, (letter) => letter.toUpperCase());

/** A field that reads JSON; what is none is sent as it stands, and told by the server. */
function jsonField({ value, ...words }) {
  const field = textField({ ...words, value: value && Object.keys(value).length ? JSON.stringify(value) : "", placeholder: "{}" });
  const read = () => {
    const text = field.input.value.trim();
    try {
      return text ? JSON.parse(text) : null;
    } catch {
      return text;
    }
  };
  return { ...field, read };
}

const list = (text) => text.split(",").map((each) => each.trim()).filter(Boolean);

/** How each kind of control is made of what the API says of a field; every one of them has a `read`. */
const CONTROLS = {
  text: ({ value, ...words }) => {
    const field = textField({ ...words, value: value ?? "" });
    return { ...field, read: () => field.input.value.trim() || null };
  },
  list: ({ value, ...words }) => {
    const field = textField({ ...words, value: (value ?? []).join(", ") });
    return { ...field, read: () => list(field.input.value) };
  },
  integer: (each) => CONTROLS.number({ ...each, step: 1 }),
  number: ({ low, high, unit, value, optional, step = "any", ...words }) => {
    if (low !== null && high !== null) return sliderField({ ...words, min: low, max: high, step: 0.05, value });
    return numberField({ ...words, unit: serverText(unit) || undefined, min: low === null ? undefined : Math.floor(low), step, value: value ?? "", placeholder: optional ? t("common.unset") : undefined });
  },
  switch: ({ value, ...words }) => switchField({ ...words, checked: value ?? true }),
  choice: ({ value, choices, ...words }) => {
    const field = selectField({ ...words, options: [["", t("common.unset")], ...choices.map((each) => [each, choiceText(each)])], value: value ?? "" });
    return { ...field, read: () => field.input.value || null };
  },
  secret: ({ value }) => keyField(value),
  json: jsonField,
};

/** Controls, and fields, that take the whole width. */
const WIDE = new Set(["json", "secret", "switch", "model", "base_url"]);

function fieldsOf(provider, kinds, asked, fetchAll) {
  const given = provider ?? {};
  const fields = { name: textField({ label: t("common.name"), name: "name", hint: t("providerForm.nameHint"), value: given.name ?? "", readonly: Boolean(provider), required: true }) };
  for (const { name, control, low, high, unit, optional, choices, ...said } of asked) {
    const words = { ...providerWords({ name, ...said }), name, value: given[name] };
    if (name === "kind") fields.kind = selectField({ label: words.label, name, options: kinds.map((each) => [each.kind, serverText(each.title)]), value: given.kind ?? kinds[0]?.kind });
    else if (name === "model") fields.model = modelField(given.model, fetchAll);
    else fields[name] = CONTROLS[control]({ ...words, ...(control.match(/number|integer/) && { low, high, unit, optional }), ...(choices && { choices }) });
  }
  return fields;
}

/** What the form says; a field whose `read` gives undefined is left as it is. */
function readFields(fields) {
  const body = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = field.read ? field.read() : field.input.value.trim();
    if (value !== undefined) body[name] = value;
  }
  return body;
}

/** Puts each problem at its field; gives those that belong to none. */
function showProblems(fields, problems) {
  for (const field of Object.values(fields)) field.problem?.(null);
  const rest = [];
  let first = null;
  for (const problem of problems) {
    const name = fieldOf(problem, Object.keys(fields));
    if (!name) rest.push(problem);
    else {
      fields[name].problem(sentence(problem, name));
      first ??= fields[name].input;
    }
  }
  first?.focus();
  return rest;
}

function sections(fields, asked) {
  const titles = [...new Set(asked.map((each) => each.section))];
  const placed = ({ name, control }) => {
    fields[name].node.classList.toggle("wide", WIDE.has(control) || WIDE.has(name));
    return fields[name].node;
  };
  const of = (title) => asked.filter((each) => each.section === title).map(placed);
  return titles.map((title, number) => h("section", { class: "stack" }, h("h3", {}, serverText(title)), h("div", { class: "columns" }, number === 0 && fields.name.node, of(title))));
}

/** In the order in which a newcomer fills them in: the key, where it goes, and only then the model. */
const FIRST = ["kind", "api_key", "base_url"];
const place = ({ name }) => (FIRST.indexOf(name) + FIRST.length + 1) % (FIRST.length + 1);
const inOrder = (asked) => [...asked].sort((one, other) => asked.indexOf(first(asked, one)) - asked.indexOf(first(asked, other)) || place(one) - place(other));
const first = (asked, { section }) => asked.find((each) => each.section === section);

function build(provider, kinds, asked, close) {
  const fetchAll = async () => (await post(...path("models"))).models;
  const fields = fieldsOf(provider, kinds, inOrder(asked), fetchAll);
  const path = (what) => {
    const { name, ...body } = readFields(fields);
    return [`${at("llm-providers", provider?.name ?? (name || "new"))}/${what}`, body];
  };
  const result = h("div", { class: "sheet-result" });
  const save = h("button", { type: "submit", class: "btn btn-primary" }, provider ? t("common.save") : t("providerForm.add"));

  function kindChanged() {
    const preset = kinds.find((each) => each.kind === fields.kind.input.value);
    fields.base_url.input.placeholder = preset?.base_url ?? "https://…";
    fields.model.recommend(preset);
    if (!provider && !fields.name.input.dataset.typed) fields.name.input.value = preset?.kind ?? "";
  }
  fields.kind.input.addEventListener("change", kindChanged);
  fields.name.input.addEventListener("input", () => (fields.name.input.dataset.typed = "yes"));
  kindChanged();

  const failed = (error) => {
    const rest = showProblems(fields, error.problems ?? []).filter((each) => otherProblems({ message: error.message, problems: [each] }).length);
    fill(result, h("div", { class: "test-result test-bad", role: "alert" }, h("span", {}, failureWords(error), [originalWords(error), ...rest].filter(Boolean).map((each) => h("small", {}, each)))));
  };

  async function working(action) {
    save.disabled = test.disabled = true;
    try {
      await action();
    } catch (error) {
      failed(error);
    }
    save.disabled = test.disabled = false;
  }

  const test = button(t("providerForm.testTheConnection"), {
    glyph: "bolt",
    onclick: () =>
      working(async () => {
        fill(result, h("p", { class: "hint", role: "status" }, t("common.askingTheProvider")));
        showProblems(fields, []);
        fill(result, testWords(await post(...path("test"))));
      }),
  });

  const submit = (event) => {
    event.preventDefault();
    working(async () => {
      const { name, ...rest } = readFields(fields);
      const saved = await (provider ? patch(at("llm-providers", provider.name), rest) : post("/api/v1/llm-providers", { name, ...rest }));
      toast(provider ? t("providerForm.saved") : t("providerForm.isAdded", { name: saved.name }));
      close(saved);
    });
  };

  return h("form", { onsubmit: submit, novalidate: true, autocomplete: "off" }, h("div", { class: "sheet-body" }, sections(fields, inOrder(asked))), h("footer", { class: "sheet-foot" }, result, test, h("span", { class: "push" }), button(t("common.cancel"), { kind: "quiet", onclick: () => close() }), save));
}

/** Opens the form; resolves with the saved provider, or undefined. `null` adds a new one. */
export async function editProvider(provider) {
  const { providers: kinds, fields } = await presets();
  const known = provider && !kinds.some((each) => each.kind === provider.kind) ? [...kinds, { kind: provider.kind, title: provider.kind, base_url: provider.default_base_url, tiers: {} }] : kinds;
  return openDialog({ title: provider ? t("providerForm.edit", { name: provider.name }) : t("common.addAProvider"), className: "dialog-sheet", build: (close) => build(provider, known, fields, close) });
}
