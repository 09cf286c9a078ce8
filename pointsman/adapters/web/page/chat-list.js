// The list of conversations: search, new, rename, fork, export, import, delete.

import { at, download, get, patch, post, remove } from "./api.js";
import { askText, confirmed, openMenu } from "./dialogs.js";
import { debounce, fill, h, icon } from "./dom.js";
import { ago } from "./format.js";
import { attempt, button, emptyState, errorCard, iconButton, skeleton } from "./ui.js";
import { go } from "./views.js";

const PAGE = 40;

/** Exports a conversation as a file. */
const save = (each, format, ending) =>
  attempt(() => download(`${at("conversations", each.id)}/export`, { format }, `${each.title || "conversation"}.${ending}`), "Exported.");

/** Forks a conversation at an entry (`null`: whole), and opens the fork. */
export async function fork(id, entry = null) {
  const made = await attempt(() => post(`${at("conversations", id)}/fork`, { at: entry }));
  if (made) go("chat", made.id);
  return made;
}

async function importFile() {
  const input = h("input", { type: "file", accept: "application/json,.json" });
  input.addEventListener("change", async () => {
    const made = await attempt(async () => post("/api/v1/conversations/import", JSON.parse(await input.files[0].text())), "Imported.");
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
  const search = h("input", { type: "search", class: "input", placeholder: "Search conversations", "aria-label": "Search conversations", autocomplete: "off" });
  const more = button("Show more", { kind: "quiet", onclick: () => load(true) });

  const rename = async (each) => {
    const title = await askText({ title: "Rename the conversation", label: "Title", value: each.title });
    if (title && (await attempt(() => patch(at("conversations", each.id), { title })))) {
      await load();
      changed(each.id, title);
    }
  };

  const drop = async (each) => {
    const sure = await confirmed({ title: "Delete this conversation?", text: `“${each.title || "Untitled"}” and its answers will be gone for good.`, action: "Delete" });
    if (!sure || (await attempt(() => remove(at("conversations", each.id)), "Deleted.")) === undefined) return;
    if (each.id === selected) go("chat");
    load();
  };

  const actions = (each) => [
    { label: "Rename", glyph: "pencil", run: () => rename(each) },
    { label: "Fork", glyph: "fork", run: () => fork(each.id) },
    { label: "Export as Markdown", glyph: "download", run: () => save(each, "markdown", "md") },
    { label: "Export as JSON", glyph: "download", run: () => save(each, "json", "json") },
    { label: "Delete", glyph: "trash", danger: true, run: () => drop(each) },
  ];

  function row(each) {
    const menu = iconButton("more", `More about ${each.title || "this conversation"}`, () => openMenu(menu, "Conversation", actions(each)), { "aria-haspopup": "menu", "aria-expanded": "false", class: "row-menu" });
    const state = running(each.id) ? h("span", { class: "pulse", role: "img", "aria-label": "an answer is coming" }) : each.forked_from ? icon("fork") : null;
    return h(
      "li",
      { class: each.id === selected ? "row current" : "row" },
      h("a", { href: `#/chat/${encodeURIComponent(each.id)}`, "aria-current": each.id === selected ? "page" : null }, h("span", { class: "row-title" }, state, h("span", {}, each.title || "Untitled")), h("small", {}, ago(each.updated))),
      menu,
    );
  }

  function draw() {
    if (!rows.length) {
      const words = query ? ["search", "Nothing found", "Try other words."] : ["chat", "No conversations yet", "Write a message to begin one."];
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
    h("h2", {}, "Conversations"),
    iconButton("upload", "Import a conversation", importFile),
    iconButton("plus", "New chat (n)", () => go("chat")),
  );
  return {
    node: h("section", { class: "chat-list panel", "aria-label": "Conversations" }, head, h("div", { class: "list-search" }, icon("search"), search), box),
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
