// The chat: conversations at the left, the open one in the middle, its parameters at the right.

import { ASSETS } from "./base.js";
import { at, get, patch, post } from "./api.js";
import { drawOnApproach, mayWait } from "./approach.js";
import { siblingsOf } from "./branches.js";
import { parameterDrawer, changedCount, chatSettings } from "./chat-drawer.js";
import { conversationList, fork, markIn } from "./chat-list.js";
import { composer } from "./composer.js";
import { openMenu } from "./dialogs.js";
import { fill, h, icon } from "./dom.js";
import { draftOf } from "./drafts.js";
import { money } from "./format.js";
import { modelWords, pickModel } from "./model-picker.js";
import { recall } from "./preferences.js";
import { running, startRun } from "./runs.js";
import { stickyScroll } from "./scroll.js";
import { providers, tools } from "./store.js";
import { smallModelOffer } from "./small-model.js";
import { t } from "./texts.js";
import { said, showBranches, turnNodes, turnsOf } from "./turns.js";
import { attempt, errorCard, iconButton, skeleton, toast } from "./ui.js";
import { go } from "./views.js";

const CALCULATOR = "calculator";
const IDEAS = [
  ["points", t("chat.compareIdea"), t("chat.comparePrompt")],
  ["tool", t("chat.toolIdea"), t("chat.toolPrompt")],
  ["pencil", t("chat.draftIdea"), t("chat.draftPrompt")],
  ["chart", t("chat.explainIdea"), t("chat.explainPrompt")],
];

/** What can be tried. The card of the tool switches the calculator on, and is there only where the server has one. */
function welcome(send, useTool, session) {
  const idea = ([glyph, title, text]) => h("button", { type: "button", class: "idea", dataset: { idea: glyph }, hidden: glyph === "tool", onclick: () => (glyph === "tool" ? useTool(text) : send({ text, images: [] })) }, icon(glyph), h("span", {}, h("strong", {}, title), text));
  const node = h("div", { class: "welcome" }, h("img", { src: `${ASSETS}/mark.svg`, alt: "", width: 56, height: 56 }), h("h2", {}, t("chat.welcome")), h("p", { class: "quiet" }, t("chat.welcomeHint")), h("div", { class: "ideas" }, IDEAS.map(idea)), smallModelOffer(session));
  const show = (list) => {
    node.querySelector("[data-idea=tool]").hidden = !list.some(({ name }) => name === CALCULATOR);
  };
  tools().then(show, () => {});
  return node;
}

/** Shows the chat. */
export async function mount(root, { session, args }) {
  const state = { id: null, conversation: null, entries: [], turns: [], siblings: () => [], refused: null };
  const settings = chatSettings(() => showChips());
  const active = { name: null };

  const title = h("h1", { class: "chat-title", dir: "auto" });
  const cost = h("span", { class: "chat-cost", title: t("chat.costOfThisConversation") });
  const log = h("div", { class: "log-inner" });
  const box = h("div", { class: "log", role: "region", "aria-label": t("chat.messages"), tabindex: "0" }, log);
  const scroll = stickyScroll(box);
  drawOnApproach(log);

  const modelChip = h("button", { type: "button", class: "chip", onclick: chooseModel });
  const toolChip = h("button", { type: "button", class: "chip chip-brief", onclick: () => toggleDrawer() });
  const pane = h("section", { class: "chat-pane panel", "aria-label": t("common.conversation"), dataset: { drop: t("chat.drop") } });
  const input = composer({ send, stop, chips: [modelChip, toolChip], dropZone: pane });
  const list = conversationList({ running, changed: renewed });
  const parameters = parameterDrawer(settings, () => toggleDrawer(false));
  const drawer = parameters.node;

  const listButton = iconButton("list", t("common.conversations"), () => toggleList(), { class: "phone-only" });
  const more = iconButton("more", t("chat.moreAboutThisConversation"), () => openMenu(more, t("common.conversation"), list.actions(state.conversation)), { "aria-haspopup": "menu", "aria-expanded": "false" });
  const drawerButton = iconButton("sliders", t("chat.parametersWithKey"), () => toggleDrawer(), { "aria-expanded": "false" });
  const head = h("header", { class: "chat-head" }, listButton, title, h("span", { class: "chat-room" }), cost, more, drawerButton, iconButton("plus", t("common.newChatWithKey"), () => go("chat"), { class: "phone-only" }));

  fill(pane, head, box, h("div", { class: "composer-wrap" }, scroll.button, input.node));
  fill(root, list.node, pane, drawer);
  const scrim = h("button", { type: "button", class: "scrim", "aria-label": t("common.close"), onclick: closeSides });
  root.append(scrim);

  /** What the list has changed of the open conversation. */
  function renewed(id, conversation) {
    if (id !== state.id) return;
    state.conversation = conversation;
    showHead();
  }

  function toggleDrawer(on = drawer.hidden) {
    if (on && drawer.hidden) parameters.draw();
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
    resend: (turn, message) => again(turn, message),
    retry: (turn) => again(turn, said(turn.user), true),
    fork: (entry) => fork(state.id, entry),
    siblings: (entry) => state.siblings(entry),
    choose: switchTo,
  };

  const handlers = {
    retry: (each) => repeat(each, each.message, true),
    resend: repeat,
    fork: (each) => fork(each.id, state.turns[each.place]?.answers.at(-1)?.id ?? null),
  };

  /** Sends in another branch: an edited message, or the same one `asItWas`, whose question stands once. */
  function again(turn, message, asItWas = false) {
    if (running(state.id)) toast(t("chat.stopFirst"), "bad");
    else begin(message, { place: state.turns.indexOf(turn), after: asItWas ? turn.user.id : turn.before, again: asItWas });
  }

  /** Sends again what a run sent: in another branch if the server kept it, otherwise in its place. */
  function repeat(each, message, asItWas = false) {
    const turn = state.turns[each.place];
    if (turn?.user && each !== state.refused) {
      again(turn, message, asItWas);
      return;
    }
    const draft = draftOf(each.id);
    if (draft.text === each.message.text) draft.clear();
    input.draw();
    begin(message, each.from);
  }

  /** Goes over to the branch of an entry; the place that is read stays in view. */
  async function switchTo(entry) {
    if (running(state.id)) {
      toast(t("chat.stopFirst"), "bad");
      return;
    }
    const { id } = state;
    const changed = await attempt(() => patch(at("conversations", id), { leaf: entry }));
    if (!changed || id !== state.id) return;
    const back = document.activeElement?.classList.contains("branch-back");
    const top = box.scrollTop;
    await load(id, false);
    box.scrollTop = top;
    const place = state.turns.findIndex((turn) => turn.user?.id === entry || turn.answers[0]?.id === entry);
    const role = state.turns[place]?.user?.id === entry ? "turn-user" : "turn-answer";
    const buttons = log.querySelectorAll(`[data-turn="${place}"].${role} .branches button:not(:disabled)`);
    buttons[back ? 0 : buttons.length - 1]?.focus({ preventScroll: true });
  }

  function draw() {
    const live = running(state.id);
    if (live) live.handlers = handlers;
    const kept = live ? state.turns.slice(0, live.place) : state.turns;
    fill(log, kept.map((turn, place) => numbered(turnNodes(turn, actions, mayWait(place, kept.length)), place)), live?.nodes);
    const empty = !log.childElementCount;
    if (empty) fill(log, welcome(send, useTool, session));
    showHead();
    if (empty) scroll.toStart();
    else scroll.toEnd();
  }

  function numbered(nodes, place) {
    for (const node of nodes) node.dataset.turn = place;
    return nodes;
  }

  async function useTool(text) {
    settings.set("tools", [...new Set([...settings.values.tools, CALCULATOR])]);
    await send({ text, images: [] });
  }

  /** Loads the conversation; with `quietly`, the nodes on the page stay as they are. */
  async function load(id, quietly = false) {
    const { conversation, entries, branch, cost: sum } = await get(at("conversations", id));
    if (id !== state.id) return;
    const onIt = new Set(branch);
    Object.assign(state, { conversation, cost: sum, entries, siblings: siblingsOf(entries, conversation.leaf) });
    state.turns = turnsOf(entries.filter((entry) => onIt.has(entry.id)));
    if (quietly) showHead();
    else draw();
  }

  let opening = Promise.resolve();

  function open(id) {
    opening = show(id);
  }

  async function show(id) {
    Object.assign(state, { id, conversation: null, cost: null, entries: [], turns: [], siblings: () => [], refused: null });
    closeSides();
    input.open(id);
    if (!id) {
      settings.open(null);
      draw();
      input.focus();
      return;
    }
    fill(log, skeleton(5));
    showHead();
    try {
      await load(id);
      if (id !== state.id) return;
      settings.open(state.conversation, state.entries);
      markIn(log, list.query());
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
    const turn = state.turns[each.place];
    const answers = (turn?.answers ?? []).filter(({ id }) => !each.known.has(id));
    const whole = !each.outcome.stopped || answers.some(({ status }) => status !== "complete");
    if (answers.length && whole && shown) {
      each.answer.kept(answers, each.outcome.response);
      showBranches(turn, each.switches, actions);
      numbered(each.nodes, each.place);
    }
    if (!answers.length && each.outcome.error) giveBack(each);
    if (answers.length && each.outcome.response && !each.place) nameUnlessNamed(each.id);
    if (!whole && tries < 4) setTimeout(settled, 300, each, tries + 1);
  }

  /** What the server did not take goes back into the box, with its files; sent again, it takes the place of this. */
  function giveBack(each) {
    state.refused = each;
    const draft = draftOf(each.id);
    if (!each.message.attached || !draft.isEmpty()) return;
    draft.giveBack(each.message);
    input.draw();
  }

  async function nameUnlessNamed(id) {
    const { on, model } = recall("titles", {});
    if (on && (await attempt(() => post(`${at("conversations", id)}/title`, { model: model ?? "" })))) await list.load();
    if (on && id === state.id) await load(id, true);
  }

  /** Sends a message: at the end, or from an entry on (`from`: `place`, `after`, `again`). */
  async function begin(message, from = {}) {
    const { id } = state;
    await settings.flush();
    if (id !== state.id || running(id)) return;
    for (const node of state.refused?.nodes ?? []) node.remove();
    state.refused = null;
    const live = startRun({ id, place: state.turns.length, message, settings: settings.values, known: state.entries.map((each) => each.id), ...from });
    live.from = from;
    live.handlers = handlers;
    if (from.place !== undefined) {
      draw();
      input.focus(); // what had the focus is gone
    } else {
      if (!log.querySelector(".turn")) fill(log);
      log.append(...live.nodes);
      showHead();
      scroll.toEnd();
    }
    list.draw();
  }

  /** Sends what was written; says whether it is under way. */
  async function send(message) {
    const { id } = state;
    await opening; // before, neither its model nor its place is known
    if (id !== state.id || (id && !state.conversation) || running(id)) return false;
    if (!id) {
      const made = await attempt(() => post("/api/v1/conversations", { title: (message.text || message.files?.[0]?.name || t("chat.image")).slice(0, 60), ...settings.fields() }));
      if (!made) return false;
      if (state.id) return false; // another conversation was opened meanwhile
      Object.assign(state, { id: made.id, conversation: made, turns: [] });
      settings.begun(made.id);
      input.open(made.id);
      history.replaceState(null, "", `#/chat/${encodeURIComponent(made.id)}`);
      list.load();
    }
    await begin(message);
    return true;
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
