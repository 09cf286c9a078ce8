// Experiments: which variants compete, and how they did, with confidence intervals.

import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { count, milliseconds, money, percent } from "./format.js";
import { intervalChart } from "./intervals.js";
import { t } from "./texts.js";
import { badge, button, emptyState, heading, loaded } from "./ui.js";
import { can } from "./access.js";
import { go } from "./views.js";

const share = (value) => `${(value * 100).toFixed(1)} %`;
const dollars = (value) => money({ amount: String(value), complete: true });

const MEASURES = [
  ["success", t("experiments.success"), share, t("experiments.successHint")],
  ["latency_ms", t("common.latency"), milliseconds, t("experiments.latencyHint")],
  ["dollars", t("experiments.costACall"), dollars, t("common.dollars")],
];

function measure([field, title, format, words], experiment, tones) {
  const rows = experiment.results.map((each) => ({ name: each.variant, tone: tones.get(each.variant), ...each[field] }));
  const said = rows.map((row) => (row.mean === null || row.mean === undefined ? t("experiments.unknown", { name: row.name }) : t("experiments.interval", { name: row.name, mean: format(row.mean), low: format(row.low), high: format(row.high) }))).join("; ");
  return h("figure", {}, h("figcaption", {}, h("strong", {}, title), h("span", { class: "quiet tiny" }, words)), intervalChart({ title: t("experiments.measureOf", { title, name: experiment.name }), desc: said, rows, format }));
}

function variants(experiment, tones) {
  const whole = experiment.variants.reduce((sum, each) => sum + each.weight, 0) || 1;
  const calls = new Map(experiment.results.map((each) => [each.variant, each.calls]));
  const bars = experiment.variants.map((each) => {
    const node = h("span", { class: `share-bar swatch-${tones.get(each.name)}`, title: `${each.name}: ${percent(each.weight / whole)}` });
    node.style.flexGrow = each.weight;
    return node;
  });
  const rows = experiment.variants.map((each) =>
    h("li", {}, h("span", { class: `swatch swatch-${tones.get(each.name)}` }), h("strong", {}, each.name), h("span", { class: "mono" }, each.model), h("span", { class: "quiet" }, calls.has(each.name) ? t("experiments.shareAndCalls", { share: percent(each.weight / whole), calls: count(calls.get(each.name)) }) : t("experiments.shareOnly", { share: percent(each.weight / whole) }))),
  );
  return [h("div", { class: "share-bars", "aria-hidden": "true" }, bars), h("ul", { class: "variants" }, rows)];
}

function card(experiment) {
  const tones = new Map(experiment.variants.map((each, index) => [each.name, String((index % 6) + 1)]));
  const facts = experiment.task ? t("experiments.shareOfTask", { share: percent(experiment.share), task: experiment.task }) : t("experiments.shareOfAll", { share: percent(experiment.share) });
  return h(
    "section",
    { class: "panel section experiment", "aria-label": experiment.name },
    h("header", { class: "section-head" }, h("div", { class: "grow" }, h("h2", {}, experiment.name), h("p", { class: "quiet small" }, facts)), badge(experiment.enabled ? t("experiments.running") : t("experiments.stopped"), experiment.enabled ? "ok" : "")),
    variants(experiment, tones),
    experiment.results.length
      ? [h("div", { class: "measures" }, MEASURES.map((each) => measure(each, experiment, tones))), h("p", { class: "hint" }, t("experiments.legend"))]
      : h("p", { class: "quiet panel-none" }, t("experiments.noResults")),
  );
}

/** Shows the experiments. */
export async function mount(root) {
  const box = h("div", { class: "stack" });
  fill(root, heading(t("common.experiments"), t("experiments.about")), box);
  loaded(box, async () => {
    const { experiments } = await get("/api/v1/experiments");
    if (!experiments.length) return h("div", { class: "panel" }, emptyState("flask", t("experiments.empty"), t("experiments.emptyHint"), can("admin") ? button(t("experiments.add"), { glyph: "plus", onclick: () => go("settings", "models") }) : null));
    return experiments.map(card);
  });
  return {};
}
