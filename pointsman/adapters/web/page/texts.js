// Looks texts up: everything the page says stands in `texts/`, and what settings are called in `words/`, a file a language.

import { chosenLanguage } from "./languages.js";

const FILES = {
  en: () => Promise.all([import("./texts/en.js"), import("./words/en.js")]),
  de: () => Promise.all([import("./texts/de.js"), import("./words/de.js")]),
};

/** The language of the page. */
export const language = chosenLanguage();
const [{ default: texts }, { default: words }] = await FILES[language]();

const HOLE = /\{(\w+)\}/;

Object.assign(document.documentElement, { lang: language, dir: t("locale.direction") });

/** The text `key`, with each `{name}` in it replaced by that value: `t(KEY, { name: "Ada" })`. */
export function t(key, values = {}) {
  return parts(key, values).join("");
}

/** As `t`, where values may be nodes: what goes into an element, in the order that the language has. */
export function parts(key, values) {
  const pieces = (texts[key] ?? key).split(HOLE); // text, name, text, name, …
  return pieces.map((piece, index) => (index % 2 ? values[piece] ?? "" : piece)).filter((piece) => piece !== "");
}

/** The text `key` for so many things; its forms are those that `Intl.PluralRules` names: `{ one, other }`. */
export function plural(key, number, shown) {
  const forms = texts[key] ?? {};
  const form = forms[new Intl.PluralRules(texts["locale.numbers"]).select(number)] ?? forms.other ?? key;
  return form.replace("{count}", shown);
}

const asWords = (name) => name.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());

/** What a setting is called, and what it means: in words of the language, else by its name and the server's words. */
export function settingWords(path, field) {
  const [label, hint] = words[path] ?? words[`*.${field.name}`] ?? [];
  const said = language === "en" ? (field.doc ?? "").replaceAll("`", "") : "";
  return { label: label ?? asWords(field.name), hint: hint ?? (said || undefined) };
}

/** As `settingWords`, of a field of a provider. */
export function providerWords({ name, title, hint = "" }) {
  const [label, said] = words[`provider.${name}`] ?? [title, hint];
  return { label, hint: said || undefined };
}

/** What was changed, as the trail of changes names it: the path of a setting, or a field of a key or of somebody. */
export function changedWords(path) {
  const steps = path.split(".");
  const called = (name, index) => (words[steps.slice(0, index + 1).join(".")] ?? words[`*.${name}`])?.[0] ?? (index ? name : asWords(name));
  return words[`field.${path}`]?.[0] ?? steps.map(called).join(" › ");
}

/** A sentence that the server says of settings, in the language of the page where it has one for it. */
export const serverText = (text) => words[text]?.[0] ?? text;

/** What an error of this tag means and what to do, where the server says it in another language than the page; else "". */
export const errorText = (tag) => words[`error ${tag}`]?.[0] ?? "";

/** One of the few values that a setting can have. */
export const choiceText = (value) => words[`choice ${value}`]?.[0] ?? value.replaceAll("_", " ");

/** Why a model has its place in a route, in the language of the page; what the server has no code for, as it says it. */
export function reasonText({ reason, said }) {
  const sentences = said.map(({ code, fields }) => words[`reason ${code}`]?.[0].split(HOLE).map((piece, index) => (index % 2 ? localNumber(fields[piece]) : piece)).join(""));
  return sentences.length && sentences.every(Boolean) ? sentences.join(", ") : reason;
}

const NUMBER = /^\d[\d,]*(\.\d+)?$/;

/** A field of a sentence of the server: where it is a number, as the language writes it. */
function localNumber(value) {
  if (!NUMBER.test(value)) return value;
  const digits = value.split(".")[1]?.length ?? 0;
  return Number(value.replaceAll(",", "")).toLocaleString(texts["locale.numbers"], { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Fills what an HTML file leaves empty: `data-text` names the text of an element, `data-label` its label. */
export function fillTexts(root = document) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
}
