// Turns markdown into nodes, and lets a text grow: finished blocks stay, only the last one is built again.

import { codeBlock } from "./code-block.js";
import { h } from "./dom.js";
import { readInline } from "./inline.js";
import { blocksOf, fenceOf, linesOf } from "./markdown.js";
import { formula, openFormula } from "./math.js";
import { t } from "./texts.js";

/** Shows the footnote that was referred to. */
function toNote({ currentTarget }) {
  const notes = currentTarget.closest(".md").querySelectorAll(".note");
  const note = [...notes].find((each) => each.dataset.note === currentTarget.dataset.note);
  note?.scrollIntoView({ block: "nearest" });
  note?.focus({ preventScroll: true });
}

const noteButton = ({ label }) => h("sup", {}, h("button", { type: "button", class: "note-ref", dataset: { note: label }, "aria-label": t("markdownView.note", { label }), onclick: toNote }, label));

const INLINE = {
  text: (node) => document.createTextNode(node.text),
  br: () => h("br"),
  code: (node) => h("code", {}, node.text),
  em: (node) => h("em", {}, inlineNodes(node.children)),
  strong: (node) => h("strong", {}, inlineNodes(node.children)),
  del: (node) => h("del", {}, inlineNodes(node.children)),
  image: (node) => h("img", { class: "part-image", src: node.src, alt: node.alt, loading: "lazy" }),
  math: formula,
  note: noteButton,
  link: (node) => h("a", { href: node.href, target: "_blank", rel: "noopener noreferrer nofollow" }, inlineNodes(node.children)),
};

const inlineNodes = (nodes) => nodes.map((node) => INLINE[node.type](node));
const inline = (text) => inlineNodes(readInline(text));

function item(each, loose) {
  const tight = !loose && each.children[0]?.type === "paragraph";
  const rest = tight ? each.children.slice(1) : each.children;
  const mark = each.checked === null ? null : h("span", { class: "task", role: "img", "aria-label": each.checked ? t("common.done") : t("markdownView.open") }, each.checked ? "☑" : "☐");
  return h("li", { class: each.checked === null ? null : "task-item" }, mark, tight ? inline(each.children[0].text) : null, rest.map(blockNode));
}

const RIGHT_TO_LEFT = /^[^\p{L}]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

/** Gives what holds blocks a direction. They have their own, so that it can't find its direction by `auto`. */
function directed(node) {
  node.dir = RIGHT_TO_LEFT.test(node.textContent) ? "rtl" : "auto";
  return node;
}

function tableNode({ align, head, rows }) {
  const cell = (tag) => (text, index) => h(tag, { class: `cell-${align[index]}`, scope: tag === "th" ? "col" : null, dir: /\p{L}/u.test(text) ? "auto" : null }, inline(text));
  return h(
    "div",
    { class: "table-scroll", tabindex: "0", role: "group", "aria-label": t("markdownView.table") },
    directed(h("table", {}, h("thead", {}, h("tr", {}, head.map(cell("th")))), h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell("td"))))))),
  );
}

const BLOCKS = {
  paragraph: (block) => h("p", { dir: "auto" }, inline(block.text)),
  heading: (block) => h(`h${Math.min(6, block.level + 2)}`, { class: `md-h${block.level}`, dir: "auto" }, inline(block.text)),
  rule: () => h("hr"),
  quote: (block) => directed(h("blockquote", {}, block.children.map(blockNode))),
  list: (block) => directed(h(block.ordered ? "ol" : "ul", { start: block.ordered && block.start !== 1 ? block.start : null }, block.items.map((each) => item(each, block.loose)))),
  table: tableNode,
  math: (block) => (block.closed ? formula({ ...block, display: true }) : openFormula(block.source)),
  note: ({ label, children }) => directed(h("div", { class: "note", tabindex: "-1", dataset: { note: label } }, h("sup", {}, label), h("div", {}, children.map(blockNode)))),
  code: (block) => {
    const view = codeBlock(block.language);
    view.set(block.lines, true);
    return view.node;
  },
};

const blockNode = (block) => BLOCKS[block.type](block);

/** A whole text as nodes. */
export function markdown(text) {
  const view = growingMarkdown();
  view.append(text);
  view.finish();
  return view.node;
}

/**
 * A code block that grows, from the text after its fence on: `grow(text)` costs what has come, however long the block
 * is, and is false where that may end it: then the block is read as a whole.
 */
function growingCode(fence, body) {
  const view = codeBlock(fence.language);
  const shown = [];
  let firm = 0; // so many lines can't change any more
  let read = 0; // where the line after them begins in the text

  function grow(text) {
    const rest = linesOf(text.slice(read));
    if (rest.some(fence.closes)) return false;
    shown.splice(firm, shown.length, ...rest.map(fence.inside));
    view.set(shown, false);
    const ended = rest.length - (text.endsWith("\r") ? 2 : 1); // what follows may be its LF
    read += offset(text.slice(read), ended);
    firm += ended;
    return true;
  }

  return { node: view.node, set: view.set, grow: (text) => grow(text.slice(body)) };
}

/** A text that grows: `append(text)` costs what the last block costs, however long the text before it is. */
export function growingMarkdown() {
  const node = h("div", { class: "md" });
  let source = ""; // all of the text
  let begun = 0; // where the block that may still change begins in it
  let open = []; // the nodes of that block and what follows it
  let code = null; // the view of a code block that is still growing

  function settle(lines, blocks, done) {
    // A line without its end may yet become something else, so it finishes no block.
    const firm = done ? blocks.length : blocks.findLastIndex(({ start }, index) => index > 0 && start < lines.length - 1);
    return Math.max(0, firm);
  }

  function drop(kept) {
    for (const each of open) if (each !== kept) each.remove();
    open = [];
    if (!kept) code = null;
  }

  /** The first block's node: a code block that only grew keeps its node, and with it its scroll position. */
  function first(block, opening, body) {
    if (block.type !== "code" || !(code || body)) return blockNode(block);
    code ??= growingCode(fenceOf(opening), body);
    if (!body || !code.grow(source)) code.set(block.lines, block.closed || !body);
    return code.node;
  }

  /** Where the text in a code block begins, if that is all there is and it may still grow; else 0. */
  function growing(lines, blocks) {
    if (blocks.length !== 1 || blocks[0].block.type !== "code") return 0;
    if (blocks[0].start === lines.length - 1 || source.endsWith("\r")) return 0; // its language may still grow
    return begun + offset(source.slice(begun), blocks[0].start + 1);
  }

  function draw(done) {
    if (!done && code?.grow(source)) return;
    const lines = linesOf(source.slice(begun));
    const blocks = blocksOf(lines);
    const firm = settle(lines, blocks, done);
    drop(blocks[0]?.block.type === "code" ? code?.node : null);
    blocks.forEach(({ block, start }, index) => {
      const made = index === 0 ? first(block, lines[start], done ? 0 : growing(lines, blocks)) : blockNode(block);
      if (made.parentNode !== node) node.append(made);
      if (index >= firm) open.push(made);
    });
    if (!firm) return;
    code = null;
    begun += offset(source.slice(begun), blocks[firm]?.start ?? lines.length);
  }

  return {
    node,
    text: () => source,
    append: (text) => {
      source += text;
      draw(false);
    },
    finish: () => draw(true),
    replace: (text) => {
      drop();
      node.replaceChildren();
      source = text;
      begun = 0;
      draw(true);
    },
  };
}

function offset(text, line) {
  let at = 0;
  for (const match of text.matchAll(/\r\n|\n|\r/g)) {
    if (line === 0) return at;
    line -= 1;
    at = match.index + match[0].length;
  }
  return line === 0 ? at : text.length;
}
