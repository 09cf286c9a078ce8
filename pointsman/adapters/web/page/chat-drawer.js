// The parameters of a chat, in a drawer at the side. They belong to the conversation; an unset one is not sent.

import { at, patch } from "./api.js";
import { fill, h } from "./dom.js";
import { areaField, numberField, segmented, selectField, sliderField, switchField } from "./fields.js";
import { openMemories } from "./memories.js";
import { modelWords, pickModel } from "./model-picker.js";
import { keep, recall } from "./preferences.js";
import { prompts, tools } from "./store.js";
import { TASKS } from "./tasks.js";
import { t } from "./texts.js";
import { attempt, button, iconButton } from "./ui.js";

const EFFORTS = [["", t("common.default")], ["low", t("chatDrawer.low")], ["medium", t("chatDrawer.medium")], ["high", t("chatDrawer.high")]];
const UNSET = { system: "", temperature: null, max_tokens: null, reasoning_effort: "", tools: [], memory: false, task: "", model: "" };

/** What is sent with a message: only what is set. */
export function parameters(kept) {
  const entries = Object.entries(kept).filter(([name, value]) => name !== "model" && value !== null && value !== "" && value !== false && !(Array.isArray(value) && !value.length));
  return Object.fromEntries(entries);
}

/** How many parameters differ from the defaults. */
export const changedCount = (kept) => Object.keys(parameters(kept)).length;

const KEPT = Object.keys(UNSET).filter((name) => name !== "system");

/** What a conversation is asked with: what it keeps, or, where it keeps nothing, the model that answered last. */
function ownParameters({ parameters: kept = {}, system = "" }, entries) {
  const own = { ...UNSET, ...kept, system };
  if (changedCount(own) || own.model) return own;
  const last = entries.findLast((entry) => entry.provider && entry.model);
  return last ? { ...own, model: `${last.provider}/${last.model}` } : own;
}

/**
 * The parameters of the open conversation, or of a new one, which begins with this browser's last choice.
 * `set(name, value)` changes one, here and where the conversation is kept; `flush()` resolves when it is kept.
 */
export function chatSettings(onchange) {
  const values = { ...UNSET, ...recall("chat", {}) };
  let id = null;
  let timer = 0;
  let writing = Promise.resolve();

  const fields = () => ({ parameters: Object.fromEntries(KEPT.map((name) => [name, values[name]])), system: values.system });

  function write() {
    clearTimeout(timer);
    timer = 0;
    const [mine, body] = [id, fields()];
    writing = writing.then(() => attempt(() => patch(at("conversations", mine), body)));
  }

  function changed() {
    keep("chat", values);
    onchange();
    clearTimeout(timer);
    timer = id ? setTimeout(write, 400) : 0;
  }

  function flush() {
    if (timer) write();
    return writing;
  }

  return {
    values,
    fields,
    flush,
    set: (name, value) => {
      values[name] = value;
      changed();
    },
    reset: () => {
      Object.assign(values, UNSET, { model: values.model });
      changed();
    },
    /** Goes over to another conversation, or to a new one (`null`). */
    open: (conversation, entries = []) => {
      flush();
      id = conversation?.id ?? null;
      Object.assign(values, conversation ? ownParameters(conversation, entries) : { ...UNSET, ...recall("chat", {}) });
      onchange();
    },
    /** The new conversation has got its id. */
    begun: (made) => {
      id = made;
    },
  };
}

async function promptChoice(area) {
  const list = await prompts().catch(() => []);
  if (!list.length) return null;
  const field = selectField({ label: t("chatDrawer.fromAKeptPrompt"), options: [["", t("chatDrawer.choose")], ...list.map((each) => [each.name, each.description || each.name])] });
  field.input.addEventListener("change", () => {
    const chosen = list.find((each) => each.name === field.input.value);
    if (!chosen) return;
    area.input.value = chosen.text;
    area.input.dispatchEvent(new Event("input"));
  });
  return field.node;
}

async function toolBoxes(settings) {
  const list = await tools().catch(() => []);
  if (!list.length) return h("p", { class: "hint" }, t("chatDrawer.noTools"));
  return list.map((tool) => {
    const toggle = (on) => {
      const others = settings.values.tools.filter((name) => name !== tool.name);
      settings.set("tools", on ? [...others, tool.name] : others);
    };
    const id = `tool-${tool.name}`;
    const box = h("input", { type: "checkbox", class: "check", id, checked: settings.values.tools.includes(tool.name), onchange: () => toggle(box.checked) });
    return h("div", { class: "check-row" }, box, h("label", { for: id }, tool.name, h("small", {}, tool.description)));
  });
}

/** Whether new conversations get their titles from a model, and from which: a choice of this browser. */
function titleFields() {
  const chosen = { on: false, model: "", ...recall("titles", {}) };
  const words = () => t("chatDrawer.titleModel", { name: chosen.model ? modelWords(chosen.model) : t("chatDrawer.sameModel") });
  const model = button(words(), { onclick: choose, hidden: !chosen.on });
  const change = (more) => {
    Object.assign(chosen, more);
    keep("titles", chosen);
    model.hidden = !chosen.on;
    model.querySelector("span").textContent = words();
  };
  async function choose() {
    const picked = await pickModel(chosen.model);
    if (picked !== undefined) change({ model: picked });
  }
  return [switchField({ label: t("chatDrawer.titles"), hint: t("chatDrawer.titlesHint"), checked: chosen.on, onchange: (on) => change({ on }) }).node, model];
}

/** The drawer: its node, and `draw()`, which shows what is set now; `close()` hides it. */
export function parameterDrawer(settings, close) {
  const body = h("div", { class: "drawer-body" });

  function build() {
    const { values, set } = settings;
    const system = areaField({ label: t("chatDrawer.systemPrompt"), rows: 5, value: values.system, placeholder: t("chatDrawer.howTheModelShallAnswer"), oninput: (event) => set("system", event.target.value) });
    const kept = h("div", {});
    const toolList = h("div", { class: "stack-small" });
    promptChoice(system).then((node) => fill(kept, node));
    toolBoxes(settings).then((nodes) => fill(toolList, nodes));
    const most = numberField({ label: t("chatDrawer.mostTokensOfTheAnswer"), min: 1, step: 1, placeholder: t("common.unset"), value: values.max_tokens ?? "", oninput: () => set("max_tokens", most.read()) });
    const task = selectField({ label: t("common.task"), hint: t("chatDrawer.taskHint"), options: TASKS, value: values.task, onchange: (event) => set("task", event.target.value) });
    fill(
      body,
      system.node,
      kept,
      sliderField({ label: t("common.temperature"), min: 0, max: 2, step: 0.05, value: values.temperature, onchange: (value) => set("temperature", value) }).node,
      most.node,
      h("div", { class: "field" }, h("span", { class: "label" }, t("chatDrawer.reasoningEffort")), segmented({ label: t("chatDrawer.reasoningEffort"), options: EFFORTS, value: values.reasoning_effort, onchange: (value) => set("reasoning_effort", value) }).node),
      task.node,
      h("fieldset", { class: "field" }, h("legend", {}, t("common.tools")), toolList),
      switchField({ label: t("chatDrawer.memory"), hint: t("chatDrawer.memoryHint"), checked: values.memory, onchange: (on) => set("memory", on) }).node,
      titleFields(),
      h("div", { class: "drawer-actions" }, button(t("chatDrawer.manageMemories"), { glyph: "memory", onclick: openMemories }), button(t("chatDrawer.resetAll"), { kind: "quiet", onclick: () => { settings.reset(); build(); } })),
    );
  }

  const node = h(
    "aside",
    { class: "chat-drawer panel", "aria-label": t("common.parameters"), hidden: true },
    h("header", { class: "list-head" }, h("h2", {}, t("common.parameters")), iconButton("close", t("chatDrawer.closeTheParameters"), close)),
    body,
  );
  return { node, draw: build };
}
