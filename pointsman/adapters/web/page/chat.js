// The chat: conversations at the left, the open one in the middle, its parameters at the right.

import { ASSETS } from "./base.js";
import { at, get, post } from "./api.js";
import { drawOnApproach, mayWait } from "./approach.js";
import { parameterDrawer, changedCount, chatSettings } from "./chat-drawer.js";
import { conversationList, fork } from "./chat-list.js";
import { composer } from "./composer.js";
import { openMenu } from "./dialogs.js";
import { fill, h, icon } from "./dom.js";
import { money } from "./format.js";
import { modelWords, pickModel } from "./model-picker.js";
import { running, startRun } from "./runs.js";
import { stickyScroll } from "./scroll.js";
import { providers } from "./store.js";
import { t } from "./texts.js";
import { said, turnNodes, turnsOf } from "./turns.js";
import { attempt, errorCard, iconButton, skeleton, toast } from "./ui.js";
import { go } from "./views.js";

const IDEAS = [
  ["points", t("chat.compareIdea"), t("chat.comparePrompt")],
  ["tool", t("chat.toolIdea"), t("chat.toolPrompt")],
  ["pencil", t("chat.draftIdea"), t("chat.draftPrompt")],
  ["chart", t("chat.explainIdea"), t("chat.explainPrompt")],
];

function welcome(send) {
  const idea = ([glyph, title, text]) => h("button", { type: "button", class: "idea", onclick: () => send({ text, images: [] }) }, icon(glyph), h("span", {}, h("strong", {}, title), text));
  return h("div", { class: "welcome" }, h("img", { src: `${ASSETS}/mark.svg`, alt: "", width: 56, height: 56 }), h("h2", {}, t("chat.welcome")), h("p", { class: "quiet" }, t("chat.welcomeHint")), h("div", { class: "ideas" }, IDEAS.map(idea)));
}

/** Shows the chat. */
export async function mount(root, { args }) {
  const state = { id: null, conversation: null, turns: [] };
  const settings = chatSettings(() => showChips());
  const active = { name: null };

  const title = h("h1", { class: "chat-title" });
  const cost = h("span", { class: "chat-cost", title: t("chat.costOfThisConversation") });
  const log = h("div", { class: "log-inner" });
  const box = h("div", { class: "log", role: "region", "aria-label": t("chat.messages"), tabindex: "0" }, log);
  const scroll = stickyScroll(box);
  drawOnApproach(log);

  const modelChip = h("button", { type: "button", class: "chip", onclick: chooseModel });
  const toolChip = h("button", { type: "button", class: "chip chip-brief", onclick: () => toggleDrawer() });
  const pane = h("section", { class: "chat-pane panel", "aria-label": t("common.conversation"), dataset: { drop: t("chat.drop") } });
  const input = composer({ send, stop, chips: [modelChip, toolChip], dropZone: pane });
  const list = conversationList({ running, changed: (id, text) => id === state.id && fill(title, text) });
  const drawer = parameterDrawer(settings, () => toggleDrawer(false));

  const listButton = iconButton("list", t("common.conversations"), () => toggleList(), { class: "phone-only" });
  const more = iconButton("more", t("chat.moreAboutThisConversation"), () => openMenu(more, t("common.conversation"), list.actions(state.conversation)), { "aria-haspopup": "menu", "aria-expanded": "false" });
  const drawerButton = iconButton("sliders", t("chat.parametersWithKey"), () => toggleDrawer(), { "aria-expanded": "false" });
  const head = h("header", { class: "chat-head" }, listButton, title, cost, more, drawerButton, iconButton("plus", t("common.newChatWithKey"), () => go("chat"), { class: "phone-only" }));

  fill(pane, head, box, h("div", { class: "composer-wrap" }, scroll.button, input.node));
  fill(root, list.node, pane, drawer);
  const scrim = h("button", { type: "button", class: "scrim", "aria-label": t("common.close"), onclick: closeSides });
  root.append(scrim);

  function toggleDrawer(on = drawer.hidden) {
    drawer.hidden = !on;
    root.classList.toggle("with-drawer", on);
    drawerButton.setAttribute("aria-expanded", String(on));
    if (on) drawer.querySelector("textarea")?.focus({ preventScroll: true });
    else if (drawer.contains(document.activeElement)) drawerButton.focus();
  }

  function toggleList(on = !root.classList.contains("with-list")) {
    root.classList.toggle("with-list", on);
    if (on) list.node.querySelector("input")?.focus();
  }

  function closeSides() {
    toggleDrawer(false);
    toggleList(false);
  }

  function showChips() {
    const count = changedCount(settings.values);
    fill(modelChip, icon("points"), h("span", {}, modelWords(settings.values.model, active.name)), icon("down"));
    modelChip.setAttribute("aria-label", t("chat.modelChooseAnother", { name: modelWords(settings.values.model, active.name) }));
    fill(toolChip, icon("sliders"), h("span", {}, count ? t("chat.set", { count }) : t("common.parameters")));
    toolChip.classList.toggle("chip-set", count > 0);
    toolChip.setAttribute("aria-label", count ? t("chat.parametersSet", { count }) : t("common.parameters"));
  }

  async function chooseModel() {
    const picked = await pickModel(settings.values.model);
    if (picked !== undefined) settings.set("model", picked);
    input.focus();
  }

  function showHead() {
    title.textContent = state.conversation?.title || (state.id ? t("common.untitled") : t("common.newChat"));
    cost.textContent = state.cost && Number(state.cost.amount) > 0 ? money(state.cost) : "";
    more.hidden = !state.conversation;
    list.select(state.id);
    input.running(Boolean(running(state.id)));
  }

  const actions = {
    resend: again,
    retry: (turn) => again(turn, said(turn.user)),
    fork: (entry) => fork(state.id, entry),
  };

  const handlers = {
    retry: (each) => repeat(each, each.message),
    resend: repeat,
    fork: (each) => fork(each.id, state.turns[each.after]?.answers.at(-1)?.id ?? null),
  };

  /** Forks before a turn, and sends there. */
  async function again(turn, message) {
    if (running(state.id)) {
      toast(t("chat.stopFirst"), "bad");
      return;
    }
    const after = state.turns.indexOf(turn);
    const made = await attempt(() => post(`${at("conversations", state.id)}/fork`, { at: turn.before }));
    if (!made) return;
    startRun({ id: made.id, after, message, settings: settings.values });
    list.load();
    go("chat", made.id);
  }

  /** Sends again what a run sent: in a fork if the server kept it, otherwise in its place. */
  function repeat(each, message) {
    const turn = state.turns[each.after];
    if (turn?.user) {
      again(turn, message);
      return;
    }
    for (const node of each.nodes) node.remove();
    begin(message);
  }

  function draw() {
    const live = running(state.id);
    if (live) live.handlers = handlers;
    const kept = live ? state.turns.slice(0, live.after) : state.turns;
    fill(log, kept.map((turn, place) => turnNodes(turn, actions, mayWait(place, kept.length))), live?.nodes);
    const empty = !log.childElementCount;
    if (empty) fill(log, welcome(send));
    showHead();
    if (empty) scroll.toStart();
    else scroll.toEnd();
  }

  /** Loads the conversation; with `quietly`, the nodes on the page stay as they are. */
  async function load(id, quietly = false) {
    const { conversation, entries, cost: sum } = await get(at("conversations", id));
    if (id !== state.id) return;
    Object.assign(state, { conversation, cost: sum, turns: turnsOf(entries) });
    if (quietly) showHead();
    else draw();
  }

  async function open(id) {
    Object.assign(state, { id, conversation: null, cost: null, turns: [] });
    closeSides();
    if (!id) {
      draw();
      input.focus();
      return;
    }
    fill(log, skeleton(5));
    showHead();
    try {
      await load(id);
      input.focus();
    } catch (error) {
      if (id === state.id) fill(log, errorCard(error, () => open(id)));
    }
  }

  /** After an answer: what the server kept of it. A stopped one is written a moment later. */
  async function settled(each, tries = 0) {
    list.load();
    if (each.id !== state.id) return;
    const shown = each.nodes[0].isConnected;
    await load(each.id, shown).catch(() => {});
    const answers = state.turns[each.after]?.answers ?? [];
    const whole = !each.outcome.stopped || answers.some(({ status }) => status !== "complete");
    if (answers.length && whole && shown) each.answer.kept(answers, each.outcome.response);
    if (!whole && tries < 4) setTimeout(settled, 300, each, tries + 1);
  }

  function begin(message) {
    const live = startRun({ id: state.id, after: state.turns.length, message, settings: settings.values });
    live.handlers = handlers;
    if (!log.querySelector(".turn")) fill(log);
    log.append(...live.nodes);
    showHead();
    scroll.toEnd();
    list.draw();
  }

  async function send(message) {
    if (running(state.id)) return;
    if (!state.id) {
      const made = await attempt(() => post("/api/v1/conversations", { title: (message.text || t("chat.image")).slice(0, 60) }));
      if (!made) {
        input.set(message.text);
        return;
      }
      Object.assign(state, { id: made.id, conversation: made, turns: [] });
      history.replaceState(null, "", `#/chat/${encodeURIComponent(made.id)}`);
      list.load();
    }
    begin(message);
  }

  function stop() {
    running(state.id)?.stop();
  }

  function onRun({ detail: { run, kind } }) {
    if (kind === "moved" && run.id === state.id) scroll.follow();
    if (kind === "ended") {
      if (run.id === state.id) input.running(false);
      settled(run);
    }
  }

  showChips();
  providers().then((known) => { active.name = known.active; showChips(); }, () => {});
  list.load();
  open(args[0] ?? null);
  document.addEventListener("run", onRun);

  return {
    update: ([id = null]) => (id === state.id ? closeSides() : open(id)),
    destroy: () => document.removeEventListener("run", onRun),
    keys: {
      Escape: () => (running(state.id) ? stop() : closeSides()),
      "/": () => input.focus(),
      n: () => (state.id ? go("chat") : input.focus()),
      m: chooseModel,
      ",": () => toggleDrawer(),
    },
  };
}
