// A block of code: its language, a copy button, coloured lines. Lines are added; only the last one is built again.

import { h } from "./dom.js";
import { highlighter } from "./highlight.js";
import { t } from "./texts.js";
import { copyButton } from "./ui.js";

const TOGETHER = 40;

const spans = (tokens) => tokens.map(([kind, text]) => (kind ? h("span", { class: `tok-${kind}` }, text) : document.createTextNode(text)));

/** A code block; `set(lines, closed)` shows lines, of which those before the last may not change any more. */
export function codeBlock(language) {
  const code = h("code", {});
  const colour = highlighter(language);
  let shown = [];
  let firm = 0; // so many lines are built for good
  let tail = null; // the line that may still grow
  let group = null; // the lines that are added to: laid out together, and not at all while they are out of sight

  const put = (node, number) => {
    if (Math.floor(number / TOGETHER) >= code.childElementCount) group = code.appendChild(h("span", { class: "lines" }));
    group.append(node);
    return node;
  };

  const lineNode = (line, peek) => h("span", { class: "line" }, spans(colour(line, peek)), "\n");

  function set(lines, closed) {
    shown = lines;
    const last = closed ? lines.length : lines.length - 1;
    tail?.remove();
    if (group && !group.hasChildNodes()) group.remove();
    tail = null;
    for (; firm < last; firm += 1) put(lineNode(lines[firm], false), firm);
    if (!closed && last >= 0) tail = put(lineNode(lines[last], true), last);
  }

  const head = h("div", { class: "code-head" }, h("span", {}, language === "mermaid" ? t("codeBlock.diagram") : language || "text"), copyButton(() => shown.join("\n"), t("codeBlock.copyTheCode")));
  const body = h("pre", { tabindex: "0", role: "group", "aria-label": language ? t("codeBlock.codeIn", { language }) : t("codeBlock.code") }, code);
  return { node: h("div", { class: "code" }, head, body), set };
}
