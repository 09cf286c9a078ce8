// Formulas: set by KaTeX, which is loaded when the first one comes; until then, and where it can't, as they were written.

import { ASSETS } from "./base.js";
import { h } from "./dom.js";
import { t } from "./texts.js";

const HOME = `${ASSETS}/vendor/katex`;
const LONGEST = 5000; // characters of a formula that is set; KaTeX takes long over more
const KEPT = 400; // set formulas, so that an answer that grows sets each but once
const STYLED = /\\(?:pmb|fcolorbox)(?![A-Za-z])/; // their MathML has style attributes, which the policy of the page forbids

const set = new Map(); // mode and source → a node to copy, or null where KaTeX can't
let loading = null;
let katex = null;

function load() {
  loading ??= new Promise((resolve, reject) => {
    document.head.append(h("link", { rel: "stylesheet", href: `${HOME}/katex.min.css` }));
    const script = h("script", { src: `${HOME}/katex.min.js`, onload: () => resolve(window.katex), onerror: () => reject(new Error(script.src)) });
    document.head.append(script);
  });
  return loading;
}

function compose(tex, display) {
  const node = h("span");
  try {
    katex.render(tex, node, { displayMode: display, throwOnError: true, strict: "ignore", maxSize: 40, output: STYLED.test(tex) ? "html" : "htmlAndMathml" });
    return node.firstElementChild;
  } catch {
    return null;
  }
}

function composed(tex, display) {
  const key = `${display}${tex}`;
  if (!set.has(key)) set.set(key, compose(tex, display));
  const made = set.get(key);
  set.delete(key);
  set.set(key, made); // the one used last is forgotten last
  if (set.size > KEPT) set.delete(set.keys().next().value);
  return made?.cloneNode(true);
}

function show(node, tex, display) {
  const made = composed(tex, display);
  if (made) node.replaceChildren(made);
}

const written = (source) => h("span", { class: "math", dir: "ltr" }, source);

/** A formula that was not ended: as it was written. */
export const openFormula = written;

/** A formula: `tex` as KaTeX reads it, `source` as it was written. */
export function formula({ tex, source, display }) {
  const node = written(source);
  node.dataset.source = source;
  if (display) {
    node.classList.add("math-display");
    node.tabIndex = 0;
    node.setAttribute("role", "group");
    node.setAttribute("aria-label", t("math.formula"));
  }
  if (tex.length > LONGEST) return node;
  if (katex) show(node, tex, display);
  else {
    load().then((given) => {
      katex = given;
      show(node, tex, display);
    }, () => {}); // what was written stays
  }
  return node;
}

/** The selection as text, with every formula as it was written, or null when there is none in it. */
function selectedSource(selection) {
  const range = selection.getRangeAt(0).cloneRange();
  const around = (place) => (place.nodeType === Node.TEXT_NODE ? place.parentElement : place).closest(".math");
  const [first, last] = [around(range.startContainer), around(range.endContainer)];
  if (first) range.setStartBefore(first);
  if (last) range.setEndAfter(last);
  const copied = range.cloneContents();
  const formulas = copied.querySelectorAll(".math[data-source]");
  for (const each of formulas) each.replaceChildren(each.dataset.source);
  if (!formulas.length) return null;
  const holder = h("div", { class: "sr-only copied" });
  holder.append(copied);
  document.body.append(holder);
  const text = holder.innerText; // not `textContent`: paragraphs and rows are lines
  holder.remove();
  return text;
}

document.addEventListener("copy", (event) => {
  const selection = document.getSelection();
  if ((event.target instanceof Element && event.target.closest("input, textarea")) || !selection?.rangeCount || selection.isCollapsed) return;
  const text = selectedSource(selection);
  if (text === null) return;
  event.preventDefault();
  event.clipboardData.setData("text/plain", text);
});
