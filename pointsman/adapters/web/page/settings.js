// Every setting there is: what it is set to, where that comes from, and a way to change it.

import { get, post } from "./api.js";
import { confirmed } from "./dialogs.js";
import { fill, h, icon } from "./dom.js";
import { editEntry, editSetting, forget } from "./setting-form.js";
import { templatesPanel } from "./templates.js";
import { choiceText, serverText, settingWords, t } from "./texts.js";
import { attempt, badge, button, heading, iconButton, loaded } from "./ui.js";

/** The groups, and what is in them; a setting that is in none stands in the last. */
const GROUPS = [
  ["money", t("settings.money"), ["budgets", "models"]],
  ["models", t("settings.routing"), ["fallback", "aliases", "routing", "limits", "retries", "timeouts", "breaker", "experiments"]],
  ["answers", t("settings.answers"), ["cache", "system", "personality", "window", "memory"]],
  ["templates", t("settings.templates"), ["templates"]],
  ["tools", t("settings.tools"), ["tools", "mcp"]],
  ["notices", t("settings.notices"), ["webhooks"]],
  ["more", t("settings.more"), []],
];
const PLACED = new Set(GROUPS.flatMap(([, , names]) => names));

/** A value in few words. */
function short(value) {
  if (value?.is_set) return t("common.isSet");
  if (value === true) return t("settings.on");
  if (value === false) return t("settings.off");
  if (Array.isArray(value)) return value.map(short).join(", ");
  if (value && typeof value === "object") return Object.entries(value).map(([name, each]) => `${name}: ${short(each)}`).join(", ");
  return String(value);
}

const shown = (field, value) => (field.choices && typeof value === "string" ? choiceText(value) : short(value));

/** Where a value comes from, in words: saved here, a file, a variable. */
function origin(place) {
  if (place.startsWith("saved settings")) return t("settings.savedHere");
  const [file, rest] = place.split(": ");
  return rest === undefined ? file : file.split(/[\\/]/).pop();
}

const placesOf = (setting, path) => Object.entries(setting.places).filter(([name]) => name === path || name.startsWith(`${path}.`)).map(([, place]) => place);

/** The places of `path`, each once, as badges. */
function origins(setting, path) {
  const said = [...new Set(placesOf(setting, path).map(origin))];
  return said.map((each) => badge(each, each === t("settings.savedHere") ? "accent" : "", each === t("settings.savedHere") ? null : "lock"));
}

const isEmpty = (value) => value === undefined || value === null || (Array.isArray(value) && !value.length) || (typeof value === "object" && !value.is_set && !Object.keys(value).length);

/** What of a record is set anywhere, a line each. */
function factsOf(fields, value, setting, path) {
  const set = fields.filter((field) => !isEmpty(value?.[field.name]) && placesOf(setting, `${path}.${field.name}`).length);
  if (!set.length) return h("p", { class: "quiet" }, t("settings.asUsual"));
  return h("dl", { class: "setting-facts" }, set.map((field) => h("div", {}, h("dt", {}, settingWords(`${path}.${field.name}`, field).label), h("dd", {}, shown(field, value[field.name]), " ", origins(setting, `${path}.${field.name}`)))));
}

function summary(name, fields, value) {
  if (!fields) return short(value);
  return fields.filter((field) => !isEmpty(value?.[field.name]) && JSON.stringify(value[field.name]) !== JSON.stringify(field.default)).map((field) => `${settingWords(`${name}.${field.name}`, field).label}: ${shown(field, value[field.name])}`).join(" · ");
}

function entryRow(setting, entry, reload, fixed) {
  const { name, field, value, saved } = setting;
  const isSaved = saved && entry in saved;
  const edit = async () => (await editEntry(setting, entry)) && reload();
  const drop = async () => {
    const sure = await confirmed({ title: t("settings.deleteQuestion", { name: entry }), text: t("settings.deleteHint"), action: t("common.delete") });
    if (sure && (await attempt(() => forget(name, entry), t("common.deleted"))) !== undefined) reload();
  };
  return h(
    "li",
    {},
    h("div", { class: "setting-words" }, h("strong", { class: "mono" }, entry), h("p", {}, summary(name, field.fields, value[entry])), h("span", { class: "badges" }, origins(setting, `${name}.${entry}`))),
    fixed ? null : h("div", { class: "setting-actions" }, name === "webhooks" && button(t("settings.sendATest"), { onclick: () => attempt(() => post(`/api/v1/webhooks/${encodeURIComponent(entry)}/test`), t("settings.testArrived", { name: entry })) }), iconButton("pencil", t("settings.edit", { name: entry }), edit), isSaved && iconButton("trash", t("settings.delete", { name: entry }), drop)),
  );
}

function tableBody(setting, reload, fixed) {
  const names = Object.keys(setting.value ?? {});
  if (!names.length) return h("p", { class: "quiet" }, t("settings.noEntries"));
  return h("ul", { class: "setting-list" }, names.map((entry) => entryRow(setting, entry, reload, fixed)));
}

function body(setting, reload, fixed) {
  const { name, field, value } = setting;
  if (field.kind === "table") return tableBody(setting, reload, fixed);
  if (field.kind === "record") return factsOf(field.fields, value, setting, name);
  return isEmpty(value) ? h("p", { class: "quiet" }, t("settings.notSet")) : h("p", { class: "setting-value" }, field.kind === "list" ? h("ol", {}, value.map((each) => h("li", { class: "mono" }, each))) : short(value), " ", origins(setting, name));
}

function actions(setting, reload, fixed) {
  const { name, field, saved } = setting;
  const { label } = settingWords(name, field);
  if (fixed || field.file_only) return null;
  if (field.kind === "table") return button(t("settings.add"), { glyph: "plus", "aria-label": t("settings.addTo", { setting: label }), onclick: async () => (await editEntry(setting)) && reload() });
  const back = async () => (await attempt(() => forget(name), t("settings.takenBack"))) !== undefined && reload();
  return [
    saved === null || saved === undefined ? null : button(t("settings.takeBack"), { kind: "quiet", "aria-label": t("settings.takeBackSetting", { setting: label }), onclick: back }),
    button(t("settings.change"), { glyph: "pencil", "aria-label": t("settings.changeSetting", { setting: label }), onclick: async () => (await editSetting(setting)) && reload() }),
  ];
}

function panel(setting, reload, fixed) {
  const { name, field } = setting;
  if (name === "templates") return templatesPanel(setting, reload, fixed);
  const words = settingWords(name, field);
  const locked = field.file_only && h("p", { class: "hint setting-locked" }, icon("lock"), h("span", {}, serverText(field.file_only)));
  return h(
    "section",
    { class: "panel section", "aria-label": words.label, dataset: { setting: name } },
    h("header", { class: "section-head" }, h("h2", {}, words.label), actions(setting, reload, fixed)),
    words.hint && h("p", { class: "hint" }, words.hint),
    body(setting, reload, fixed),
    locked,
  );
}

const inGroup = (settings, [name, , names]) => (name === "more" ? settings.filter((each) => !PLACED.has(each.name)) : names.map((each) => settings.find((setting) => setting.name === each)).filter(Boolean));

/** Shows the settings of the group that the address names. */
export async function mount(root, { args }) {
  const box = h("div", { class: "stack" });
  const tabs = h("nav", { class: "setting-tabs", "aria-label": t("settings.groups") });
  let group = GROUPS[0];
  const load = () =>
    loaded(box, async () => {
      const { settings, fixed } = await get("/api/v1/settings");
      const note = fixed ? h("p", { class: "hint setting-locked" }, icon("lock"), h("span", {}, serverText(fixed))) : null;
      const shown = inGroup(settings, group);
      return [note, ...shown.map((setting) => panel(setting, load, fixed))];
    });
  function show(names) {
    group = GROUPS.find(([name]) => name === names[0]) ?? GROUPS[0];
    fill(tabs, GROUPS.map(([name, title]) => h("a", { href: `#/settings/${name}`, "aria-current": name === group[0] ? "page" : undefined }, title)));
    fill(box);
    load();
  }
  fill(root, heading(t("common.settings"), t("settings.about")), tabs, box);
  show(args);
  return { update: show };
}
