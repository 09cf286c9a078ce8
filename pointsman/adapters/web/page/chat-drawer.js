// The parameters of a chat, in a drawer at the side. They are remembered in this browser; an unset one is not sent.

import { fill, h } from "./dom.js";
import { areaField, numberField, segmented, selectField, sliderField, switchField } from "./fields.js";
import { openMemories } from "./memories.js";
import { keep, recall } from "./preferences.js";
import { prompts, tools } from "./store.js";
import { TASKS } from "./tasks.js";
import { t } from "./texts.js";
import { button, iconButton } from "./ui.js";

const EFFORTS = [["", t("common.default")], ["low", t("chatDrawer.low")], ["medium", t("chatDrawer.medium")], ["high", t("chatDrawer.high")]];
const UNSET = { system: "", temperature: null, max_tokens: null, reasoning_effort: "", tools: [], memory: false, task: "", model: "" };

/** What is sent with a message: only what is set. */
export function parameters(kept) {
  const entries = Object.entries(kept).filter(([name, value]) => name !== "model" && value !== null && value !== "" && value !== false && !(Array.isArray(value) && !value.length));
  return Object.fromEntries(entries);
}

/** How many parameters differ from the defaults. */
export const changedCount = (kept) => Object.keys(parameters(kept)).length;

/** The kept parameters; `set(name, value)` remembers one. */
export function chatSettings(onchange) {
  const values = { ...UNSET, ...recall("chat", {}) };
  return {
    values,
    set: (name, value) => {
      values[name] = value;
      keep("chat", values);
      onchange();
    },
    reset: () => {
      Object.assign(values, UNSET, { model: values.model });
      keep("chat", values);
      onchange();
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

/** The drawer; `close()` hides it. */
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
      h("div", { class: "drawer-actions" }, button(t("chatDrawer.manageMemories"), { glyph: "memory", onclick: openMemories }), button(t("chatDrawer.resetAll"), { kind: "quiet", onclick: () => { settings.reset(); build(); } })),
    );
  }

  build();
  return h(
    "aside",
    { class: "chat-drawer panel", "aria-label": t("common.parameters"), hidden: true },
    h("header", { class: "list-head" }, h("h2", {}, t("common.parameters")), iconButton("close", t("chatDrawer.closeTheParameters"), close)),
    body,
  );
}
