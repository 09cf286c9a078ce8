// The parts of a message as nodes: text, reasoning, tool calls with their results, images.

import { codeBlock } from "./code-block.js";
import { fill, h, icon } from "./dom.js";
import { milliseconds } from "./format.js";
import { safeAddress } from "./inline.js";
import { growingMarkdown } from "./markdown-view.js";
import { t } from "./texts.js";

const MEDIA = /^image\/(png|jpeg|gif|webp)$/;

/** A text that may still grow. */
export function textPart() {
  return { kind: "Text", ...growingMarkdown() };
}

/** The model's reasoning, folded; says how long it took when `seconds` is known. */
export function reasoningPart() {
  const words = h("span", {}, t("parts.thinking"));
  const view = growingMarkdown();
  const node = h("details", { class: "fold fold-reasoning" }, h("summary", {}, icon("thought"), words, icon("down")), h("div", { class: "fold-body" }, view.node));
  const begun = performance.now();
  let finished = false;
  return {
    kind: "Reasoning",
    node,
    append: view.append,
    text: view.text,
    replace: view.replace,
    busy: () => node.classList.add("busy"),
    finish: (live = false) => {
      if (finished) return;
      finished = true;
      view.finish();
      node.classList.remove("busy");
      words.textContent = live ? t("parts.thoughtFor", { time: milliseconds(performance.now() - begun) }) : t("parts.reasoning");
    },
  };
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function glance(text) {
  try {
    const values = Object.values(JSON.parse(text));
    return values.map((each) => (typeof each === "string" ? each : JSON.stringify(each))).join(", ");
  } catch {
    return text;
  }
}

const source = (language, text) => {
  const view = codeBlock(language);
  view.set(text.split("\n"), true);
  return view.node;
};

const resultNode = (part) => (part._type === "Image" ? imageNode(part) : source(/^\s*[[{]/.test(part.text ?? "") ? "json" : "text", pretty(part.text ?? part._type)));

/** A tool call and what came of it. */
export function toolPart() {
  const name = h("strong", {}, t("parts.tool"));
  const args = h("span", { class: "fold-glance" });
  const state = h("span", { class: "fold-state" }, t("parts.runs"));
  const body = h("div", { class: "fold-body" });
  const node = h("details", { class: "fold fold-tool busy" }, h("summary", {}, icon("tool"), name, args, state, icon("down")), body);
  let written = "";
  let result = null;

  function draw() {
    args.textContent = glance(written);
    fill(body, h("h4", {}, t("parts.arguments")), source("json", pretty(written || "{}")));
    if (result) body.append(h("h4", {}, result.is_error ? t("parts.error") : t("parts.result")), ...result.content.map(resultNode));
  }

  return {
    kind: "ToolCall",
    node,
    call: (call) => {
      name.textContent = call.name ?? t("parts.tool");
      if (call.arguments !== undefined) written = call.arguments;
      draw();
    },
    append: (text) => {
      written += text;
      args.textContent = glance(written);
    },
    ran: (given, took) => {
      result = given;
      node.classList.remove("busy");
      node.classList.toggle("failed", Boolean(given.is_error));
      const words = given.is_error ? t("parts.failed") : t("common.done");
      fill(state, icon(given.is_error ? "warning" : "check"), took === undefined ? words : milliseconds(took));
      draw();
    },
    finish: () => {
      if (result) return;
      node.classList.remove("busy");
      state.textContent = t("parts.notRun");
    },
  };
}

/** The address of an image's data, or null when it is not one the page shows. */
export function imageAddress(part) {
  const { _type: type, data, media_type: media, url } = part.source ?? {};
  if (type === "Bytes" && MEDIA.test(media ?? "")) return `data:${media};base64,${data}`;
  return type === "Url" && /^data:image\/(png|jpeg|gif|webp);base64,/.test(url ?? "") ? url : null;
}

/** An image; one that lies elsewhere is a link, for the page loads nothing from other hosts. */
export function imageNode(part) {
  const inside = imageAddress(part);
  if (inside) return h("img", { class: "part-image", src: inside, alt: t("parts.attachedImage"), loading: "lazy" });
  const address = safeAddress(part.source?.url ?? "");
  if (!address) return otherNode(part);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, t("parts.imageAt", { host: new URL(address).host }));
}

/** A file that was read for the model. */
export const fileNode = (name) => h("p", { class: "part-other part-file" }, icon("layers"), h("span", {}, name));

/** A part the page has no picture of. */
export const otherNode = (part) => h("p", { class: "part-other" }, icon("layers"), part._type ?? t("parts.unknownPart"));
