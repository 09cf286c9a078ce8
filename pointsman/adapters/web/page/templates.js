// Prompt templates with their versions: written, tried with values, and gone back to. A new version never removes one.

import { call, post } from "./api.js";
import { confirmed, openDialog } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { areaField, selectField, textField } from "./fields.js";
import { forget } from "./setting-form.js";
import { sayProblems } from "./setting-fields.js";
import { settingWords, t } from "./texts.js";
import { attempt, button, emptyState, iconButton, toast } from "./ui.js";

const save = (entry, value) => call("PUT", "/api/v1/settings/templates", { body: { entry, value } });
const variablesIn = (text) => [...new Set([...text.matchAll(/(?<!\\)\{\{\s*([^\W\d][\w-]*)\s*\}\}/gu)].map(([, name]) => name))];

/** Fields for the variables of what is typed; each keeps its value while the text changes. */
function variableFields(box) {
  const fields = new Map();
  const show = (names) => {
    for (const name of names) if (!fields.has(name)) fields.set(name, textField({ label: name, placeholder: t("templates.valueOf") }));
    fill(box, names.map((name) => fields.get(name).node));
  };
  const read = (names) => Object.fromEntries(names.map((name) => [name, fields.get(name)?.input.value ?? ""]).filter(([, value]) => value));
  return { show, read, set: (values) => Object.entries(values ?? {}).forEach(([name, value]) => { show([name]); fields.get(name).input.value = value; }) };
}

function editor(name, versions, close) {
  const last = versions.at(-1) ?? {};
  const called = textField({ label: t("common.name"), name: "entry", value: name ?? "", readonly: Boolean(name), required: true });
  const about = textField({ label: t("templates.description"), value: last.description ?? "" });
  const system = areaField({ label: t("templates.instructions"), rows: 3, value: last.system ?? "" });
  const text = areaField({ label: t("templates.text"), rows: 7, value: last.text ?? "", hint: t("templates.textHint", { name: "{name}" }), required: true });
  const box = h("div", { class: "columns" });
  const variables = variableFields(box);
  const result = h("div", { class: "sheet-result" });
  const shown = h("div", { class: "stack-small", "aria-live": "polite" });
  const names = () => variablesIn(`${system.input.value}\n${text.input.value}`);
  const followText = () => variables.show(names());
  variables.set(last.defaults);
  for (const { input } of [system, text]) input.addEventListener("input", followText);
  followText();

  const use = (version) => {
    [about.input.value, system.input.value, text.input.value] = [version.description ?? "", version.system ?? "", version.text];
    variables.set(version.defaults);
    followText();
  };
  const earlier = versions.length > 1 && selectField({ label: t("templates.startFrom"), options: versions.map((each, index) => [String(index), t("templates.version", { number: index + 1 })]).reverse(), value: String(versions.length - 1), onchange: (event) => use(versions[Number(event.target.value)]) });

  const preview = async () => {
    fill(result);
    try {
      const { messages } = await post("/api/v1/prompts/preview", { system: system.input.value, text: text.input.value, values: variables.read(names()) });
      fill(shown, messages.map((each) => h("div", { class: "setting-record" }, h("strong", {}, each.role), h("p", { class: "template-text" }, each.text))));
    } catch (error) {
      sayProblems(result, error.message, []);
    }
  };
  const submit = async (event) => {
    event.preventDefault();
    const wanted = called.input.value.trim();
    called.problem(wanted ? null : t("templates.giveAName"));
    if (!wanted) return called.input.focus();
    const made = { text: text.input.value, system: system.input.value, description: about.input.value, defaults: variables.read(names()), examples: last.examples ?? [] };
    try {
      await save(wanted, [...versions, made]);
      toast(t("templates.saved", { number: versions.length + 1 }));
      return close(true);
    } catch (error) {
      return sayProblems(result, error.message, []);
    }
  };
  return h(
    "form",
    { onsubmit: submit, novalidate: true },
    h("div", { class: "sheet-body stack" }, called.node, earlier && earlier.node, about.node, system.node, text.node, h("fieldset", { class: "field" }, h("legend", {}, t("templates.variables")), h("p", { class: "hint" }, t("templates.variablesHint")), box), h("div", {}, button(t("templates.preview"), { glyph: "eye", onclick: preview })), shown),
    h("footer", { class: "sheet-foot" }, result, h("span", { class: "push" }), button(t("common.cancel"), { kind: "quiet", onclick: () => close() }), h("button", { type: "submit", class: "btn btn-primary" }, t("templates.saveVersion", { number: versions.length + 1 }))),
  );
}

const edit = (name, versions) => openDialog({ title: name ? t("templates.edit", { name }) : t("templates.new"), className: "dialog-sheet", build: (close) => editor(name, versions, close) });

function row(name, versions, isSaved, reload) {
  const last = versions.at(-1);
  const back = async () => (await attempt(() => save(name, [...versions, versions.at(-2)]), t("templates.wentBack", { number: versions.length - 1 }))) !== undefined && reload();
  const drop = async () => {
    const sure = await confirmed({ title: t("templates.deleteQuestion", { name }), text: t("templates.deleteHint"), action: t("common.delete") });
    if (sure && (await attempt(() => forget("templates", name), t("common.deleted"))) !== undefined) reload();
  };
  return h(
    "li",
    {},
    h("div", { class: "setting-words" }, h("strong", { class: "mono" }, `${name}@${versions.length}`), h("p", {}, last.description || last.text)),
    h("div", { class: "setting-actions" }, versions.length > 1 && button(t("templates.goBack", { number: versions.length - 1 }), { glyph: "history", onclick: back }), iconButton("pencil", t("templates.edit", { name }), async () => (await edit(name, versions)) && reload()), isSaved && iconButton("trash", t("templates.delete", { name }), drop)),
  );
}

/** The templates that are saved, with their latest version. */
export function templatesPanel({ name, field, value, saved }, reload, fixed) {
  const words = settingWords(name, field);
  const make = button(t("templates.new"), { glyph: "plus", onclick: async () => (await edit(null, [])) && reload() });
  const all = Object.entries(value ?? {});
  const body = all.length ? h("ul", { class: "setting-list" }, all.map(([each, versions]) => row(each, versions, each in (saved ?? {}), reload))) : emptyState("layers", t("templates.empty"), t("templates.emptyHint"));
  return h("section", { class: "panel section", "aria-label": words.label }, h("header", { class: "section-head" }, h("h2", {}, words.label), fixed ? null : make), body);
}
