// One prompt, two to four models, side by side as they answer; and a vote, which is evidence for the router.

import { can } from "./access.js";
import { chat, get, post } from "./api.js";
import { compareColumn } from "./compare-column.js";
import { fill, h, icon } from "./dom.js";
import { areaField, selectField } from "./fields.js";
import { percent } from "./format.js";
import { pickModel } from "./model-picker.js";
import { keep, recall } from "./preferences.js";
import { models, providers } from "./store.js";
import { TASKS } from "./tasks.js";
import { t } from "./texts.js";
import { announce, attempt, badge, button, emptyState, heading, iconButton } from "./ui.js";

const [FEWEST, MOST] = [2, 4];
/** Those that can be voted for: a vote is for one task. */
const VOTED = TASKS.filter(([name]) => name);

/** The models that are compared, as chips; `changed()` is called when they are others. */
function modelChips(changed) {
  let chosen = [];
  const box = h("div", { class: "compare-models", role: "group", "aria-label": t("common.models") });

  async function choose(index) {
    const picked = await pickModel(chosen[index] ?? "");
    if (!picked || chosen.some((each, at) => each === picked && at !== index)) return;
    chosen = index < chosen.length ? chosen.map((each, at) => (at === index ? picked : each)) : [...chosen, picked];
    draw();
  }

  function drop(index) {
    chosen = chosen.filter((_, at) => at !== index);
    draw();
  }

  function draw() {
    const chip = (model, index) => h("span", { class: "compare-chip" }, button(model, { kind: "quiet", onclick: () => choose(index), "aria-label": t("compare.changeModel", { model }) }), chosen.length > FEWEST && iconButton("close", t("compare.dropModel", { model }), () => drop(index)));
    const more = chosen.length < MOST ? button(t("compare.addModel"), { glyph: "plus", onclick: () => choose(chosen.length) }) : null;
    fill(box, chosen.map(chip), more);
    keep("compare.models", chosen);
    changed();
  }

  async function begin() {
    const [all, { active }] = await Promise.all([models().catch(() => []), providers().catch(() => ({ active: null }))]);
    const ids = all.map(({ id }) => id);
    const kept = recall("compare.models", []).filter((each) => ids.includes(each));
    const usual = [...all].sort((one, other) => Number(other.provider === active) - Number(one.provider === active));
    const apart = usual.filter((each, index) => usual.findIndex(({ provider }) => provider === each.provider) === index).map(({ id }) => id);
    chosen = kept.length >= FEWEST ? kept.slice(0, MOST) : [...new Set([...apart, ...ids])].slice(0, FEWEST);
    draw();
  }

  return { node: box, read: () => chosen, begin };
}

/** Asks all of `chosen`, each into a column of its own; resolves when the last one has ended. */
function askAll(chosen, body, columns, signal) {
  return Promise.all(
    chosen.map(async (model, index) => {
      const column = columns[index];
      try {
        for await (const event of chat({ ...body, model, conversation: null, tags: ["compare"] }, signal)) column.event(event);
      } catch (error) {
        column.ended(error.name === "AbortError" ? null : error);
      }
    }),
  );
}

/** Where a share lies between none and all: a bar for the interval, a dot for the mean. */
function range({ share, low, high }) {
  const bar = h("span", { class: "vote-range" });
  bar.style.insetInlineStart = `${low * 100}%`;
  bar.style.width = `${(high - low) * 100}%`;
  const mean = h("span", { class: "vote-mean" });
  mean.style.insetInlineStart = `${share * 100}%`;
  return h("span", { class: "vote-track", role: "img", "aria-label": percent(share), title: t("compare.chartHint") }, bar, mean);
}

/** What votes have said so far, each with the interval in which it lies. */
function standing({ task, preferences }) {
  const title = VOTED.find(([name]) => name === task)?.[1] ?? task;
  if (!preferences.length) return h("p", { class: "quiet" }, t("compare.noVotes", { task: title }));
  const certain = preferences.length > 1 && preferences[0].low > preferences.at(-1).high;
  const row = (each) =>
    h(
      "tr",
      {},
      h("th", { scope: "row", class: "mono" }, each.model),
      h("td", { class: "vote-cell" }, range(each)),
      h("td", { class: "num" }, t("compare.wonOf", { won: each.won.toFixed(1), compared: each.compared.toFixed(1) })),
      h("td", { class: "num" }, t("compare.between", { low: percent(each.low), high: percent(each.high) })),
    );
  const names = [[t("common.model")], [t("compare.share")], [t("compare.preferred"), "num"], [t("compare.interval"), "num"]];
  const head = h("tr", {}, names.map(([name, kind]) => h("th", { scope: "col", class: kind ?? "" }, name)));
  return [
    h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": t("compare.votesFor", { task: title }) }, h("table", { class: "table vote-table" }, h("thead", {}, head), h("tbody", {}, preferences.map(row)))),
    h("p", { class: "hint" }, certain ? t("compare.certain") : t("compare.uncertain")),
  ];
}

/** The votes: a button in each column, one for a tie, and what they have come to. */
function ballot(chosen, columns, task, shown) {
  const buttons = [];
  const send = async (body) => {
    const counted = await attempt(() => post("/api/v1/compare/votes", { models: chosen, task, ...body }), t("compare.voted"));
    if (counted === undefined) return;
    for (const each of buttons) each.disabled = true;
    columns.forEach((column, index) => column.won(chosen[index] === body.winner));
    shown(counted);
  };
  const vote = (label, body, words) => {
    const node = button(label, { glyph: "star", onclick: () => send(body), "aria-label": words });
    buttons.push(node);
    return node;
  };
  columns.forEach((column, index) => column.offer(vote(t("compare.best"), { winner: chosen[index] }, t("compare.bestOf", { model: chosen[index] }))));
  return vote(t("compare.tie"), { tie: true }, t("compare.tie"));
}

/** Shows the comparison. */
export async function mount(root) {
  let controller = null;
  const text = areaField({ label: t("compare.prompt"), rows: 4, placeholder: t("compare.placeholder"), required: true });
  const system = areaField({ label: t("compare.system"), rows: 2 });
  const task = selectField({ label: t("common.task"), options: VOTED, value: "general", onchange: () => votes() });
  const board = h("div", { class: "compare-board", "aria-live": "off" });
  const foot = h("div", { class: "compare-foot" });
  const counted = h("div", {});
  const section = can("observe") ? h("section", { class: "panel section", "aria-label": t("compare.votes") }, h("header", { class: "section-head" }, h("h2", {}, t("compare.votes"))), counted) : null;
  const run = h("button", { type: "submit", class: "btn btn-primary" }, icon("play"), h("span", {}, t("compare.ask")));
  const stop = button(t("compare.stop"), { glyph: "stop", onclick: () => controller?.abort() });
  stop.hidden = true;
  const chips = modelChips(() => (run.disabled = chips.read().length < FEWEST));

  const votes = async () => {
    if (!section) return;
    try {
      fill(counted, standing(await get("/api/v1/compare/votes", { task: task.input.value })));
    } catch (error) {
      fill(counted, h("p", { class: "text-bad" }, error.message));
    }
  };

  const submit = async (event) => {
    event.preventDefault();
    const prompt = text.input.value.trim();
    text.problem(prompt ? null : t("compare.writeFirst"));
    if (!prompt) return text.input.focus();
    const chosen = [...chips.read()];
    const columns = chosen.map(compareColumn);
    controller = new AbortController();
    const { signal } = controller;
    fill(board, columns.map(({ node }) => node));
    board.dataset.count = chosen.length;
    fill(foot);
    run.hidden = true;
    stop.hidden = false;
    announce(t("compare.asking", { count: chosen.length }));
    const asked = task.input.value;
    await askAll(chosen, { text: prompt, system: system.input.value.trim() || null, task: asked }, columns, signal);
    run.hidden = false;
    stop.hidden = true;
    if (!board.isConnected) return undefined;
    announce(t("compare.allDone"));
    const answered = columns.filter((each) => each.hasAnswer());
    if (can("admin") && answered.length === chosen.length) fill(foot, h("p", {}, t("compare.whichIsBest")), ballot(chosen, columns, asked, (found) => fill(counted, standing(found))));
    else if (answered.length < chosen.length) fill(foot, badge(t("compare.noVoteWithoutAll"), "warn"));
    return undefined;
  };

  const form = h("form", { class: "panel section stack", onsubmit: submit, novalidate: true }, chips.node, text.node, h("div", { class: "compare-more" }, system.node, task.node), h("div", { class: "actions" }, run, stop));
  fill(board, h("div", { class: "panel" }, emptyState("layers", t("compare.empty"), t("compare.emptyHint"))));
  fill(root, heading(t("compare.compare"), t("compare.about")), form, board, foot, section);
  await chips.begin();
  votes();
  return { destroy: () => controller?.abort() };
}
