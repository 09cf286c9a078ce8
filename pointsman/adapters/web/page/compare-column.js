// The answer of one model in a comparison: its words as they come, and what it took.

import { fill, h, icon } from "./dom.js";
import { count, milliseconds, money } from "./format.js";
import { growingMarkdown } from "./markdown-view.js";
import { failureWords, originalWords } from "./outcomes.js";
import { t } from "./texts.js";
import { badge, copyButton } from "./ui.js";

/** A column for `model`; `event` takes what the stream tells, `ended` an error, or null where it was stopped. */
export function compareColumn(model) {
  const view = growingMarkdown();
  const state = h("span", { class: "compare-state", role: "status" }, t("compareColumn.waiting"));
  const figures = h("dl", { class: "compare-figures" });
  const problem = h("div", {});
  const vote = h("div", { class: "compare-vote" });
  const mark = h("span", {});
  const node = h(
    "section",
    { class: "panel section compare-column", "aria-label": model },
    h("header", { class: "section-head" }, h("h2", { class: "mono" }, model), mark, copyButton(() => view.text(), t("compareColumn.copy", { model }))),
    state,
    h("div", { class: "compare-words markdown", dir: "auto" }, view.node),
    problem,
    figures,
    vote,
  );
  const begun = performance.now();
  let first = null;
  let pending = "";
  let frame = 0;
  let isDone = false;

  const flush = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    if (pending) view.append(pending);
    pending = "";
  };

  function say(text) {
    if (first === null) {
      first = performance.now() - begun;
      state.textContent = t("compareColumn.answering");
    }
    pending += text;
    frame ||= requestAnimationFrame(flush);
  }

  const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  const number = (value) => (value === null ? "?" : count(value));

  /** Times as this page saw them, so that they can be compared with each other. */
  function measured({ usage, cost }) {
    fill(
      figures,
      fact(t("compareColumn.time"), milliseconds(performance.now() - begun)),
      fact(t("compareColumn.first"), milliseconds(first)),
      fact(t("compareColumn.tokens"), `${number(usage.input)} / ${number(usage.output)}${usage.estimated ? " ≈" : ""}`),
      fact(t("common.cost"), money(cost)),
    );
  }

  function ended(error) {
    flush();
    view.finish();
    state.textContent = error === undefined ? "" : error ? t("common.failed") : t("compareColumn.stopped");
    if (error) fill(problem, h("p", { class: "last-error", role: "alert" }, icon("warning"), h("span", {}, failureWords(error, model), originalWords(error) && h("small", { class: "quiet", lang: "en" }, " ", originalWords(error)))));
  }

  const handlers = {
    TextDelta: ({ text }) => say(text),
    Restarted: () => {
      flush();
      view.replace("");
    },
    Done: ({ response }) => {
      const whole = response.parts.filter(({ _type: type }) => type === "Text").map(({ text }) => text).join("");
      flush();
      if (whole && view.text() !== whole) view.replace(whole);
      isDone = true;
      ended(undefined);
      measured(response);
    },
    Failed: ({ error, partial }) => {
      ended(error);
      if (partial.usage.output) measured(partial);
    },
  };

  return {
    node,
    ended,
    event: ({ name, data }) => handlers[name]?.(data),
    hasAnswer: () => isDone,
    offer: (button) => fill(vote, button),
    won: (isBest) => fill(mark, isBest ? badge(t("compareColumn.preferred"), "accent", "star") : null),
  };
}
