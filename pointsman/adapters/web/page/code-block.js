// A block of code: its language, a copy button, coloured lines. Lines are added; only the last one is built again.

import { h } from "./dom.js";
import { highlighter } from "./highlight.js";
import { t } from "./texts.js";
import { copyButton } from "./ui.js";

const spans = (tokens) => tokens.map(([kind, text]) => (kind ? h("span", { class: `tok-${kind}` }, text) : document.createTextNode(text)));

/** A code block; `set(lines, closed)` shows lines, of which those before the last may not change any more. */
export function codeBlock(language) {
  const code = h("code", {});
  const colour = highlighter(language);
  let shown = [];
  let firm = 0; // so many lines are built for good
  let tail = null; // the line that may still grow

  const lineNode = (line, peek) => h("span", { class: "line" }, spans(colour(line, peek)), "\n");

  function set(lines, closed) {
    shown = lines;
    const last = closed ? lines.length : lines.length - 1;
    tail?.remove();
    tail = null;
    const fresh = document.createDocumentFragment();
    for (; firm < last; firm += 1) fresh.append(lineNode(lines[firm], false));
    if (!closed && last >= 0) tail = fresh.appendChild(lineNode(lines[last], true));
    code.append(fresh);
  }

  const head = h("div", { class: "code-head" }, h("span", {}, language || "text"), copyButton(() => shown.join("\n"), t("codeBlock.copyTheCode")));
  const body = h("pre", { tabindex: "0", role: "group", "aria-label": language ? t("codeBlock.codeIn", { language }) : t("codeBlock.code") }, code);
  return { node: h("div", { class: "code" }, head, body), set };
}
