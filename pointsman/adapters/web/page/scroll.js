// Keeps the end of a growing text in view, but only while the reader is at the end.

import { iconButton } from "./ui.js";

const NEAR = 60;

/** `follow()` after the content grew; `toEnd()` always. The button appears when the reader has gone up. */
export function stickyScroll(box) {
  let stuck = true;
  const button = iconButton("arrow-down", "To the newest message", () => toEnd(true), { class: "to-end", hidden: true });
  const atEnd = () => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;

  function show() {
    stuck = atEnd();
    button.hidden = stuck;
  }

  function toEnd(gently = false) {
    stuck = true;
    button.hidden = true;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    box.scrollTo({ top: box.scrollHeight, behavior: gently && !calm ? "smooth" : "instant" });
  }

  // What the reader does decides; what the growing text does to the scroll position does not.
  for (const name of ["wheel", "touchmove", "keydown", "pointerup"]) box.addEventListener(name, () => requestAnimationFrame(show), { passive: true });
  box.addEventListener("scroll", () => {
    if (atEnd()) show();
    else if (!stuck) button.hidden = false;
  }, { passive: true });
  return { button, toEnd, show, follow: () => stuck && toEnd() };
}
