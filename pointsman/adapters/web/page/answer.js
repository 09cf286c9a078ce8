// One answer: its parts as they come or as they are kept, and below them tokens, cost and what can be done.

import { fill, h, icon } from "./dom.js";
import { count, countOf, money, tokens, total } from "./format.js";
import { outcomeWords } from "./outcomes.js";
import { imageNode, otherNode, reasoningPart, textPart, toolPart } from "./parts.js";
import { t } from "./texts.js";
import { badge, copyButton, errorCard, iconButton } from "./ui.js";

const STATES = { partial: [t("answer.stoppedBeforeItsEnd"), "warn"], failed: [t("common.failed"), "bad"] };

function add(values) {
  const sum = values.filter((each) => each !== null && each !== undefined).reduce((all, each) => all + each, 0);
  return { known: sum, complete: values.length > 0 && values.every((each) => each !== null && each !== undefined) };
}

function spent(usages, costs) {
  const input = add(usages.map((each) => each?.input));
  const output = add(usages.map((each) => each?.output));
  const detail = (name) => usages.reduce((all, each) => all + (each?.[name] ?? 0), 0);
  const extra = [detail("reasoning") && t("answer.ofThemReasoning", { count: count(detail("reasoning")) }), detail("cached") && t("answer.readFromTheProvidersCache", { count: count(detail("cached")) })];
  const title = [t("answer.tokensIn", { count: input.complete ? count(input.known) : t("answer.notFullyKnown") }), t("answer.tokensOut", { count: output.complete ? count(output.known) : t("answer.notFullyKnown") }), ...extra.filter(Boolean)].join(", ");
  return [
    h("span", { title }, t("answer.inAndOut", { input: tokens(input), output: tokens(output) }), usages.some((each) => each?.estimated) ? [" ", t("answer.estimated")] : ""),
    h("span", { class: "cost" }, costWords(total(costs))),
  ];
}

/** What it cost; what is not known is named, so that "unknown" does not stand alone. */
const costWords = (sum) => (sum.complete || Number(sum.amount) ? money(sum) : t("answer.costUnknown"));

function footNotes({ cached, warnings = [], attempts = [], recalled = [] }) {
  const lines = [
    ...warnings.map((each) => `${each.field}: ${each.detail}`),
    ...attempts.filter((each) => each.error).map((each) => `${each.model}: ${each.error.message ?? outcomeWords(each.error.tag ?? each.error)}`),
  ];
  return [
    cached && badge(t("answer.fromTheCache"), "accent", "layers"),
    recalled.length ? badge(countOf("answer.memories", recalled.length), "", "memory") : null,
    lines.length ? h("details", { class: "foot-notes" }, h("summary", {}, countOf("answer.notes", lines.length)), h("ul", {}, lines.map((line) => h("li", {}, line)))) : null,
  ];
}

/** An answer. `actions` are `retry()` and `fork()`, and the node `branches`, which leads to other answers. */
export function answerView(actions) {
  const who = h("span", { class: "answer-model" }, "…");
  const head = h("header", { class: "answer-head" }, h("span", { class: "answer-glyph", "aria-hidden": "true" }, icon("points")), who);
  const body = h("div", { class: "answer-body" });
  const problem = h("div", { class: "answer-problem" });
  const foot = h("footer", { class: "answer-foot" });
  const node = h("article", { class: "turn turn-answer", "aria-label": t("common.answer") }, head, body, problem, foot);
  let views = [];

  const put = (view) => {
    views.push(view);
    body.append(view.node);
    return view;
  };

  const text = () => views.filter((each) => each.kind === "Text").map((each) => each.text()).join("\n\n");

  function model(provider, name) {
    if (!name) return;
    fill(who, h("strong", {}, name), provider && h("span", {}, provider));
  }

  function foots({ usages, costs, status = "complete", error = "", ...rest }) {
    const state = STATES[status];
    fill(
      foot,
      h("div", { class: "answer-facts" }, state && badge(error && status === "failed" ? `${state[0]}: ${outcomeWords(error)}` : state[0], state[1], "warning"), spent(usages, costs), footNotes(rest)),
      h(
        "div",
        { class: "turn-actions" },
        actions.branches,
        copyButton(text, t("answer.copyTheAnswer")),
        actions.retry && iconButton("refresh", t("answer.askAgain"), actions.retry),
        iconButton("fork", t("answer.continueFromHere"), actions.fork),
      ),
    );
  }

  /** Says what kept entries came to; `more` has the response's notes. Gives the last of the model's. */
  function kept(list, more = {}) {
    const said = list.filter((entry) => entry.message.role === "assistant");
    const last = said.at(-1);
    model(last?.provider, last?.model);
    foots({ ...more, usages: said.map((each) => each.usage), costs: said.map((each) => each.cost), status: worst(said), error: last?.error });
    return last;
  }

  /** Shows kept entries: the assistant's messages and the tools' results between them. */
  function entries(list) {
    const calls = new Map();
    for (const part of list.flatMap((entry) => entry.message.parts)) {
      if (part._type === "ToolResult") calls.get(part.call_id)?.ran(part);
      else {
        const view = put(partView(part));
        if (part._type === "ToolCall") calls.set(part.id, view);
      }
    }
    for (const view of calls.values()) view.finish();
    const last = kept(list);
    if (last?.problem) fill(problem, errorCard({ message: last.problem, tag: last.error }, actions.retry));
    else if (!text() && last?.error) fill(problem, errorCard({ message: t("answer.noAnswer", { error: outcomeWords(last.error) }), tag: last.error, isOurs: true }, actions.retry));
  }

  return {
    node,
    put,
    text,
    model,
    foots,
    entries,
    kept,
    views: () => views,
    clear: () => {
      views = [];
      fill(body);
    },
    /** With `act` the card has a button called `label` instead of the one that tries again. */
    fail: (error, act = actions.retry, label) => fill(problem, errorCard(error, act, label)),
    /** While it comes: how long that takes, or since when nothing has come. */
    waiting: (words = "\u00a0") => {
      if (foot.firstChild?.classList.contains("answer-wait")) foot.firstChild.textContent = words;
      else fill(foot, h("span", { class: "answer-facts answer-wait quiet" }, words));
    },
  };
}

const worst = (entries) => ["failed", "partial"].find((status) => entries.some((each) => each.status === status)) ?? "complete";

function partView(part) {
  if (part._type === "Text" || part._type === "Reasoning") {
    const view = part._type === "Text" ? textPart() : reasoningPart();
    view.append(part.text ?? "");
    view.finish();
    return view;
  }
  if (part._type === "ToolCall") {
    const view = toolPart();
    view.call(part);
    return view;
  }
  return { kind: part._type, node: part._type === "Image" ? imageNode(part) : otherNode(part), finish: () => {} };
}
