// What it came to: cost, calls, tokens, speed and errors, over time and by group; budgets; the cache.

import { can } from "./access.js";
import { get } from "./api.js";
import { chartCard } from "./charts.js";
import { fill, h } from "./dom.js";
import { segmented, selectField } from "./fields.js";
import { clock, compact, costWords, count, day, milliseconds, money, percent, tokens } from "./format.js";
import { outcomeWords } from "./outcomes.js";
import { keep, recall } from "./preferences.js";
import { t } from "./texts.js";
import { budgetPanel, cachePanel, recordPanel } from "./usage-panels.js";
import { button, emptyState, errorCard, heading, iconButton, loaded, skeleton } from "./ui.js";
import { go } from "./views.js";

const RANGES = [["3600", t("usage.hour1")], ["86400", t("usage.hours24")], ["604800", t("usage.days7")], ["2592000", t("usage.days30")]];
const GROUPS = [["model", t("common.model")], ["provider", t("common.provider")], ["task", t("common.task")], ["tag", t("usage.tag")], ["tenant", t("usage.tenant")], ["outcome", t("common.outcome")], ["day", t("usage.day")], ["hour", t("usage.hour")]];
const STEPS = { 3600: 30, 86400: 48, 604800: 42, 2592000: 30 };

const known = (value, show) => (value ? show(value) : null);

function labels(rows, range) {
  const begins = rows.map((row) => Number(row.group));
  const foot = (at) => (range <= 86400 ? clock(at, false) : new Date(at * 1000).toLocaleDateString(t("locale.dates"), range <= 604800 ? { weekday: "short", day: "numeric" } : { day: "numeric", month: "short" }));
  return { labels: begins.map(foot), longLabels: begins.map((at) => `${day(at)}, ${clock(at, false)}`) };
}

function charts(rows, all, range) {
  const time = labels(rows, range);
  const of = (read) => rows.map(read);
  const dollars = (value) => money({ amount: String(value), complete: true });
  const hasGaps = rows.some((row) => !row.cost.complete);
  const isUnknown = all && !all.cost.complete && Number(all.cost.amount) === 0;
  return [
    { title: t("common.cost"), kind: "area", figure: costWords(all?.cost), format: dollars, none: isUnknown ? t("usage.noPrice") : null, desc: hasGaps ? t("usage.costChartAtLeast") : t("usage.costChart"), series: [{ name: t("common.cost"), tone: "1", values: of((row) => (row.cost.amount === "0" && !row.cost.complete ? null : Number(row.cost.amount))) }] },
    {
      title: t("usage.calls"), kind: "bars", whole: true, figure: count(all?.calls), format: compact, desc: t("usage.callsChart"),
      series: [
        { name: t("common.answered"), tone: "1", values: of((row) => row.calls - row.failed - row.cached) },
        { name: t("common.fromTheCache"), tone: "3", values: of((row) => row.cached) },
        { name: t("common.failed"), tone: "4", values: of((row) => row.failed) },
      ],
    },
    {
      title: t("common.latency"), kind: "line", figure: known(all?.latency.p50, (value) => t("usage.median", { time: milliseconds(value) })), format: milliseconds, desc: t("usage.latencyChart"),
      series: [
        { name: "p50", tone: "1", values: of((row) => row.latency.p50) },
        { name: "p95", tone: "2", values: of((row) => row.latency.p95) },
        { name: "p99", tone: "4", values: of((row) => row.latency.p99) },
      ],
    },
    {
      title: t("usage.tokens"), kind: "bars", whole: true, figure: all && t("usage.inOut", { input: tokens(all.input), output: tokens(all.output) }), format: compact, desc: t("usage.tokensChart"),
      series: [
        { name: t("usage.input"), tone: "3", values: of((row) => row.input.known) },
        { name: t("usage.output"), tone: "2", values: of((row) => row.output.known) },
      ],
    },
    {
      title: t("usage.firstToken"), kind: "line", figure: known(all?.first.p50, (value) => t("usage.median", { time: milliseconds(value) })), format: milliseconds, desc: t("usage.firstTokenChart"),
      series: [
        { name: "p50", tone: "1", values: of((row) => row.first.p50) },
        { name: "p95", tone: "2", values: of((row) => row.first.p95) },
      ],
    },
    { title: t("usage.errors"), kind: "bars", whole: true, figure: percent(all?.error_rate), format: compact, desc: t("usage.errorsChart"), series: errorSeries(rows) },
  ].map((chart) => ({ ...time, ...chart }));
}

/** Failed calls by tag: the four most frequent tags, and the rest together. */
function errorSeries(rows) {
  const sums = new Map();
  for (const [tag, times] of rows.flatMap((row) => row.errors ?? [])) sums.set(tag, (sums.get(tag) ?? 0) + times);
  const tags = [...sums].sort((a, b) => b[1] - a[1]).map(([tag]) => tag);
  const named = tags.slice(0, 4);
  const counted = (row, wanted) => (row.errors ?? []).reduce((all, [tag, times]) => all + (wanted(tag) ? times : 0), 0);
  const series = named.map((name, index) => ({ name: outcomeWords(name), tone: String([4, 2, 3, 6][index]), values: rows.map((row) => counted(row, (tag) => tag === name)) }));
  if (tags.length > 4) series.push({ name: t("usage.others"), tone: "1", values: rows.map((row) => counted(row, (tag) => !named.includes(tag))) });
  return series.length ? series : [{ name: t("common.failed"), tone: "4", values: rows.map(() => 0) }];
}

const tile = (label, value, note) => h("div", { class: "tile panel" }, h("dt", {}, label), h("dd", {}, value), h("dd", { class: "tile-note" }, note ?? "\u00a0"));

function tiles(all) {
  const [worst] = [...(all.errors ?? [])].sort((one, two) => two[1] - one[1]);
  return h(
    "dl",
    { class: "tiles" },
    tile(t("common.cost"), money(all.cost), t("usage.savedByTheCache", { saved: money(all.saved) })),
    tile(t("usage.calls"), count(all.calls), t("usage.fromTheCache", { cached: count(all.cached) })),
    tile(t("usage.errors"), percent(all.error_rate), worst ? outcomeWords(worst[0]) : t("common.none")),
    tile(t("common.latency"), milliseconds(all.latency.p50), `p95 ${milliseconds(all.latency.p95)}`),
    tile(t("usage.firstToken"), milliseconds(all.first.p50), `p95 ${milliseconds(all.first.p95)}`),
    tile(t("usage.speed"), all.tokens_per_second ? `${Math.round(all.tokens_per_second)}/s` : "?", t("usage.tokensASecond")),
  );
}

function groupTable(rows, title, shown = (group) => group) {
  const most = Math.max(1, ...rows.map((row) => row.calls));
  const row = (each) => {
    const bar = h("span", { class: "bar-fill" });
    bar.style.width = `${(each.calls / most) * 100}%`;
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, each.group ? shown(each.group) : t("common.none")),
      h("td", { class: "bar-cell" }, h("span", { class: "bar-track", "aria-hidden": "true" }, bar), h("span", {}, count(each.calls))),
      h("td", { class: "num" }, money(each.cost)),
      h("td", { class: "num" }, tokens(each.input)),
      h("td", { class: "num" }, tokens(each.output)),
      h("td", { class: "num" }, percent(each.error_rate)),
      h("td", { class: "num" }, milliseconds(each.latency.p50)),
      h("td", { class: "num" }, milliseconds(each.latency.p95)),
    );
  };
  const names = [t("usage.calls"), t("common.cost"), t("usage.input"), t("usage.output"), t("usage.errors"), "p50", "p95"];
  const head = h("tr", {}, h("th", { scope: "col" }, title), names.map((name, index) => h("th", { scope: "col", class: index ? "num" : "" }, name)));
  return h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": t("usage.usageBy", { group: title.toLowerCase() }) }, h("table", { class: "table group-table" }, h("thead", {}, head), h("tbody", {}, rows.map(row))));
}

/** Shows the usage. */
export async function mount(root) {
  let range = Number(recall("usage.range", "86400"));
  let by = "model";
  let controller = new AbortController();
  let grouping = new AbortController();

  const overview = h("div", { class: "view-body" });
  const groups = h("div", {});
  const choice = segmented({ label: t("usage.timeRange"), options: RANGES, value: String(range), onchange: (value) => { range = Number(value); keep("usage.range", value); load(); } });
  const select = selectField({ label: t("usage.by"), options: GROUPS, value: by, className: "field-inline", onchange: (event) => { by = event.target.value; loadGroups(); } });
  const span = () => ({ last: range }); // until now, by the server's clock

  async function loadGroups() {
    const title = GROUPS.find(([name]) => name === by)[1];
    grouping.abort();
    grouping = new AbortController();
    const { signal } = grouping;
    await loaded(groups, async () => {
      const { rows } = await get("/api/v1/usage", { by, ...span() }, signal);
      return rows.length ? groupTable(rows, title, by === "outcome" ? outcomeWords : undefined) : h("p", { class: "quiet panel-none" }, t("usage.nothingInThisTime"));
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
      if (!all?.calls) fill(overview, h("div", { class: "panel" }, emptyState("chart", t("usage.empty"), t("usage.emptyHint"), button(t("usage.toTheChat"), { onclick: () => go("chat") }))));
      else fill(overview, tiles(all), h("div", { class: "chart-grid" }, charts(rows, all, range).map(chartCard)));
    } catch (error) {
      if (error.name === "AbortError") return;
      fill(overview, errorCard(error, load));
    }
    overview.removeAttribute("aria-busy");
  }

  fill(
    root,
    heading(t("common.usage"), t("usage.about"), choice.node, iconButton("refresh", t("common.loadAgain"), () => load())),
    overview,
    h("section", { class: "panel section", "aria-label": t("usage.byGroup") }, h("header", { class: "section-head" }, h("h2", {}, t("usage.whereItWent")), select.node), groups),
    h("div", { class: "pair" }, budgetPanel(), can("observe") && cachePanel()),
    recordPanel(),
  );
  load();
  const destroy = () => {
    controller.abort();
    grouping.abort();
  };
  return { destroy };
}
