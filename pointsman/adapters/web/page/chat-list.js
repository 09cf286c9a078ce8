// The list of conversations: search, new, rename, fork, export, import, delete.

import { at, download, get, patch, post, remove } from "./api.js";
import { askText, confirmed, openMenu } from "./dialogs.js";
import { debounce, fill, h, icon } from "./dom.js";
import { ago } from "./format.js";
import { t } from "./texts.js";
import { attempt, button, emptyState, errorCard, iconButton, skeleton } from "./ui.js";
import { go } from "./views.js";

const PAGE = 40;

/** Exports a conversation as a file. */
const save = (each, format, ending) =>
  attempt(() => download(`${at("conversations", each.id)}/export`, { format }, `${each.title || "conversation"}.${ending}`), t("chatList.exported"));

/** Forks a conversation at an entry (`null`: whole), and opens the fork. */
export async function fork(id, entry = null) {
  const made = await attempt(() => post(`${at("conversations", id)}/fork`, { at: entry }));
  if (made) go("chat", made.id);
  return made;
}

async function importFile() {
  const input = h("input", { type: "file", accept: "application/json,.json" });
  input.addEventListener("change", async () => {
    const made = await attempt(async () => post("/api/v1/conversations/import", JSON.parse(await input.files[0].text())), t("chatList.imported"));
    if (made) go("chat", made.id);
  });
  input.click();
}

/** The list. `running(id)` tells whether an answer is coming there; `changed()` is called after a rename. */
export function conversationList({ running, changed }) {
  let selected = null;
  let query = "";
  let cursor = null;
  let rows = [];
  let turn = 0;

  const box = h("div", { class: "list-rows" });
  const search = h("input", { type: "search", class: "input", placeholder: t("chatList.searchConversations"), "aria-label": t("chatList.searchConversations"), autocomplete: "off" });
  const more = button(t("chatList.showMore"), { kind: "quiet", onclick: () => load(true) });

  const rename = async (each) => {
    const title = await askText({ title: t("chatList.renameTheConversation"), label: t("chatList.title"), value: each.title });
    if (title && (await attempt(() => patch(at("conversations", each.id), { title })))) {
      await load();
      changed(each.id, title);
    }
  };

  const drop = async (each) => {
    const sure = await confirmed({ title: t("chatList.deleteThisConversation"), text: t("chatList.goneForGood", { title: each.title || t("common.untitled") }), action: t("common.delete") });
    if (!sure || (await attempt(() => remove(at("conversations", each.id)), t("common.deleted"))) === undefined) return;
    if (each.id === selected) go("chat");
    load();
  };

  const actions = (each) => [
    { label: t("chatList.rename"), glyph: "pencil", run: () => rename(each) },
    { label: t("chatList.fork"), glyph: "fork", run: () => fork(each.id) },
    { label: t("chatList.exportAsMarkdown"), glyph: "download", run: () => save(each, "markdown", "md") },
    { label: t("chatList.exportAsJson"), glyph: "download", run: () => save(each, "json", "json") },
    { label: t("common.delete"), glyph: "trash", danger: true, run: () => drop(each) },
  ];

  function row(each) {
    const menu = iconButton("more", t("chatList.moreAbout", { title: each.title || t("chatList.thisConversation") }), () => openMenu(menu, t("common.conversation"), actions(each)), { "aria-haspopup": "menu", "aria-expanded": "false", class: "row-menu" });
    const state = running(each.id) ? h("span", { class: "pulse", role: "img", "aria-label": t("chatList.anAnswerIsComing") }) : each.forked_from ? icon("fork") : null;
    return h(
      "li",
      { class: `row ${each.id === selected ? "current" : ""}` },
      h("a", { href: `#/chat/${encodeURIComponent(each.id)}`, "aria-current": each.id === selected ? "page" : null }, h("span", { class: "row-title" }, state, h("span", {}, each.title || t("common.untitled"))), h("small", {}, ago(each.updated))),
      menu,
    );
  }

  function draw() {
    if (!rows.length) {
      const words = query ? ["search", t("chatList.nothingFound"), t("chatList.tryOtherWords")] : ["chat", t("chatList.empty"), t("chatList.emptyHint")];
      fill(box, emptyState(...words));
    } else fill(box, h("ul", { class: "rows" }, rows.map(row)), cursor && more);
  }

  async function load(further = false) {
    turn += 1;
    const mine = turn;
    try {
      const answer = await get("/api/v1/conversations", { search: query, limit: PAGE, cursor: further ? cursor : null });
      if (mine !== turn) return;
      rows = further ? [...rows, ...answer.conversations] : answer.conversations;
      cursor = answer.cursor;
      draw();
    } catch (error) {
      if (mine === turn) fill(box, errorCard(error, () => load()));
    }
  }

  search.addEventListener("input", debounce(() => {
    query = search.value.trim();
    load();
  }, 180));

  fill(box, skeleton(6));
  const head = h(
    "div",
    { class: "list-head" },
    h("h2", {}, t("common.conversations")),
    iconButton("upload", t("chatList.importAConversation"), importFile),
    iconButton("plus", t("common.newChatWithKey"), () => go("chat")),
  );
  return {
    node: h("section", { class: "chat-list panel", "aria-label": t("common.conversations") }, head, h("div", { class: "list-search" }, icon("search"), search), box),
    load,
    draw,
    rename,
    actions,
    select: (id) => {
      selected = id;
      draw();
    },
  };
}
