// What it came to: cost, calls, tokens, speed and errors, over time and by group; budgets; the cache.

import { get } from "./api.js";
import { chartCard } from "./charts.js";
import { fill, h } from "./dom.js";
import { segmented, selectField } from "./fields.js";
import { clock, compact, count, day, milliseconds, money, percent, tokens } from "./format.js";
import { keep, recall } from "./preferences.js";
import { budgetPanel, cachePanel, recordPanel } from "./usage-panels.js";
import { button, emptyState, errorCard, heading, iconButton, loaded, skeleton } from "./ui.js";
import { go } from "./views.js";

const RANGES = [["3600", "1 h"], ["86400", "24 h"], ["604800", "7 days"], ["2592000", "30 days"]];
const GROUPS = [["model", "Model"], ["provider", "Provider"], ["task", "Task"], ["tag", "Tag"], ["tenant", "Tenant"], ["outcome", "Outcome"], ["day", "Day"], ["hour", "Hour"]];
const STEPS = { 3600: 30, 86400: 48, 604800: 42, 2592000: 30 };

const known = (value, show) => (value ? show(value) : null);

function labels(rows, range) {
  const begins = rows.map((row) => Number(row.group));
  const foot = (at) => (range <= 86400 ? clock(at, false) : new Date(at * 1000).toLocaleDateString("en-GB", range <= 604800 ? { weekday: "short", day: "numeric" } : { day: "numeric", month: "short" }));
  return { labels: begins.map(foot), longLabels: begins.map((at) => `${day(at)}, ${clock(at, false)}`) };
}

function charts(rows, all, range) {
  const time = labels(rows, range);
  const of = (read) => rows.map(read);
  const dollars = (value) => money({ amount: String(value), complete: true });
  const gaps = rows.some((row) => !row.cost.complete) ? " Some costs are unknown; what is drawn is the least." : "";
  return [
    { title: "Cost", kind: "area", figure: money(all?.cost), format: dollars, desc: `Dollars over time.${gaps}`, series: [{ name: "Cost", tone: "1", values: of((row) => (row.cost.amount === "0" && !row.cost.complete ? null : Number(row.cost.amount))) }] },
    {
      title: "Calls", kind: "bars", whole: true, figure: count(all?.calls), format: compact, desc: "Calls over time: answered by a model, from the cache, failed.",
      series: [
        { name: "Answered", tone: "1", values: of((row) => row.calls - row.failed - row.cached) },
        { name: "From the cache", tone: "3", values: of((row) => row.cached) },
        { name: "Failed", tone: "4", values: of((row) => row.failed) },
      ],
    },
    {
      title: "Latency", kind: "line", figure: known(all?.latency.p50, (value) => `${milliseconds(value)} median`), format: milliseconds, desc: "Milliseconds until the whole answer: the median, and what 95 and 99 of 100 calls stay below.",
      series: [
        { name: "p50", tone: "1", values: of((row) => row.latency.p50) },
        { name: "p95", tone: "2", values: of((row) => row.latency.p95) },
        { name: "p99", tone: "4", values: of((row) => row.latency.p99) },
      ],
    },
    {
      title: "Tokens", kind: "bars", whole: true, figure: all && `${tokens(all.input)} in, ${tokens(all.output)} out`, format: compact, desc: "Tokens over time: read and written.",
      series: [
        { name: "Input", tone: "3", values: of((row) => row.input.known) },
        { name: "Output", tone: "2", values: of((row) => row.output.known) },
      ],
    },
    {
      title: "First token", kind: "line", figure: known(all?.first.p50, (value) => `${milliseconds(value)} median`), format: milliseconds, desc: "Milliseconds until the first token: the median, and what 95 of 100 calls stay below.",
      series: [
        { name: "p50", tone: "1", values: of((row) => row.first.p50) },
        { name: "p95", tone: "2", values: of((row) => row.first.p95) },
      ],
    },
    { title: "Errors", kind: "bars", whole: true, figure: percent(all?.error_rate), format: compact, desc: "Failed calls over time, by what went wrong.", series: errorSeries(rows) },
  ].map((chart) => ({ ...time, ...chart }));
}

/** Failed calls by tag: the four most frequent tags, and the rest together. */
function errorSeries(rows) {
  const sums = new Map();
  for (const [tag, times] of rows.flatMap((row) => row.errors ?? [])) sums.set(tag, (sums.get(tag) ?? 0) + times);
  const tags = [...sums].sort((a, b) => b[1] - a[1]).map(([tag]) => tag);
  const named = tags.slice(0, 4);
  const counted = (row, wanted) => (row.errors ?? []).reduce((all, [tag, times]) => all + (wanted(tag) ? times : 0), 0);
  const series = named.map((name, index) => ({ name, tone: String([4, 2, 3, 6][index]), values: rows.map((row) => counted(row, (tag) => tag === name)) }));
  if (tags.length > 4) series.push({ name: "Others", tone: "1", values: rows.map((row) => counted(row, (tag) => !named.includes(tag))) });
  return series.length ? series : [{ name: "Failed", tone: "4", values: rows.map(() => 0) }];
}

const tile = (label, value, note) => h("div", { class: "tile panel" }, h("dt", {}, label), h("dd", {}, value), h("dd", { class: "tile-note" }, note ?? "\u00a0"));

function tiles(all) {
  const [worst] = [...(all.errors ?? [])].sort((one, two) => two[1] - one[1]);
  return h(
    "dl",
    { class: "tiles" },
    tile("Cost", money(all.cost), `${money(all.saved)} saved by the cache`),
    tile("Calls", count(all.calls), `${count(all.cached)} from the cache`),
    tile("Errors", percent(all.error_rate), worst ? worst[0] : "none"),
    tile("Latency", milliseconds(all.latency.p50), `p95 ${milliseconds(all.latency.p95)}`),
    tile("First token", milliseconds(all.first.p50), `p95 ${milliseconds(all.first.p95)}`),
    tile("Speed", all.tokens_per_second ? `${Math.round(all.tokens_per_second)}/s` : "?", "tokens a second"),
  );
}

function groupTable(rows, title) {
  const most = Math.max(1, ...rows.map((row) => row.calls));
  const row = (each) => {
    const bar = h("span", { class: "bar-fill" });
    bar.style.width = `${(each.calls / most) * 100}%`;
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, each.group || "none"),
      h("td", { class: "bar-cell" }, h("span", { class: "bar-track", "aria-hidden": "true" }, bar), h("span", {}, count(each.calls))),
      h("td", { class: "num" }, money(each.cost)),
      h("td", { class: "num" }, tokens(each.input)),
      h("td", { class: "num" }, tokens(each.output)),
      h("td", { class: "num" }, percent(each.error_rate)),
      h("td", { class: "num" }, milliseconds(each.latency.p50)),
      h("td", { class: "num" }, milliseconds(each.latency.p95)),
    );
  };
  const names = ["Calls", "Cost", "Input", "Output", "Errors", "p50", "p95"];
  const head = h("tr", {}, h("th", { scope: "col" }, title), names.map((name) => h("th", { scope: "col", class: name === "Calls" ? "" : "num" }, name)));
  return h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": `Usage by ${title.toLowerCase()}` }, h("table", { class: "table group-table" }, h("thead", {}, head), h("tbody", {}, rows.map(row))));
}

/** Shows the usage. */
export async function mount(root) {
  let range = Number(recall("usage.range", "86400"));
  let by = "model";
  let controller = new AbortController();
  let grouping = new AbortController();

  const overview = h("div", { class: "view-body" });
  const groups = h("div", {});
  const choice = segmented({ label: "Time range", options: RANGES, value: String(range), onchange: (value) => { range = Number(value); keep("usage.range", value); load(); } });
  const select = selectField({ label: "By", options: GROUPS, value: by, className: "field-inline", onchange: (event) => { by = event.target.value; loadGroups(); } });
  const span = () => ({ since: Math.floor(Date.now() / 1000) - range, until: Math.floor(Date.now() / 1000) });

  async function loadGroups() {
    const title = GROUPS.find(([name]) => name === by)[1];
    grouping.abort();
    grouping = new AbortController();
    const { signal } = grouping;
    await loaded(groups, async () => {
      const { rows } = await get("/api/v1/usage", { by, ...span() }, signal);
      return rows.length ? groupTable(rows, title) : h("p", { class: "quiet panel-none" }, "Nothing in this time.");
    });
  }

  async function load() {
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    loadGroups();
    if (!overview.childElementCount) fill(overview, skeleton(8));
    overview.setAttribute("aria-busy", "true");
    try {
      const [{ rows: totals }, { rows }] = await Promise.all([get("/api/v1/usage", { by: "all", ...span() }, signal), get("/api/v1/usage/series", { ...span(), steps: STEPS[range] ?? 48 }, signal)]);
      const all = totals[0];
      if (!all?.calls) fill(overview, h("div", { class: "panel" }, emptyState("chart", "No calls in this time", "Choose a longer time, or ask something in the chat.", button("To the chat", { onclick: () => go("chat") }))));
      else fill(overview, tiles(all), h("div", { class: "chart-grid" }, charts(rows, all, range).map(chartCard)));
    } catch (error) {
      if (error.name === "AbortError") return;
      fill(overview, errorCard(error, load));
    }
    overview.removeAttribute("aria-busy");
  }

  fill(
    root,
    heading("Usage", "What the models were asked, what it cost, and how fast they were.", choice.node, iconButton("refresh", "Load again", () => load())),
    overview,
    h("section", { class: "panel section", "aria-label": "By group" }, h("header", { class: "section-head" }, h("h2", {}, "Where it went"), select.node), groups),
    h("div", { class: "pair" }, budgetPanel(), cachePanel()),
    recordPanel(),
  );
  load();
  const destroy = () => {
    controller.abort();
    grouping.abort();
  };
  return { destroy };
}
