// The small pieces every view uses: cards for errors and emptiness, toasts, copy buttons, page headings.

import { fill, h, icon } from "./dom.js";
import { failureWords, originalWords, otherProblems } from "./outcomes.js";
import { t } from "./texts.js";

/** Says something to screen readers, politely. */
export function announce(text) {
  const status = document.getElementById("status");
  status.textContent = "";
  requestAnimationFrame(() => (status.textContent = text));
}

/** A short message that goes away by itself. `kind` is "ok" or "bad". */
export function toast(text, kind = "ok") {
  const node = h("div", { class: `toast toast-${kind}` }, icon(kind === "bad" ? "warning" : "check"), h("bdi", {}, text));
  document.getElementById("toasts").append(node);
  announce(text);
  setTimeout(() => node.classList.add("leaving"), kind === "bad" ? 7000 : 3200);
  setTimeout(() => node.remove(), kind === "bad" ? 7400 : 3600);
}

/** Runs an action; a failure becomes a toast. Gives the result, or undefined. */
export async function attempt(action, success) {
  try {
    const result = await action();
    if (success) toast(success);
    return result ?? true;
  } catch (error) {
    if (error.name !== "AbortError") toast([failureWords(error), originalWords(error)].filter(Boolean).join(" "), "bad");
    return undefined;
  }
}

/** A button. `kind`: "primary", "quiet", "danger" or "". */
export function button(label, { kind = "", glyph, onclick, ...rest } = {}) {
  return h("button", { type: "button", class: `btn ${kind && `btn-${kind}`}`, onclick, ...rest }, glyph && icon(glyph), h("span", {}, label));
}

/** A button that shows only an icon; the label is its accessible name and its tooltip. */
export function iconButton(glyph, label, onclick, props = {}) {
  const { class: extra = "", ...rest } = props;
  return h("button", { type: "button", class: `icon-btn ${extra}`, "aria-label": label, title: label, onclick, ...rest }, icon(glyph));
}

/** A button that copies what `text()` gives, and says so. */
export function copyButton(text, label = t("ui.copy")) {
  const node = iconButton("copy", label, async () => {
    const done = await writeClipboard(text());
    fill(node, icon(done ? "check" : "warning"));
    announce(done ? t("common.copied") : t("ui.copyByHand"));
    setTimeout(() => fill(node, icon("copy")), 1600);
  });
  return node;
}

/** Puts text on the clipboard; false when the browser does not allow it. */
export async function writeClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** What a view shows when there is nothing yet: what it is, and what to do. */
export function emptyState(glyph, title, text, action) {
  return h("div", { class: "empty" }, h("div", { class: "empty-glyph" }, icon(glyph)), h("h2", {}, title), h("p", {}, text), action);
}

/** A failure, calmly: the sentence, what the server knows, and a way to try again. */
export function errorCard(error, retry, label = t("ui.tryAgain")) {
  const facts = [error.requestId && t("ui.request", { requestId: error.requestId })].filter(Boolean);
  const more = otherProblems(error);
  return h(
    "div",
    { class: "error-card", role: "alert" },
    icon("warning"),
    h(
      "div",
      { class: "error-words" },
      h("p", {}, h("bdi", {}, failureWords(error))),
      originalWords(error) ? h("p", { class: "tiny quiet", lang: "en" }, h("bdi", {}, originalWords(error))) : null,
      more.length ? h("ul", {}, more.map((each) => h("li", {}, h("bdi", {}, each)))) : null,
      facts.length ? h("p", { class: "tiny quiet" }, facts.join(" · ")) : null,
    ),
    retry && button(label, { glyph: "refresh", onclick: retry }),
  );
}

/** The heading of a view, with its actions at the right. */
export function heading(title, text, ...actions) {
  return h(
    "header",
    { class: "view-head" },
    h("div", {}, h("h1", { tabindex: "-1" }, title), text && h("p", { class: "quiet" }, text)),
    h("div", { class: "actions" }, actions),
  );
}

/** Grey bars that keep the room until something comes. */
export const skeleton = (lines = 3) =>
  h("div", { class: "skeleton", "aria-hidden": "true" }, Array.from({ length: lines }, () => h("span")));

/** Fills `node` with what `load` gives; meanwhile bars, and a card with a retry if it fails. */
export async function loaded(node, load, lines = 4) {
  if (!node.childElementCount) fill(node, skeleton(lines));
  try {
    fill(node, await load());
  } catch (error) {
    if (error.name === "AbortError") return;
    fill(node, errorCard(error, () => { fill(node); return loaded(node, load, lines); }));
  }
}

/** A small label. `tone`: "ok", "warn", "bad", "accent" or "". */
export const badge = (text, tone = "", glyph) => h("span", { class: `badge ${tone && `badge-${tone}`}` }, glyph && icon(glyph), text);

/** A dot that tells a state by colour, and by words to those who can't see it. */
export const dot = (tone, label) => h("span", { class: `dot dot-${tone}`, role: "img", "aria-label": label, title: label });
