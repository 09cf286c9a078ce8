// Experiments: which variants compete, and how they did, with confidence intervals.

import { get } from "./api.js";
import { fill, h } from "./dom.js";
import { count, milliseconds, money, percent } from "./format.js";
import { intervalChart } from "./intervals.js";
import { badge, emptyState, heading, loaded } from "./ui.js";

const share = (value) => `${(value * 100).toFixed(1)} %`;
const dollars = (value) => money({ amount: String(value), complete: true });

const MEASURES = [
  ["success", "Success", share, "share of calls that succeeded"],
  ["latency_ms", "Latency", milliseconds, "until the whole answer"],
  ["dollars", "Cost a call", dollars, "dollars"],
];

function measure([field, title, format, words], experiment, tones) {
  const rows = experiment.results.map((each) => ({ name: each.variant, tone: tones.get(each.variant), ...each[field] }));
  const said = rows.map((row) => (row.mean === null || row.mean === undefined ? `${row.name} unknown` : `${row.name} ${format(row.mean)}, between ${format(row.low)} and ${format(row.high)}`)).join("; ");
  return h("figure", {}, h("figcaption", {}, h("strong", {}, title), h("span", { class: "quiet tiny" }, words)), intervalChart({ title: `${title} of ${experiment.name}`, desc: said, rows, format }));
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
    h("li", {}, h("span", { class: `swatch swatch-${tones.get(each.name)}` }), h("strong", {}, each.name), h("span", { class: "mono" }, each.model), h("span", { class: "quiet" }, `${percent(each.weight / whole)}, ${calls.has(each.name) ? count(calls.get(each.name)) : "no"} calls`)),
  );
  return [h("div", { class: "share-bars", "aria-hidden": "true" }, bars), h("ul", { class: "variants" }, rows)];
}

function card(experiment) {
  const tones = new Map(experiment.variants.map((each, index) => [each.name, String((index % 6) + 1)]));
  const facts = `${percent(experiment.share)} of ${experiment.task ? `“${experiment.task}” calls` : "all calls"} take part`;
  return h(
    "section",
    { class: "panel section experiment", "aria-label": experiment.name },
    h("header", { class: "section-head" }, h("div", { class: "grow" }, h("h2", {}, experiment.name), h("p", { class: "quiet small" }, facts)), badge(experiment.enabled ? "running" : "stopped", experiment.enabled ? "ok" : "")),
    variants(experiment, tones),
    experiment.results.length
      ? [h("div", { class: "measures" }, MEASURES.map((each) => measure(each, experiment, tones))), h("p", { class: "hint" }, "Dot: the mean. Bar: where it lies with 95 % confidence. Bars that overlap much tell nothing yet.")]
      : h("p", { class: "quiet panel-none" }, "No results yet: they come with the first calls that take part."),
  );
}

/** Shows the experiments. */
export async function mount(root) {
  const box = h("div", { class: "stack" });
  fill(root, heading("Experiments", "Variants that compete for the same calls, and what is known about them so far."), box);
  loaded(box, async () => {
    const { experiments } = await get("/api/v1/experiments");
    if (!experiments.length) return h("div", { class: "panel" }, emptyState("flask", "No experiments", "Name variants of a model in the configuration, and compare them here on real calls."));
    return experiments.map(card);
  });
  return {};
}
