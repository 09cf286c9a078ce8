// The cases of a run: program, error, answers with their verdicts and differences; by kind, and by how they came out.

import { at, get } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { segmented, selectField } from "./fields.js";
import { countOf, milliseconds, money } from "./format.js";
import { t } from "./texts.js";
import { badge, button, emptyState, errorCard, skeleton } from "./ui.js";

const PAGE = 20;
const OUTCOMES = [["", t("healingCases.any")], ["none", t("healingCases.none")], ["some", t("healingCases.some")], ["all", t("healingCases.all")]];
const REPAIRS = { healed: [t("healingCases.healed"), "ok"], unhealed: [t("healingCases.unhealed"), "bad"], unreadable: [t("healingCases.unreadable"), "warn"], unasked: [t("healingCases.unasked"), ""] };
const TONES = { "+": "diff-added", "-": "diff-removed" };
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** A text whose characters are all seen: those that turn or hide the text beside them are written as numbers. */
const visible = (text) => text.replace(UNSEEN, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);

const tone = (line) => (/^(---|\+\+\+|@@)/.test(line) ? "diff-hunk" : TONES[line[0]] ?? "");

const source = (title, text, lines) => [h("h3", {}, title), h("pre", { class: "healing-text", tabindex: "0", role: "group", "aria-label": title, dir: "ltr" }, h("code", {}, lines ?? visible(text)))];

const difference = (title, text) => source(title, text, text.split("\n").map((each) => h("span", { class: tone(each) }, `${visible(each)}\n`)));

/** A fold whose content is made when it is opened. */
function fold(summary, make, className) {
  const body = h("div", { class: "healing-body" });
  const node = h("details", { class: `fold ${className}` }, h("summary", {}, summary, icon("down")), body);
  node.addEventListener("toggle", () => {
    if (node.open && !body.firstChild) fill(body, make());
  });
  return node;
}

function answer(each) {
  const [words, colour] = REPAIRS[each.repair] ?? [each.repair, ""];
  const size = each.difference ? (each.identical ? t("healingCases.identical") : countOf("healingCases.lines", each.edited_lines)) : null;
  const facts = [each.shown_good && t("healingCases.shownGood"), size, milliseconds(each.latency_ms), money(each.cost)].filter(Boolean).join(" · ");
  const body = () => [
    each.detail && h("p", { class: "quiet small" }, each.detail),
    each.failed.length ? h("p", { class: "quiet small" }, t("healingCases.failed", { checks: each.failed.join(", ") })) : null,
    each.suspicions.length ? h("p", { class: "text-bad small" }, t("healingCases.suspicions", { what: each.suspicions.join(", ") })) : null,
    each.difference && difference(t("healingCases.difference"), each.difference),
    source(t("healingCases.answer"), each.text),
  ];
  return fold([h("strong", {}, each.contestant), badge(words, colour), h("span", { class: "quiet small" }, facts)], body, "healing-answer");
}

function oneCase(each) {
  const facts = [each.kind, each.program === each.id ? "" : each.program, each.summary].filter(Boolean).join(" · ");
  const marks = each.answers.filter((one) => !one.shown_good).map((one) => {
    const [words, colour] = REPAIRS[one.repair] ?? [one.repair, ""];
    const said = `${one.contestant}: ${words}`;
    return h("span", { class: `healing-mark ${colour && `badge-${colour}`}`, role: "img", "aria-label": said, title: said }, { ok: "✓", bad: "✗", warn: "?" }[colour] ?? "·");
  });
  const body = () => [
    Object.entries(each.shown).map(([name, text]) => source(name === "error" ? t("healingCases.error") : name, text)),
    each.solution && fold([t("healingCases.solution")], () => difference(t("healingCases.solution"), each.solution), "healing-answer"),
    each.answers.map(answer),
  ];
  return h("li", {}, fold([h("code", {}, each.id), h("span", { class: "grow" }, facts), h("span", { class: "healing-marks" }, marks)], body, "healing-case"));
}

/** The browser of the cases of `run`: `{node, close}`. */
export function caseBrowser(run) {
  let controller = new AbortController();
  let after = 0;
  const list = h("ol", { class: "healing-cases" });
  const foot = h("div", { class: "healing-foot" });
  const tally = h("p", { class: "quiet small", role: "status" });
  const kind = selectField({ label: t("healingCases.kind"), className: "field-inline", options: [["", t("healingCases.allKinds")], ...run.kinds.map((each) => [each, each])], onchange: () => begin() });
  const outcome = segmented({ label: t("healingCases.outcome"), options: OUTCOMES, value: "", onchange: () => begin() });

  async function load() {
    const { signal } = controller;
    fill(foot, skeleton(3));
    try {
      const query = { kind: kind.node.querySelector("select").value, healing: outcome.read(), limit: PAGE, after };
      const page = await get(`${at("eval", "runs", run.id)}/cases`, query, signal);
      after += page.cases.length;
      list.append(...page.cases.map(oneCase));
      tally.textContent = countOf("healingCases.count", page.count);
      fill(foot, page.count ? null : emptyState("bolt", t("healingCases.empty"), t("healingCases.emptyHint")), after < page.count && button(t("healingCases.more"), { onclick: load }));
    } catch (error) {
      if (error.name !== "AbortError") fill(foot, errorCard(error, load));
    }
  }

  function begin() {
    controller.abort();
    controller = new AbortController();
    after = 0;
    fill(list);
    load();
  }

  load();
  const head = h("div", { class: "healing-filters" }, kind.node, outcome.node, tally);
  return { node: h("section", { class: "panel section", "aria-label": t("common.cases") }, head, list, foot), close: () => controller.abort() };
}
