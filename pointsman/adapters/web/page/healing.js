// Healing: runs that measure which model heals which fault, live while they go, with their report and their cases.

import { at, get } from "./api.js";
import { BASE } from "./base.js";
import { debounce, fill, h, icon } from "./dom.js";
import { segmented } from "./fields.js";
import { countOf, milliseconds, moment, money, percent } from "./format.js";
import { caseBrowser } from "./healing-cases.js";
import { theme } from "./preferences.js";
import { eventStream } from "./socket.js";
import { t } from "./texts.js";
import { badge, button, copyButton, emptyState, errorCard, heading, iconButton, skeleton } from "./ui.js";
import { go } from "./views.js";

const REFRESH = 400; // milliseconds after the last event
const line = (command) => h("div", { class: "healing-again" }, h("code", {}, command), copyButton(() => command));

const state = (run) => {
  if (run.problem) return badge(t("healing.unreadable"), "bad");
  if (run.running) return badge(t("healing.running"), "accent", "pulse");
  return run.judged < run.total ? badge(t("healing.unfinished"), "warn") : badge(t("common.done"), "ok");
};

function facts(run) {
  const things = run.type === "task" ? countOf("healing.tasks", run.cases) : countOf("healing.faults", run.cases);
  const spent = run.budget === null ? money(run.cost) : t("healing.spentOf", { spent: money(run.cost), budget: money({ amount: run.budget, complete: true }) });
  return [moment(run.began), things, countOf("healing.kinds", run.kinds.length), spent].join(" · ");
}

function bar(each) {
  const share = each.total ? each.judged / each.total : 0;
  const words = t("healing.progressOf", { model: each.model, judged: each.judged, total: each.total });
  const healed = h("span", { class: "healing-healed" });
  const rest = h("span", { class: "healing-judged" });
  healed.style.width = `${each.total ? (each.healed / each.total) * 100 : 0}%`;
  rest.style.width = `${(share - (each.total ? each.healed / each.total : 0)) * 100}%`;
  return h("span", { class: "healing-bar", role: "meter", "aria-label": words, "aria-valuemin": 0, "aria-valuemax": each.total, "aria-valuenow": each.judged }, healed, rest);
}

function model(each) {
  const share = each.judged ? each.healed / each.judged : null;
  return h("li", {}, h("span", { class: "healing-model" }, each.model), bar(each), h("span", { class: "num" }, t("healing.healedOf", { share: percent(share), healed: each.healed, judged: each.judged })));
}

const models = (run) => h("ul", { class: "healing-models" }, run.models.map(model));

function card(run) {
  const title = h("h2", {}, run.problem ? run.id : h("a", { href: `#/healing/${encodeURIComponent(run.id)}` }, run.id));
  const words = run.problem || facts(run);
  return h("section", { class: "panel section healing-run", "aria-label": run.id }, h("header", { class: "section-head" }, h("div", { class: "grow" }, title, h("p", { class: "quiet small" }, words)), state(run)), run.problem ? null : models(run));
}

/** How long a run will still take, by the pace since `first`; nothing before it is known. */
function timeLeft(first, now) {
  const done = now.judged - first.judged;
  if (done <= 0 || now.judged >= now.total) return "";
  return t("healing.left", { time: milliseconds(((now.time - first.time) / done) * (now.total - now.judged) * 1000) });
}

function progressPanel(run, left) {
  const share = run.total ? run.judged / run.total : 0;
  const words = [t("healing.judgedOf", { judged: run.judged, total: run.total, share: percent(share) }), countOf("healing.healed", run.healed), money(run.cost), left].filter(Boolean).join(" · ");
  return h("section", { class: "panel section", "aria-label": t("healing.progress") }, h("header", { class: "section-head" }, h("div", { class: "grow" }, h("h2", {}, t("healing.progress")), h("p", { class: "quiet small" }, words)), state(run)), models(run));
}

/** The report in a frame that is as high as what it shows. It runs nothing: its policy forbids it. */
function reportFrame(run) {
  const frame = h("iframe", { class: "healing-frame", title: t("healing.reportOf", { name: run.id }) });
  const watch = new ResizeObserver(() => fit());
  const fit = () => {
    const inside = frame.contentDocument?.body;
    if (inside) frame.style.height = `${inside.offsetHeight + 2}px`;
  };
  const load = () => {
    const chosen = theme();
    frame.src = `${BASE}${at("eval", "runs", run.id)}/report.html?theme=${chosen === "auto" ? "" : chosen}`;
  };
  frame.addEventListener("load", () => {
    watch.disconnect();
    if (frame.contentDocument?.body) watch.observe(frame.contentDocument.body);
    fit();
  });
  document.addEventListener("themechange", load);
  load();
  return { node: frame, load, close: () => { watch.disconnect(); document.removeEventListener("themechange", load); } };
}

function tellApart(error, retry) {
  return error.status === 403 ? emptyState("lock", t("healing.forAdministrators"), error.message) : errorCard(error, retry);
}

/** Shows the runs, or the one that the address names. */
export async function mount(root, { args }) {
  let shown = null; // what is on the page, with how it is drawn anew and how it ends
  let controller = new AbortController();

  function runList() {
    const box = h("div", { class: "stack" }, skeleton(6));
    const draw = async () => {
      try {
        const { runs } = await get(at("eval", "runs"), {}, controller.signal);
        fill(box, runs.length ? runs.map(card) : h("div", { class: "panel" }, emptyState("bolt", t("healing.empty"), t("healing.emptyHint"), line(t("healing.command")))));
      } catch (error) {
        if (error.name !== "AbortError") fill(box, tellApart(error, draw));
      }
    };
    fill(root, heading(t("common.healing"), t("healing.about"), iconButton("refresh", t("common.loadAgain"), draw)), box);
    draw();
    return { draw: debounce(draw, REFRESH), close: () => {} };
  }

  function oneRun(id) {
    let first = null;
    let last = null;
    let part = null;
    let run = null;
    const top = h("div", {}, skeleton(3));
    const body = h("div", { class: "stack" });
    const choice = segmented({ label: t("healing.parts"), options: [["report", t("healing.report")], ["cases", t("common.cases")]], value: "report", onchange: (value) => showPart(value) });
    const open = h("a", { class: "btn", href: `${BASE}${at("eval", "runs", id)}/report.html`, target: "_blank", rel: "noopener" }, icon("download"), h("span", {}, t("healing.openReport")));

    function showPart(name) {
      part?.close();
      part = name === "cases" ? caseBrowser(run) : reportFrame(run);
      fill(body, name === "cases" ? part.node : h("div", { class: "healing-report" }, part.node));
    }

    const draw = async () => {
      try {
        const { runs } = await get(at("eval", "runs"), { limit: 200 }, controller.signal);
        const found = runs.find((each) => each.id === id);
        if (!found) throw Object.assign(new Error(t("healing.gone")), { problems: [] });
        const ended = run?.running && !found.running;
        run = found;
        fill(top, run.problem ? h("p", { class: "problem" }, run.problem) : run.running || run.judged < run.total ? progressPanel(run, first && last ? timeLeft(first, last) : "") : h("p", { class: "quiet small" }, facts(run)));
        if (!run.problem && (!part || ended)) showPart(choice.read() ?? "report");
      } catch (error) {
        if (error.name !== "AbortError") fill(top, tellApart(error, draw));
      }
    };
    const hear = ({ time, data }) => {
      if (data.run !== id) return;
      first ??= { ...data, time };
      last = { ...data, time };
    };
    fill(root, heading(id, "", button(t("healing.allRuns"), { glyph: "list", onclick: () => go("healing") }), choice.node, open), top, body);
    draw();
    return { draw: debounce(draw, REFRESH), hear, close: () => part?.close() };
  }

  function show([id]) {
    controller.abort();
    controller = new AbortController();
    shown?.close();
    shown = id ? oneRun(id) : runList();
  }

  const stream = eventStream(() => ["evaluation_progress"], (event) => { shown?.hear?.(event); shown?.draw(); }, () => {});
  show(args);
  return {
    update: show,
    destroy: () => {
      controller.abort();
      shown?.close();
      stream.close();
    },
  };
}
