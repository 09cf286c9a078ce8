// Builds DOM nodes. Text only ever becomes text nodes: nothing here, or anywhere in the page, writes innerHTML.

import { ASSETS } from "./base.js";

const ONWARD = new Set(["list", "right", "sign-out"]); // icons that go where a line goes on to
const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected", "open", "indeterminate"]);

function assign(node, key, value) {
  if (value === null || value === undefined) return;
  if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
  else if (key === "dataset") Object.assign(node.dataset, value);
  else if (PROPERTIES.has(key) && key in node) node[key] = value;
  else if (value === true) node.setAttribute(key, "");
  else if (value !== false) node.setAttribute(key, String(value));
}

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

/** An HTML element: `h("p", {class: "quiet"}, "text", node)`. Keys that begin with `on` are listeners. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  const { value, ...rest } = props ?? {};
  for (const [key, each] of Object.entries(rest)) assign(node, key, each);
  append(node, children);
  assign(node, "value", value); // after the children, so that a select finds its option
  return node;
}

/** An SVG element. */
export function s(tag, props = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(props)) assign(node, key, value);
  return append(node, children);
}

/** An icon of the sprite; decoration unless it has a label. */
export function icon(name, label) {
  const kind = ONWARD.has(name) ? "icon-onward" : "";
  const props = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return s("svg", { class: `icon ${kind}`, viewBox: "0 0 24 24", ...props }, s("use", { href: `${ASSETS}/icons.svg#${name}` }));
}

/** Replaces everything in `node`. */
export function fill(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

let counter = 0;

/** An id nothing else on the page has. */
export function uid(prefix = "n") {
  counter += 1;
  return `${prefix}-${counter}`;
}

/** Calls `run` at most once every `milliseconds`, after the last call. */
export function debounce(run, milliseconds) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...args), milliseconds);
  };
}
