// Why a request would go where: a form, and the router's ranked list with its reasons.

import { post } from "./api.js";
import { fill, h } from "./dom.js";
import { areaField, selectField, textField } from "./fields.js";
import { compact, countOf, milliseconds, money, percent } from "./format.js";
import { pickModel } from "./model-picker.js";
import { TASKS } from "./tasks.js";
import { choiceText, parts, reasonText, t } from "./texts.js";
import { badge, button, emptyState, errorCard, heading, skeleton } from "./ui.js";
import { go } from "./views.js";


const taskName = (task) => TASKS.find(([name]) => name && name === task)?.[1] ?? task;

/** What is known of a model, so that its place can be understood: price, window, speed, failures. */
function outlookWords(outlook) {
  if (!outlook) return null;
  const speed = outlook.tokens_per_second ? t("routing.speed", { speed: Math.round(outlook.tokens_per_second) }) : outlook.error_rate === null ? t("routing.notMeasured") : null;
  const facts = [
    outlook.cost ? (Number(outlook.cost.amount) ? t("routing.costs", { cost: money(outlook.cost) }) : t("routing.costsNothing")) : t("routing.priceUnknown"),
    outlook.context_length ? t("routing.window", { tokens: compact(outlook.context_length) }) : t("routing.windowUnknown"),
    speed,
    outlook.first_ms !== null && t("routing.firstAfter", { time: milliseconds(outlook.first_ms) }),
    outlook.error_rate ? t("routing.failedLately", { share: percent(outlook.error_rate) }) : null,
    outlook.in_flight ? countOf("routing.busy", outlook.in_flight) : null,
  ];
  return h("p", { class: "route-outlook" }, facts.filter(Boolean).map((each) => h("span", {}, each)));
}

function ranked(list, of) {
  return h(
    "ol",
    { class: "ranked" },
    list.map((each, index) =>
      h("li", { class: index ? "" : "ranked-first" }, h("span", { class: "rank", "aria-hidden": "true" }, index + 1), h("div", {}, h("strong", { class: "mono" }, each.model), h("p", {}, h("bdi", {}, reasonText(each))), outlookWords(of(each.model))), index ? null : badge(t("routing.goesHere"), "accent", "points")),
    ),
  );
}

const passed = (list, of) => h("ul", { class: "passed" }, list.map((each) => h("li", {}, h("strong", { class: "mono" }, each.model), h("p", {}, h("bdi", {}, reasonText(each))), outlookWords(of(each.model)))));

function explanation({ task, strategy, ranked: order, passed_over: others, outlook = [] }) {
  const of = (model) => outlook.find((each) => each.model === model);
  const none = emptyState("points", t("routing.noModel"), t("routing.noModelHint"));
  return [
    h("p", { class: "route-facts" }, parts("routing.facts", { task: badge(task ? taskName(task) : t("common.unset"), "accent"), strategy: badge(strategy ? choiceText(strategy) : t("common.unset"), "accent") })),
    h("section", { class: "panel section" }, h("header", { class: "section-head" }, h("h2", {}, t("routing.inThisOrder"))), order.length ? ranked(order, of) : none),
    others.length ? h("section", { class: "panel section" }, h("header", { class: "section-head" }, h("h2", {}, t("routing.passedOver"))), passed(others, of)) : null,
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
