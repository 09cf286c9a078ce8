// Why a request would go where: a form, and the router's ranked list with its reasons.

import { post } from "./api.js";
import { fill, h } from "./dom.js";
import { areaField, selectField, textField } from "./fields.js";
import { pickModel } from "./model-picker.js";
import { TASKS } from "./tasks.js";
import { parts, t } from "./texts.js";
import { badge, button, emptyState, errorCard, heading, skeleton } from "./ui.js";
import { go } from "./views.js";

function ranked(list) {
  return h(
    "ol",
    { class: "ranked" },
    list.map((each, index) =>
      h("li", { class: index ? "" : "ranked-first" }, h("span", { class: "rank", "aria-hidden": "true" }, index + 1), h("div", {}, h("strong", { class: "mono" }, each.model), h("p", {}, each.reason)), index ? null : badge(t("routing.goesHere"), "accent", "points")),
    ),
  );
}

const passed = (list) => h("ul", { class: "passed" }, list.map((each) => h("li", {}, h("strong", { class: "mono" }, each.model), h("p", {}, each.reason))));

function explanation({ task, strategy, ranked: order, passed_over: others }) {
  const none = emptyState("points", t("routing.noModel"), t("routing.noModelHint"));
  return [
    h("p", { class: "route-facts" }, parts("routing.facts", { task: badge(task || t("common.unknown"), "accent"), strategy: badge(strategy || t("common.unset"), "accent") })),
    h("section", { class: "panel section" }, h("header", { class: "section-head" }, h("h2", {}, t("routing.inThisOrder"))), order.length ? ranked(order) : none),
    others.length ? h("section", { class: "panel section" }, h("header", { class: "section-head" }, h("h2", {}, t("routing.passedOver"))), passed(others)) : null,
  ];
}

/** Shows the router's form. */
export async function mount(root) {
  const text = areaField({ label: t("common.message"), rows: 6, placeholder: t("routing.whatWouldYouAsk"), required: true });
  const task = selectField({ label: t("common.task"), options: TASKS, value: "" });
  const model = textField({ label: t("common.model"), value: "auto", hint: t("routing.modelHint") });
  const choose = button(t("routing.choose"), {
    onclick: async () => {
      const picked = await pickModel(model.input.value);
      if (picked !== undefined) model.input.value = picked;
    },
  });
  const row = h("div", { class: "input-row" });
  model.input.replaceWith(row);
  row.append(model.input, choose);
  const result = h("div", { class: "stack", "aria-live": "polite" }, h("div", { class: "panel" }, emptyState("points", t("routing.empty"), t("routing.emptyHint"))));

  const ask = async (event) => {
    event.preventDefault();
    if (!text.input.value.trim()) {
      text.problem(t("routing.writeAMessageFirst"));
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

  const form = h("form", { class: "panel section stack route-form", onsubmit: ask, novalidate: true }, text.node, task.node, model.node, h("button", { type: "submit", class: "btn btn-primary" }, t("routing.explainTheRoute")));
  fill(root, heading(t("common.routing"), t("routing.about"), button(t("routing.change"), { glyph: "sliders", onclick: () => go("settings", "models") })), h("div", { class: "route" }, form, result));
  return {};
}
