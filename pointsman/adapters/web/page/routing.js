// Why a request would go where: a form, and the router's ranked list with its reasons.

import { post } from "./api.js";
import { fill, h } from "./dom.js";
import { areaField, selectField, textField } from "./fields.js";
import { pickModel } from "./model-picker.js";
import { badge, button, emptyState, errorCard, heading, skeleton } from "./ui.js";

const TASKS = [["", "Find out from the text"], ["general", "General"], ["coding", "Coding"], ["analysis", "Analysis"], ["extraction", "Extraction"], ["creative", "Creative"], ["translation", "Translation"]];

function ranked(list) {
  return h(
    "ol",
    { class: "ranked" },
    list.map((each, index) =>
      h("li", { class: index ? "" : "ranked-first" }, h("span", { class: "rank", "aria-hidden": "true" }, index + 1), h("div", {}, h("strong", { class: "mono" }, each.model), h("p", {}, each.reason)), index ? null : badge("goes here", "accent", "points")),
    ),
  );
}

const passed = (list) => h("ul", { class: "passed" }, list.map((each) => h("li", {}, h("strong", { class: "mono" }, each.model), h("p", {}, each.reason))));

function explanation({ task, strategy, ranked: order, passed_over: others }) {
  const none = emptyState("points", "No model can take this", "Look at the reasons on this page, then enable a provider or relax a budget.");
  return [
    h("p", { class: "route-facts" }, "Task ", badge(task || "unknown", "accent"), " Strategy ", badge(strategy || "default", "accent")),
    h("section", { class: "panel section" }, h("header", { class: "section-head" }, h("h2", {}, "In this order")), order.length ? ranked(order) : none),
    others.length ? h("section", { class: "panel section" }, h("header", { class: "section-head" }, h("h2", {}, "Passed over")), passed(others)) : null,
  ];
}

/** Shows the router's form. */
export async function mount(root) {
  const text = areaField({ label: "Message", rows: 6, placeholder: "What would you ask?", required: true });
  const task = selectField({ label: "Task", options: TASKS, value: "" });
  const model = textField({ label: "Model", value: "auto", hint: "auto lets the router choose; provider/model asks about one." });
  const choose = button("Choose", {
    onclick: async () => {
      const picked = await pickModel(model.input.value);
      if (picked !== undefined) model.input.value = picked;
    },
  });
  const row = h("div", { class: "input-row" });
  model.input.replaceWith(row);
  row.append(model.input, choose);
  const result = h("div", { class: "stack", "aria-live": "polite" }, h("div", { class: "panel" }, emptyState("points", "Which way would it go?", "Write a message and ask. Nothing is sent to a model, and nothing is spent.")));

  const ask = async (event) => {
    event.preventDefault();
    if (!text.input.value.trim()) {
      text.problem("Write a message first.");
      text.input.focus();
      return;
    }
    text.problem(null);
    fill(result, skeleton(6));
    try {
      const body = { conversation: null, model: model.input.value.trim(), text: text.input.value, ...(task.input.value && { task: task.input.value }) };
      fill(result, explanation(await post("/api/v1/route/explain", body)));
    } catch (error) {
      fill(result, errorCard(error));
    }
  };

  const form = h("form", { class: "panel section stack route-form", onsubmit: ask, novalidate: true }, text.node, task.node, model.node, h("button", { type: "submit", class: "btn btn-primary" }, "Explain the route"));
  fill(root, heading("Routing", "Where a message would go, and why, before it costs anything."), h("div", { class: "route" }, form, result));
  return {};
}
