// Keeps the end of a growing text in view, but only while the reader is at the end.

import { t } from "./texts.js";
import { iconButton } from "./ui.js";

const NEAR = 60;

/** `follow()` after the content grew; `toEnd()` always; `toStart()` for what is read from its beginning. The button appears when the reader has gone up. */
export function stickyScroll(box) {
  let stuck = true;
  let last = 0;
  let own = -1; // where this module itself scrolled to: the event of that says nothing about the reader
  const button = iconButton("arrow-down", t("scroll.toTheNewestMessage"), () => toEnd(true), { class: "to-end", hidden: true });
  const distance = () => box.scrollHeight - box.scrollTop - box.clientHeight;

  function toEnd(gently = false) {
    stuck = true;
    button.hidden = true;
    const smooth = gently && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    box.scrollTo({ top: box.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    last = own = box.scrollTop; // `last` too: its event may come as one with the reader's next move
  }

  // The reader lets go by moving up, however little, and holds on again by moving down to the end.
  const letGo = () => {
    if (box.scrollTop > 0) stuck = false;
  };
  box.addEventListener("wheel", ({ deltaY }) => deltaY < 0 && letGo(), { passive: true });
  box.addEventListener("touchmove", letGo, { passive: true });
  box.addEventListener("keydown", ({ key }) => ["PageUp", "ArrowUp", "Home"].includes(key) && letGo());
  box.addEventListener(
    "scroll",
    () => {
      const up = box.scrollTop < last;
      last = box.scrollTop;
      if (last === own) return;
      own = -1;
      if (up && distance() > 2) stuck = false;
      if (!up && distance() < NEAR) stuck = true;
      button.hidden = stuck || distance() < NEAR;
    },
    { passive: true },
  );
  const follow = () => {
    if (stuck) toEnd();
    else button.hidden = distance() < NEAR;
  };
  // What is drawn late (far turns, formulas, pictures) moves the end, too. Every turn of a list has but one estimate.
  new ResizeObserver(() => stuck && toEnd()).observe(box.firstElementChild);
  const toStart = () => {
    stuck = false;
    button.hidden = true;
    box.scrollTop = 0;
  };
  return { button, toStart, toEnd, follow };
}
