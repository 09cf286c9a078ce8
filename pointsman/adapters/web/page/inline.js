// Reads the inside of a markdown block: emphasis, code, links. Pure, and linear in the length of a hostile text.

import { entityAt } from "./entities.js";
import { formulaFinder } from "./formulas.js";
import { t } from "./texts.js";

const SAFE = new Set(["http:", "https:", "mailto:"]);
const PUNCTUATION = /[!-/:-@[-`{-~\u2010-\u2027\u2030-\u205e]/;
const SPACE = /\s/;
const SPECIAL = /[\\`*_~[\]!<\nh$&]/;
const BARE = /https?:\/\/[^\s<>"'`|]{1,2000}/y;
const ANGLE = /<((?:https?:\/\/|mailto:)[^\s<>]{1,2000})>/y;
const TARGET = /\([ \n]{0,4}<?((?:[^\s<>()]|\([^\s<>()]{0,200}\)){0,2000})>?(?:[ \n]{1,4}(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'))?[ \n]{0,4}\)/y;
const PICTURE = /\((data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z\d+/=]{1,8000000})\)/y;
const NOTE = /\[\^([^\]\s]{1,40})\]/y;
const MAX_DEPTH = 12;

/** The address of a link if it is one a click may follow, otherwise null. */
export function safeAddress(raw) {
  try {
    const url = new URL(raw);
    return SAFE.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** Whether a picture may be loaded unasked: its address tells no other host anything. */
function shownAtOnce(address) {
  if (address.startsWith("data:")) return at(PICTURE, `(${address})`, 0) !== null;
  return URL.canParse(address) && new URL(address).origin === globalThis.location?.origin;
}

function at(pattern, text, index) {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

function codeRuns(text) {
  const runs = new Map();
  for (const match of text.matchAll(/`+/g)) {
    const places = runs.get(match[0].length) ?? { list: [], next: 0 };
    places.list.push(match.index);
    runs.set(match[0].length, places);
  }
  return (size, after) => {
    const places = runs.get(size);
    if (!places) return -1;
    while (places.next < places.list.length && places.list[places.next] < after) places.next += 1;
    return places.list[places.next] ?? -1;
  };
}

function codeText(raw) {
  const text = raw.replace(/\n/g, " ");
  return text.startsWith(" ") && text.endsWith(" ") && text.trim() ? text.slice(1, -1) : text;
}

function delimiter(text, start) {
  const ch = text[start];
  let end = start;
  while (text[end] === ch) end += 1;
  const before = text[start - 1] ?? " ";
  const after = text[end] ?? " ";
  const left = !SPACE.test(after) && (!PUNCTUATION.test(after) || SPACE.test(before) || PUNCTUATION.test(before));
  const right = !SPACE.test(before) && (!PUNCTUATION.test(before) || SPACE.test(after) || PUNCTUATION.test(after));
  const word = ch === "_";
  return {
    type: "delim",
    ch,
    n: end - start,
    opens: left && (!word || !right || PUNCTUATION.test(before)),
    closes: right && (!word || !left || PUNCTUATION.test(after)),
  };
}

function trimmed(url) {
  let kept = url.replace(/[.,;:!?*_~\]]+$/, "");
  while (kept.endsWith(")") && !kept.includes("(")) kept = kept.slice(0, -1);
  return kept;
}

const flat = (nodes) => nodes.flatMap((node) => (node.type === "link" ? node.children : [node]));

function closeBracket(text, index, nodes, brackets) {
  const open = brackets.pop();
  const image = nodes[open]?.image;
  const target = open === undefined ? null : (image && at(PICTURE, text, index + 1)) || at(TARGET, text, index + 1);
  if (!target) return null;
  const children = flat(emphasis(nodes.splice(open).slice(1)));
  if (image && shownAtOnce(target[1])) {
    nodes.push({ type: "image", src: target[1], alt: children.map((child) => child.text ?? "").join("") });
    brackets.length = 0;
    return target[0].length;
  }
  const href = safeAddress(target[1]);
  if (image && !children.length) children.push({ type: "text", text: t("inline.image") });
  if (href) nodes.push({ type: "link", href, children });
  else for (const child of children) nodes.push(child);
  brackets.length = 0;
  return target[0].length;
}

/** Reads `text` into nodes: text, code, strong, em, del, link, image, math, note, br. */
export function readInline(text) {
  const nodes = [];
  const brackets = [];
  const closing = codeRuns(text);
  const formulaAt = formulaFinder(text);
  let plain = 0;
  let index = 0;
  const flush = (end) => end > plain && nodes.push({ type: "text", text: text.slice(plain, end) });
  const put = (node, length) => {
    flush(index);
    if (node) nodes.push(node);
    index += length;
    plain = index;
  };
  while (index < text.length) {
    const ch = text[index];
    if (!SPECIAL.test(ch)) index += 1;
    else if (ch === "\\" && text[index + 1] === "\n") put({ type: "br" }, 2);
    else if (ch === "\\" && (text[index + 1] === "(" || text[index + 1] === "[")) {
      const math = formulaAt(index);
      // without its end it is as it was written: a formula that is still coming, or a bracket that begins no link
      if (math) put({ type: "math", ...math }, math.source.length);
      else put({ type: "text", text: text[index + 1] === "(" ? "\\(" : "[" }, 2);
    } else if (ch === "$") {
      const math = formulaAt(index);
      if (math) put({ type: "math", ...math }, math.source.length);
      else index += text[index + 1] === "$" ? 2 : 1;
    } else if (ch === "&") {
      const entity = entityAt(text, index);
      if (entity) put({ type: "text", text: entity.character }, entity.length);
      else index += 1;
    } else if (ch === "[" && text[index + 1] === "^" && at(NOTE, text, index)) {
      const [whole, label] = at(NOTE, text, index);
      put({ type: "note", label }, whole.length);
    } else if (ch === "\\" && PUNCTUATION.test(text[index + 1] ?? "")) {
      put({ type: "text", text: text[index + 1] }, 2);
    } else if (ch === "`") {
      const size = /`+/y;
      const run = at(size, text, index)[0].length;
      const end = closing(run, index + run);
      if (end < 0) index += run;
      else put({ type: "code", text: codeText(text.slice(index + run, end)) }, end + run - index);
    } else if (ch === "*" || ch === "_" || ch === "~") {
      const node = delimiter(text, index);
      put(node, node.n);
    } else if (ch === "[" || (ch === "!" && text[index + 1] === "[")) {
      put(null, 0);
      brackets.push(nodes.length);
      put({ type: "text", text: ch === "!" ? "![" : "[", image: ch === "!" }, ch === "!" ? 2 : 1);
    } else if (ch === "]") {
      put(null, 0);
      const length = closeBracket(text, index, nodes, brackets);
      if (length === null) index += 1;
      else put(null, length + 1);
    } else if (ch === "<") {
      const match = at(ANGLE, text, index);
      if (match && safeAddress(match[1])) put(link(match[1]), match[0].length);
      else index += 1;
    } else if (ch === "\n") {
      const hard = text.slice(Math.max(plain, index - 2), index) === "  ";
      put(hard ? { type: "br" } : { type: "text", text: "\n" }, 1);
    } else if (ch === "h" && !/\w/.test(text[index - 1] ?? " ")) {
      const match = at(BARE, text, index);
      const url = match && trimmed(match[0]);
      if (url && safeAddress(url)) put(link(url), url.length);
      else index += 1;
    } else index += 1;
  }
  flush(text.length);
  return emphasis(nodes);
}

const link = (url) => ({ type: "link", href: safeAddress(url), children: [{ type: "text", text: url.replace(/^mailto:/, "") }]  });

const KINDS = { "*": ["em", "strong"], _: ["em", "strong"], "~": ["del", "del"] };

/** The delimiters that may still open something, and how deep what stands behind each of them is. */
function openers() {
  const stack = [];
  const counts = { "*": 0, _: 0, "~": 0 };
  const pop = () => {
    const gone = stack.pop();
    counts[gone.ch] -= 1;
    deepen(gone.depth);
  };
  const deepen = (depth) => {
    const top = stack.at(-1);
    if (top) top.depth = Math.max(top.depth, depth);
  };
  const find = (ch) => {
    if (counts[ch] === 0) return null;
    while (stack.at(-1).ch !== ch) pop();
    return stack.at(-1);
  };
  const push = (ch, n, index) => {
    stack.push({ ch, n, index, depth: 0 });
    counts[ch] += 1;
  };
  return { push, pop, find };
}

function closeEmphasis(node, out, open) {
  let left = node.n;
  while (node.closes && left > 0) {
    const opener = open.find(node.ch);
    const size = opener ? Math.min(2, left, opener.n) : 0;
    if (!opener || opener.depth >= MAX_DEPTH || (node.ch === "~" && size < 2)) return left;
    const children = out.splice(opener.index + 1);
    out.push({ type: KINDS[node.ch][size - 1], children });
    left -= size;
    opener.n -= size;
    opener.depth += 1;
    out[opener.index].text = node.ch.repeat(opener.n);
    if (opener.n === 0) open.pop();
  }
  return left;
}

/** Joins delimiters into strong, em and del; those without a partner stay text. */
function emphasis(nodes) {
  const out = [];
  const open = openers();
  for (const node of nodes) {
    if (node.type !== "delim") {
      out.push(node);
      continue;
    }
    const left = closeEmphasis(node, out, open);
    if (left === 0) continue;
    if (node.opens) open.push(node.ch, left, out.length);
    out.push({ type: "text", text: node.ch.repeat(left) });
  }
  return out;
}
