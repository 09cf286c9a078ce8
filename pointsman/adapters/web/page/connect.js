// How a program is connected: base URLs, and lines for each SDK and agent with the model and the key filled in.

import { can } from "./access.js";
import { get } from "./api.js";
import { BASE } from "./base.js";
import { codeBlock } from "./code-block.js";
import { fill, h, icon } from "./dom.js";
import { textField } from "./fields.js";
import { freshKey } from "./fresh-key.js";
import { createKey } from "./key-form.js";
import { pickModel } from "./model-picker.js";
import { keep, recall } from "./preferences.js";
import { models, providers } from "./store.js";
import { parts, t } from "./texts.js";
import { button, copyButton, heading, loaded } from "./ui.js";

const GROUPS = { python: t("connect.python"), javascript: t("connect.javascript"), agents: t("connect.agents"), shell: t("connect.shell") };
const address = () => `${location.origin}${BASE}`;

/** The lines with address, key and model; of a quote in a name nothing is left, so that nothing ends early. */
export function filled(text, { key, model }) {
  const values = { ADDRESS: address(), KEY: key, MODEL: model.replace(/["'\\\n]/g, "") };
  return text.replace(/\{(ADDRESS|KEY|MODEL)\}/g, (_, name) => values[name]);
}

/** Whether a key is needed, and which one stands in the lines. */
function access({ needs_key: needsKey }, made) {
  const key = freshKey();
  const ask = can("chat") ? button(t("common.newKey"), { glyph: "key", kind: key ? "" : "primary", onclick: made }) : null;
  const words = key
    ? [badgeWords("check", "ok", parts("connect.freshKey", { name: h("strong", {}, key.name) }))]
    : needsKey
      ? [badgeWords("lock", "warn", [t("connect.closed")])]
      : [badgeWords("warning", "warn", [t("connect.open")])];
  return h("section", { class: "panel section connect-access", "aria-label": t("connect.access") }, h("header", { class: "section-head" }, h("h2", {}, t("connect.access")), ask), words);
}

const badgeWords = (glyph, tone, words) => h("p", { class: `connect-note text-${tone}`, role: "status" }, icon(glyph), h("span", {}, words));

function bases(list) {
  const row = ({ title, path }) => h("div", {}, h("dt", {}, title), h("dd", {}, h("code", {}, `${address()}${path}`), copyButton(() => `${address()}${path}`, t("connect.copyBase", { title }))));
  return h("section", { class: "panel section", "aria-label": t("connect.bases") }, h("header", { class: "section-head" }, h("h2", {}, t("connect.bases"))), h("dl", { class: "facts connect-bases" }, list.map(row)));
}

function snippet(each, values) {
  const block = codeBlock(each.language);
  block.set(filled(each.code, values).trimEnd().split("\n"), true);
  const install = each.install && filled(each.install, values);
  return h(
    "div",
    { class: "stack-small" },
    install && h("p", { class: "connect-install" }, h("code", {}, install), copyButton(() => install, t("connect.copyInstall"))),
    each.file && h("p", { class: "hint" }, parts("connect.file", { file: h("code", {}, each.file) })),
    block.node,
  );
}

/** The tabs of all snippets, and the one that is chosen. */
function snippets(list, values) {
  let chosen = list.find(({ id }) => id === recall("connect", "openai")) ?? list[0];
  const box = h("div", { class: "connect-shown", role: "tabpanel", id: "connect-shown", tabindex: "0" });
  const tabs = list.map((each) => h("button", { type: "button", role: "tab", id: `connect-${each.id}`, class: "chip", "aria-controls": "connect-shown", onclick: () => choose(each) }, each.title));

  function choose(each) {
    chosen = each;
    keep("connect", each.id);
    list.forEach(({ id }, index) => {
      tabs[index].setAttribute("aria-selected", String(id === each.id));
      tabs[index].tabIndex = id === each.id ? 0 : -1;
    });
    box.setAttribute("aria-labelledby", `connect-${each.id}`);
    fill(box, snippet(each, values()));
  }

  const move = (event) => {
    const onward = document.dir === "rtl" ? -1 : 1;
    const step = { ArrowRight: onward, ArrowDown: 1, ArrowLeft: -onward, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (list.indexOf(chosen) + step + list.length) % list.length;
    choose(list[next]);
    tabs[next].focus();
  };
  const group = ([name, title]) => h("div", { class: "connect-group", role: "presentation" }, h("span", { class: "tier-name", "aria-hidden": "true" }, title), list.map((each, index) => (each.group === name ? tabs[index] : null)));
  choose(chosen);
  return { node: [h("div", { class: "connect-tabs", role: "tablist", "aria-label": t("connect.snippets"), onkeydown: move }, Object.entries(GROUPS).map(group)), box], again: () => choose(chosen) };
}

async function firstModel() {
  const [all, known] = await Promise.all([models().catch(() => []), providers().catch(() => ({ active: null }))]);
  return (all.find(({ provider }) => provider === known.active) ?? all[0])?.id ?? "auto";
}

/** Shows how programs are connected. */
export async function mount(root) {
  const box = h("div", { class: "view-body" });
  const load = () =>
    loaded(box, async () => {
      const [known, first] = await Promise.all([get("/api/v1/connect"), firstModel()]);
      const model = textField({ label: t("common.model"), name: "model", value: first, oninput: () => shown.again() });
      const key = () => freshKey()?.key ?? (known.needs_key ? t("connect.keyHere") : t("connect.anyKey"));
      const shown = snippets(known.snippets, () => ({ key: key(), model: model.input.value.trim() || "auto" }));
      const choose = button(t("connect.choose"), {
        onclick: async () => {
          const picked = await pickModel(model.input.value);
          if (picked === undefined) return;
          model.input.value = picked || first;
          shown.again();
        },
      });
      const row = h("div", { class: "input-row" });
      model.input.replaceWith(row);
      row.append(model.input, choose);
      const made = async () => (await createKey()) && load();
      return [
        h("div", { class: "pair" }, access(known, made), bases(known.bases)),
        h("section", { class: "panel section", "aria-label": t("connect.snippets") }, h("header", { class: "section-head" }, h("h2", {}, t("connect.snippets")), h("div", { class: "connect-model" }, model.node)), shown.node),
      ];
    });
  fill(root, heading(t("connect.connect"), t("connect.about")), box);
  load();
  return {};
}
