// Charts as SVG: areas, lines and stacked bars over time, with a table of the same figures.

import { fill, h, icon, s, uid } from "./dom.js";
import { t } from "./texts.js";
import { iconButton } from "./ui.js";

const HEIGHT = 190;
const PAD = { top: 12, right: 10, bottom: 24, left: 52 };
const LETTER = 6.4; // pixels, of the digits beside an axis

/** Round steps for an axis from 0 to at least `top`. */
export function ticks(top, whole = false, wanted = 4) {
  if (!(top > 0)) return [0, 1];
  const rough = Math.max(top / wanted, whole ? 1 : 0);
  const size = 10 ** Math.floor(Math.log10(rough));
  const steps = whole ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10];
  const step = steps.find((each) => each * size >= rough) * size;
  return Array.from({ length: Math.ceil(top / step - 1e-9) + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** Runs of known points: a gap stays a gap, and is never drawn as zero. */
export function runs(values) {
  const found = [];
  let run = [];
  values.forEach((value, index) => {
    if (value === null || value === undefined) {
      if (run.length) found.push(run);
      run = [];
    } else run.push([index, value]);
  });
  if (run.length) found.push(run);
  return found;
}

/** Each series put on those before it: `[[low, high], …]` for every series. */
export function stacked(series) {
  const floor = series[0]?.values.map(() => 0) ?? [];
  return series.map(({ values }) =>
    values.map((value, index) => {
      const low = floor[index];
      floor[index] += value ?? 0;
      return [low, floor[index]];
    }),
  );
}

function scales(data, width) {
  const { series, kind, labels, format } = data;
  const tops = kind === "bars" ? stacked(series).at(-1)?.map(([, high]) => high) ?? [] : series.flatMap(({ values }) => values.filter((value) => value !== null && value !== undefined));
  const marks = ticks(Math.max(0, ...tops), data.whole);
  const left = Math.max(PAD.left, 14 + LETTER * Math.max(...marks.map((mark) => format(mark).length)));
  const inner = { width: width - left - PAD.right, height: HEIGHT - PAD.top - PAD.bottom };
  const slot = inner.width / Math.max(1, labels.length);
  return {
    marks,
    slot,
    left,
    x: (index) => left + slot * (index + 0.5),
    y: (value) => PAD.top + inner.height * (1 - value / marks.at(-1)),
    bottom: PAD.top + inner.height,
  };
}

function axes({ marks, x, y, slot, left }, { labels, format }, width) {
  const every = Math.max(1, Math.ceil(64 / slot));
  const lines = marks.map((mark) => s("line", { class: "grid", x1: left, x2: width - PAD.right, y1: y(mark), y2: y(mark) }));
  const sides = marks.map((mark) => s("text", { class: "tick", x: left - 8, y: y(mark) + 4, "text-anchor": "end" }, format(mark)));
  const feet = labels.map((label, index) => (index % every === Math.floor(every / 2) ? s("text", { class: "tick", x: x(index), y: HEIGHT - 6, "text-anchor": "middle" }, label) : null));
  return [lines, sides, feet];
}

const path = (points, { x, y }) => points.map(([index, value], at) => `${at ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`).join("");

function lineShapes(each, scale, area) {
  return runs(each.values).map((run) => {
    if (run.length === 1) return s("circle", { class: `dot-${each.tone}`, cx: scale.x(run[0][0]), cy: scale.y(run[0][1]), r: 3 });
    const line = s("path", { class: `line line-${each.tone}`, d: path(run, scale) });
    if (!area) return line;
    const shape = `${path(run, scale)}L${scale.x(run.at(-1)[0]).toFixed(1)} ${scale.bottom}L${scale.x(run[0][0]).toFixed(1)} ${scale.bottom}Z`;
    return [s("path", { class: `area area-${each.tone}`, d: shape }), line];
  });
}

function barShapes(series, scale) {
  const width = Math.max(1.5, Math.min(26, scale.slot * 0.68));
  const last = series.length - 1;
  return stacked(series).map((pairs, index) =>
    pairs.map(([low, high], at) => {
      if (high === low) return null;
      const height = Math.max(1, scale.y(low) - scale.y(high));
      return s("rect", { class: `bar bar-${series[index].tone}`, x: scale.x(at) - width / 2, y: scale.y(high), width, height, rx: index === last ? Math.min(3, width / 3) : 0 });
    }),
  );
}

function draw(data, width) {
  const scale = scales(data, width);
  const title = uid("chart");
  const shapes = data.kind === "bars" ? barShapes(data.series, scale) : data.series.map((each) => lineShapes(each, scale, data.kind === "area"));
  const node = s(
    "svg",
    { class: "chart", width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-labelledby": `${title} ${title}-desc` },
    s("title", { id: title }, data.title),
    s("desc", { id: `${title}-desc` }, data.desc),
    axes(scale, data, width),
    shapes,
    s("line", { class: "cursor", y1: PAD.top, y2: scale.bottom, x1: -9, x2: -9 }),
  );
  return { node, scale };
}

const words = (value, format) => (value === null || value === undefined ? t("common.unknown") : format(value));

function legend({ series }) {
  return series.length < 2 ? null : h("ul", { class: "legend" }, series.map((each) => h("li", {}, h("span", { class: `swatch swatch-${each.tone}` }), each.name)));
}

function table({ labels, longLabels = labels, series, format, title }) {
  const head = h("tr", {}, h("th", { scope: "col" }, t("common.time")), series.map((each) => h("th", { scope: "col", class: "num" }, each.name)));
  const rows = longLabels.map((label, index) => h("tr", {}, h("th", { scope: "row" }, label), series.map((each) => h("td", { class: "num" }, words(each.values[index], format)))));
  return h("div", { class: "chart-table", tabindex: "0", role: "group", "aria-label": t("charts.asATable", { title }) }, h("table", { class: "table" }, h("thead", {}, head), h("tbody", {}, rows)));
}

function hover(plot, tip, data, current) {
  const { labels, longLabels = labels, series, format } = data;
  plot.addEventListener("pointermove", (event) => {
    if (!current()) return;
    const { node, scale } = current();
    const box = plot.getBoundingClientRect();
    const index = Math.floor((event.clientX - box.left - scale.left) / scale.slot);
    tip.hidden = index < 0 || index >= labels.length;
    const cursor = node.querySelector(".cursor");
    const at = tip.hidden ? -9 : scale.x(index);
    cursor.setAttribute("x1", at);
    cursor.setAttribute("x2", at);
    if (tip.hidden) return;
    fill(tip, h("strong", {}, longLabels[index]), series.map((each) => h("span", {}, h("span", { class: `swatch swatch-${each.tone}` }), `${each.name}: ${words(each.values[index], format)}`)));
    tip.style.left = `${Math.min(Math.max(4, at + 12), box.width - tip.offsetWidth - 4)}px`;
  });
  plot.addEventListener("pointerleave", () => {
    tip.hidden = true;
    if (!current()) return;
    const cursor = current().node.querySelector(".cursor");
    cursor.setAttribute("x1", -9);
    cursor.setAttribute("x2", -9);
  });
}

/**
 * A chart with its heading, legend and table.
 * `data`: `{title, desc, kind: "area"|"line"|"bars", labels, longLabels, series: [{name, tone, values}], format, figure, whole}`;
 * `none`: why there is nothing to draw, said in place of the drawing; `whole`: the values are counts, so the axis has no fractions.
 */
export function chartCard(data) {
  const plot = h("div", { class: "plot" });
  const tip = h("div", { class: "tip", hidden: true, "aria-hidden": "true" });
  const body = h("div", { class: "plot-box" }, plot, tip);
  let current = null;
  let asTable = false;

  const render = () => {
    const width = Math.floor(plot.clientWidth);
    if (asTable || width < 80) return;
    if (data.none) {
      fill(plot, h("p", { class: "plot-none quiet" }, data.none));
      return;
    }
    current = draw(data, width);
    fill(plot, current.node);
  };
  const toggle = iconButton("table", t("charts.showAsATable", { title: data.title }), () => {
    asTable = !asTable;
    toggle.setAttribute("aria-pressed", String(asTable));
    fill(toggle, icon(asTable ? "chart" : "table"));
    if (asTable) fill(plot, table(data));
    else {
      fill(plot);
      render();
    }
  });
  toggle.setAttribute("aria-pressed", "false");
  hover(plot, tip, data, () => current);
  new ResizeObserver(render).observe(plot);
  const head = h("header", { class: "chart-head" }, h("div", {}, h("h2", {}, data.title), data.figure && h("p", { class: "figure" }, data.figure)), legend(data), toggle);
  return h("section", { class: "panel chart-card", "aria-label": data.title }, head, body);
}
