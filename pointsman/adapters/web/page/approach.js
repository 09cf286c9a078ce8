// Turns that are far from what is on the screen: one element with their text, and drawn when the reader comes near.

import { h } from "./dom.js";

const EAGER = 12; // turns at the end that are drawn at once

const waiting = new WeakMap(); // placeholder → what draws it

/** Whether the turn at `place` of `count` may wait until the reader comes near. */
export const mayWait = (place, count) => place < count - EAGER;

/**
 * Stands for what `make()` gives until it is near the screen. Its text can be found and read out before that, too:
 * that is why it is there, and why this is no empty box.
 */
export function drawnOnApproach(kind, words, make) {
  const node = h("article", { class: `turn turn-${kind} undrawn`, dir: "auto" }, words);
  waiting.set(node, make);
  return node;
}

/** Draws one that waits; others are left alone. */
export function drawNow(node) {
  const make = waiting.get(node);
  if (!make) return;
  waiting.delete(node);
  const made = make();
  Object.assign(made.dataset, node.dataset);
  node.replaceWith(made);
}

/** Draws, in `box`, what the browser finds to be near the screen; where it can't tell, everything, bit by bit. */
export function drawOnApproach(box) {
  if ("oncontentvisibilityautostatechange" in box) {
    box.addEventListener("contentvisibilityautostatechange", ({ target, skipped }) => skipped || drawNow(target), true);
    return;
  }
  const near = new IntersectionObserver((seen) => seen.forEach((one) => one.isIntersecting && drawNow(one.target)), { root: box, rootMargin: "800px" });
  new MutationObserver((changes) => {
    for (const node of changes.flatMap((change) => [...change.addedNodes])) if (waiting.has(node)) near.observe(node);
  }).observe(box, { childList: true, subtree: true });
}
