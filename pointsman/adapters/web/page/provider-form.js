// The form of a provider, in a sheet: connection, model, limits; with a test before saving.

import { at, patch, post } from "./api.js";
import { openDialog } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { numberField, selectField, sliderField, switchField, textField } from "./fields.js";
import { keyField } from "./key-field.js";
import { modelField } from "./model-field.js";
import { testWords } from "./providers.js";
import { presets } from "./store.js";
import { button, toast } from "./ui.js";

const NAMES = ["name", "kind", "base_url", "api_version", "api_key", "model", "temperature", "max_tokens", "timeout", "keep_alive", "priority", "tags", "enabled"];

/** The field a problem speaks of: "base_url: must …", or one that names it. */
export function fieldOf(problem) {
  const words = problem.toLowerCase();
  return NAMES.find((name) => words.startsWith(`${name}:`)) ?? NAMES.find((name) => new RegExp(`\\b${name}\\b`).test(words)) ?? null;
}

const sentence = (problem, name) => problem.replace(new RegExp(`^${name}:\\s*`, "i"), "").replace(/^./, (letter) => letter.toUpperCase());

function fieldsOf(provider, kinds) {
  const given = provider ?? {};
  return {
    kind: selectField({ label: "Kind", name: "kind", options: kinds.map((each) => [each.kind, each.title]), value: given.kind ?? kinds[0]?.kind }),
    name: textField({ label: "Name", name: "name", hint: "Model references begin with it: name/model.", value: given.name ?? "", readonly: Boolean(provider), required: true }),
    base_url: textField({ label: "Address", name: "base_url", inputmode: "url", className: "wide", value: given.base_url ?? "" }),
    api_version: textField({ label: "Version of the API", name: "api_version", value: given.api_version ?? "", placeholder: "v1", hint: "Azure only, such as 2024-10-21." }),
    api_key: keyField(given.api_key),
    model: modelField(given.model, provider?.name ?? null),
    temperature: sliderField({ label: "Temperature", min: 0, max: 2, step: 0.05, value: given.temperature }),
    max_tokens: numberField({ label: "Most tokens of an answer", name: "max_tokens", min: 1, step: 1, value: given.max_tokens ?? "", placeholder: "default" }),
    timeout: numberField({ label: "Timeout", unit: "seconds", name: "timeout", min: 0, step: "any", value: given.timeout ?? "", placeholder: "default" }),
    keep_alive: numberField({ label: "Keep loaded, asked every", unit: "seconds", name: "keep_alive", min: 0, step: "any", value: given.keep_alive ?? "", placeholder: "default", hint: "Local models only." }),
    priority: numberField({ label: "Priority", name: "priority", step: 1, value: given.priority ?? 0, hint: "The higher is asked first." }),
    tags: textField({ label: "Tags", name: "tags", value: (given.tags ?? []).join(", "), placeholder: "team, vision", hint: "Separated by commas." }),
    enabled: switchField({ label: "Enabled", hint: "A provider that is switched off is never asked.", checked: given.enabled ?? true }),
  };
}

function readFields(fields) {
  const text = (name) => fields[name].input.value.trim();
  const body = {
    name: text("name"),
    kind: fields.kind.input.value,
    base_url: text("base_url") || null,
    api_version: text("api_version") || null,
    model: fields.model.read(),
    temperature: fields.temperature.read(),
    max_tokens: fields.max_tokens.read(),
    timeout: fields.timeout.read(),
    keep_alive: fields.keep_alive.read(),
    priority: fields.priority.read() ?? 0,
    tags: text("tags").split(",").map((tag) => tag.trim()).filter(Boolean),
    enabled: fields.enabled.read(),
  };
  const key = fields.api_key.read();
  return key === undefined ? body : { ...body, api_key: key };
}

/** Puts each problem at its field; gives those that belong to none. */
function showProblems(fields, problems) {
  for (const field of Object.values(fields)) field.problem?.(null);
  const rest = [];
  let first = null;
  for (const problem of problems) {
    const name = fieldOf(problem);
    if (!name) rest.push(problem);
    else {
      fields[name].problem(sentence(problem, name));
      first ??= fields[name].input;
    }
  }
  first?.focus();
  return rest;
}

function sections(fields) {
  const section = (title, ...nodes) => h("section", { class: "stack" }, h("h3", {}, title), nodes);
  return [
    section("Connection", h("div", { class: "columns" }, fields.kind.node, fields.name.node), fields.base_url.node, fields.api_version.node, fields.api_key.node),
    section("Model", fields.model.node, h("div", { class: "columns" }, fields.temperature.node, fields.max_tokens.node)),
    section("Limits and routing", h("div", { class: "columns" }, fields.timeout.node, fields.keep_alive.node, fields.priority.node, fields.tags.node), fields.enabled.node),
  ];
}

function build(provider, kinds, close) {
  const fields = fieldsOf(provider, kinds);
  const result = h("div", { class: "sheet-result" });
  const save = h("button", { type: "submit", class: "btn btn-primary" }, provider ? "Save" : "Add");

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
    const rest = showProblems(fields, error.problems ?? []);
    fill(result, h("div", { class: "test-result test-bad", role: "alert" }, h("span", {}, error.message, rest.map((each) => h("small", {}, each)))));
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

  const test = button("Test the connection", {
    glyph: "bolt",
    onclick: () =>
      working(async () => {
        const { name, ...body } = readFields(fields);
        fill(result, h("p", { class: "hint", role: "status" }, "Asking the provider…"));
        showProblems(fields, []);
        fill(result, testWords(await post(`${at("llm-providers", provider?.name ?? (name || "new"))}/test`, body)));
      }),
  });

  const submit = (event) => {
    event.preventDefault();
    working(async () => {
      const { name, ...rest } = readFields(fields);
      const saved = await (provider ? patch(at("llm-providers", provider.name), rest) : post("/api/v1/llm-providers", { name, ...rest }));
      toast(provider ? "Saved." : `${saved.name} is added.`);
      close(saved);
    });
  };

  return h("form", { onsubmit: submit, novalidate: true, autocomplete: "off" }, h("div", { class: "sheet-body" }, sections(fields)), h("footer", { class: "sheet-foot" }, result, test, h("span", { class: "push" }), button("Cancel", { kind: "quiet", onclick: () => close() }), save));
}

/** Opens the form; resolves with the saved provider, or undefined. `null` adds a new one. */
export async function editProvider(provider) {
  const kinds = await presets().catch(() => []);
  const known = provider && !kinds.some((each) => each.kind === provider.kind) ? [...kinds, { kind: provider.kind, title: provider.kind, base_url: provider.default_base_url, tiers: {} }] : kinds;
  return openDialog({ title: provider ? `Edit ${provider.name}` : "Add a provider", className: "dialog-sheet", build: (close) => build(provider, known, close) });
}
