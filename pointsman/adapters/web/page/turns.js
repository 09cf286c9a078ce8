// A conversation as turns: what the user said, and the answer to it with its tool rounds.

import { answerView } from "./answer.js";
import { turnSwitches } from "./branches.js";
import { drawnOnApproach } from "./approach.js";
import { fill, h } from "./dom.js";
import { fileNode, imageAddress, imageNode, otherNode } from "./parts.js";
import { t } from "./texts.js";
import { button, copyButton, iconButton } from "./ui.js";

/** The entries of a branch as turns: `{user, answers, before}`; `before` is the entry before the user's, or "". */
export function turnsOf(entries) {
  const turns = [];
  entries.forEach((entry, index) => {
    if (entry.message.role === "user" || !turns.length) {
      const user = entry.message.role === "user" ? entry : null;
      turns.push({ user, answers: user ? [] : [entry], before: entries[index - 1]?.id ?? "" });
    } else turns.at(-1).answers.push(entry);
  });
  return turns;
}

const FRAMES = /<document name="([^"\n]*)"[^\n]*>\n[\s\S]*?<\/document>\s*/gy;

/** The documents that a text begins with, as they were read, their names, and the text after them. */
function documentsOf(text) {
  const names = [];
  let end = 0;
  for (const found of text.matchAll(FRAMES)) {
    names.push(found[1]);
    end = found.index + found[0].length;
  }
  return { documents: text.slice(0, end), names, text: text.slice(end) };
}

/** What a user's entry says: `{text, images, documents, names}`, ready to be sent again. */
export function said(entry) {
  const parts = entry.message.parts;
  const images = parts.filter((part) => part._type === "Image" && part.source?._type === "Bytes");
  return {
    ...documentsOf(parts.filter((part) => part._type === "Text").map((part) => part.text).join("\n\n")),
    images: images.map(({ source }) => ({ data: source.data, media_type: source.media_type })),
  };
}

function editor(text, { send, cancel }) {
  const box = h("textarea", { class: "input", dir: "auto", rows: Math.min(12, text.split("\n").length + 1), "aria-label": t("turns.editTheMessage"), value: text });
  const submit = () => box.value.trim() && send(box.value.trim());
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      cancel();
    }
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  return h(
    "div",
    { class: "edit-box" },
    box,
    h("p", { class: "hint" }, t("turns.editHint")),
    h("div", { class: "actions" }, button(t("common.cancel"), { onclick: cancel }), button(t("common.send"), { kind: "primary", onclick: submit })),
  );
}

/** What the user said, with `branches` below it. `resend(message)` gets the edited message and what was attached. */
export function userView(message, resend, branches) {
  const images = message.images.map((image) => ({ _type: "Image", source: { _type: "Bytes", ...image } })).filter(imageAddress);
  const bubble = h("div", { class: "bubble" }, images.length ? h("div", { class: "bubble-images" }, images.map(imageNode)) : null, (message.names ?? (message.files ?? []).map((file) => file.name)).map(fileNode), message.text && h("p", { dir: "auto" }, message.text), (message.others ?? []).map(otherNode));
  const node = h("article", { class: "turn turn-user", "aria-label": t("turns.yourMessage") });

  function show() {
    const edit = iconButton("pencil", t("turns.editAndSendAgain"), () => {
      fill(node, editor(message.text, { cancel: show, send: (text) => resend({ ...message, text }) }));
      node.querySelector("textarea").focus();
    });
    fill(node, bubble, h("div", { class: "turn-actions" }, branches, copyButton(() => message.text, t("turns.copyTheMessage")), edit));
  }

  show();
  return node;
}

/** Fills a turn's two switches: other versions of the question, and other answers to it. */
export function showBranches(turn, switches, { siblings, choose }) {
  const answer = turn.answers[0];
  if (turn.user) switches.question.show(siblings(turn.user), turn.user.id, choose);
  if (answer) switches.answer.show(siblings(answer), answer.id, choose);
}

function answerNode(turn, actions, branches) {
  const view = answerView({ retry: turn.user && (() => actions.retry(turn)), fork: () => actions.fork(turn.answers.at(-1).id), branches });
  view.entries(turn.answers);
  return view.node;
}

const wordsOf = (entries) => entries.flatMap((entry) => entry.message.parts.map((part) => part.text ?? "")).join("\n");

/**
 * The nodes of a turn. `actions`: `resend(turn, message)`, `retry(turn)`, `fork(entry id)`, `siblings`, `choose`.
 * With `later` they are drawn when the reader comes near.
 */
export function turnNodes(turn, actions, later = false) {
  const nodes = [];
  let made = null;
  /** Those of the turn, made when the first of its nodes is drawn. */
  const switches = () => {
    if (!made) showBranches(turn, (made = turnSwitches()), actions);
    return made;
  };
  const put = (kind, entries, make) => nodes.push(later ? drawnOnApproach(kind, wordsOf(entries), make) : make());
  if (turn.user) put("user", [turn.user], () => userView(said(turn.user), (message) => actions.resend(turn, message), switches().question.node));
  if (turn.answers.length) put("answer", turn.answers, () => answerNode(turn, actions, switches().answer.node));
  return nodes;
}
