// The list of conversations: groups by date, search, pin, folder, archive, title, fork, export, import, delete.

import { at, download, get, patch, post, remove } from "./api.js";
import { askText, confirmed, openMenu } from "./dialogs.js";
import { debounce, fill, h, icon } from "./dom.js";
import { draftOf } from "./drafts.js";
import { ago } from "./format.js";
import { importer } from "./imports.js";
import { recall } from "./preferences.js";
import { t } from "./texts.js";
import { attempt, button, emptyState, errorCard, iconButton, skeleton } from "./ui.js";
import { go } from "./views.js";

const PAGE = 40;
const MOST_PINNED = 200;

/** Exports a conversation as a file. */
const save = (each, format, ending) =>
  attempt(() => download(`${at("conversations", each.id)}/export`, { format }, `${each.title || "conversation"}.${ending}`), t("chatList.exported"));

/** Forks a conversation at an entry (`null`: whole), and opens the fork. */
export async function fork(id, entry = null) {
  const made = await attempt(() => post(`${at("conversations", id)}/fork`, { at: entry }));
  if (made) go("chat", made.id);
  return made;
}

const month = new Intl.DateTimeFormat(t("locale.dates"), { month: "long", year: "numeric" });

/** Under which heading a moment stands: today, yesterday, the seven days before, or its month. */
export function dayGroup(seconds, now = new Date()) {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const since = (days) => new Date(midnight.getFullYear(), midnight.getMonth(), midnight.getDate() - days) / 1000;
  if (seconds >= since(0)) return t("chatList.today");
  if (seconds >= since(1)) return t("chatList.yesterday");
  if (seconds >= since(7)) return t("chatList.previous7Days");
  return month.format(new Date(seconds * 1000));
}

/** The words of a search as a pattern, or null. */
export function searchPattern(query) {
  const words = query.split(/\s+/u).filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&"));
  return words.length ? new RegExp(`(${words.join("|")})`, "giu") : null;
}

/** A text with what was searched marked. */
function marked(text, query) {
  const pattern = searchPattern(query);
  return pattern ? text.split(pattern).map((piece, index) => (index % 2 ? h("mark", {}, piece) : piece)) : text;
}

/** Marks what was searched in a node, without changing it, and brings the first into view. */
export function markIn(node, query) {
  const pattern = searchPattern(query);
  globalThis.CSS?.highlights?.delete("searched");
  if (!pattern || !globalThis.Highlight) return;
  const ranges = [];
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() && ranges.length < 1000) {
    for (const found of walker.currentNode.data.matchAll(pattern)) {
      const range = new Range();
      range.setStart(walker.currentNode, found.index);
      range.setEnd(walker.currentNode, found.index + found[0].length);
      ranges.push(range);
    }
  }
  CSS.highlights.set("searched", new Highlight(...ranges));
  ranges[0]?.startContainer.parentElement.scrollIntoView({ block: "center" });
}

/** The list. `running(id)` tells whether an answer is coming there; `changed(id, fields)` is called after a change. */
export function conversationList({ running, changed }) {
  let selected = null;
  let query = "";
  let cursor = null;
  let complete = true; // whether a search looked at all there is
  let pinned = [];
  let rows = [];
  let turn = 0;
  let loading = false;
  let shown = ""; // "", "archive" or "folder:NAME"
  let folders = [];

  const box = h("div", { class: "list-rows" });
  const search = h("input", { type: "search", class: "input", placeholder: t("chatList.searchConversations"), "aria-label": t("chatList.searchConversations"), autocomplete: "off" });
  const which = h("select", { class: "list-which", "aria-label": t("chatList.show"), onchange: () => { shown = which.value; load(); } });
  const more = button(t("chatList.showMore"), { kind: "quiet", onclick: () => load(true) });
  const atEnd = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && load(true), { root: box, rootMargin: "300px" });

  async function change(each, fields) {
    const made = await attempt(() => patch(at("conversations", each.id), fields));
    if (!made) return;
    changed(each.id, made);
    await load();
  }

  const rename = async (each) => {
    const title = await askText({ title: t("chatList.renameTheConversation"), label: t("chatList.title"), value: each.title });
    if (title) await change(each, { title });
  };

  const move = async (each) => {
    const folder = await askText({ title: t("chatList.moveToAFolder"), label: t("chatList.folder"), value: each.folder, action: t("chatList.move") });
    if (folder) await change(each, { folder });
  };

  const title = async (each) => {
    const { model = "" } = recall("titles", {});
    const made = await attempt(() => post(`${at("conversations", each.id)}/title`, { model }), t("chatList.titled"));
    if (!made) return;
    changed(each.id, made);
    await load();
  };

  const drop = async (each) => {
    const sure = await confirmed({ title: t("chatList.deleteThisConversation"), text: t("chatList.goneForGood", { title: each.title || t("common.untitled") }), action: t("common.delete") });
    if (!sure || (await attempt(() => remove(at("conversations", each.id)), t("common.deleted"))) === undefined) return;
    draftOf(each.id).clear();
    if (each.id === selected) go("chat");
    load();
  };

  const actions = (each) => [
    { label: each.pinned ? t("chatList.unpin") : t("chatList.pin"), glyph: "star", run: () => change(each, { pinned: !each.pinned }) },
    { label: t("chatList.rename"), glyph: "pencil", run: () => rename(each) },
    { label: t("chatList.writeATitle"), glyph: "spark", run: () => title(each) },
    { label: t("chatList.moveToAFolder"), glyph: "layers", run: () => move(each) },
    ...(each.folder ? [{ label: t("chatList.takeOut", { folder: each.folder }), glyph: "close", run: () => change(each, { folder: "" }) }] : []),
    { label: each.archived ? t("chatList.unarchive") : t("chatList.archive"), glyph: "history", run: () => change(each, { archived: !each.archived }) },
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
      h("a", { href: `#/chat/${encodeURIComponent(each.id)}`, "aria-current": each.id === selected ? "page" : null }, h("span", { class: "row-title" }, state, h("span", { dir: "auto" }, each.title ? marked(each.title, query) : t("common.untitled"))), h("small", {}, ago(each.updated), each.folder && !shown ? ` · ${each.folder}` : "")),
      menu,
    );
  }

  const section = (heading, some) => h("section", { class: "row-group" }, h("h3", {}, heading), h("ul", { class: "rows" }, some.map(row)));

  function groups() {
    const found = new Map();
    for (const each of rows) {
      const heading = dayGroup(each.updated);
      found.set(heading, [...(found.get(heading) ?? []), each]);
    }
    return [...found].map(([heading, some]) => section(heading, some));
  }

  function drawWhich() {
    const options = [["", t("chatList.all")], ...folders.map((folder) => [`folder:${folder}`, t("chatList.inFolder", { folder })]), ["archive", t("chatList.archived")]];
    fill(which, options.map(([value, words]) => h("option", { value, selected: value === shown }, words)));
  }

  const missing = () => (complete ? null : h("p", { class: "hint", role: "note" }, t("chatList.newestOnly")));

  function draw() {
    drawWhich();
    atEnd.disconnect();
    if (!rows.length && !pinned.length && !cursor) {
      const words = query ? ["search", t("chatList.nothingFound"), t("chatList.tryOtherWords")] : shown ? ["layers", t("chatList.noneHere"), t("chatList.noneHereHint")] : ["chat", t("chatList.empty"), t("chatList.emptyHint")];
      fill(box, emptyState(...words));
      return;
    }
    fill(box, pinned.length ? section(t("chatList.pinned"), pinned) : null, groups(), missing(), cursor && more);
    if (cursor) atEnd.observe(more);
  }

  const asked = () => ({
    search: query,
    archived: shown === "archive",
    folder: shown.startsWith("folder:") ? shown.slice(7) : null,
  });

  /** The folders that there are, also of conversations that are not on the page. */
  async function loadFolders() {
    const known = await get("/api/v1/conversations/folders").catch(() => null);
    if (!known || String(known.folders) === String(folders)) return;
    folders = known.folders;
    if (shown.startsWith("folder:") && !folders.includes(shown.slice(7))) {
      shown = "";
      load();
    }
    drawWhich();
  }

  async function load(further = false) {
    if (further && (loading || !cursor)) return;
    turn += 1;
    const mine = turn;
    loading = true;
    if (!further) loadFolders();
    try {
      const page = (fields) => get("/api/v1/conversations", { ...asked(), ...fields });
      const [first, rest] = await Promise.all([
        further ? { conversations: pinned } : page({ pinned: true, limit: MOST_PINNED }),
        page({ pinned: false, limit: PAGE, cursor: further ? cursor : null }),
      ]);
      if (mine !== turn) return;
      pinned = first.conversations;
      rows = further ? [...rows, ...rest.conversations] : rest.conversations;
      cursor = rest.cursor;
      complete = first.complete !== false && rest.complete !== false;
      draw();
    } catch (error) {
      if (mine === turn) fill(box, errorCard(error, () => load()));
    } finally {
      if (mine === turn) loading = false;
    }
  }

  search.addEventListener("input", debounce(() => {
    query = search.value.trim();
    load();
  }, 180));

  const imports = importer(async (first) => {
    await load();
    if (first) go("chat", first);
  });

  fill(box, skeleton(6));
  drawWhich();
  const head = h(
    "div",
    { class: "list-head" },
    h("h2", {}, t("common.conversations")),
    imports.button,
    iconButton("plus", t("common.newChatWithKey"), () => go("chat")),
  );
  return {
    node: h("section", { class: "chat-list panel", "aria-label": t("common.conversations") }, head, h("div", { class: "list-search" }, icon("search"), search), h("div", { class: "list-filter" }, which), imports.box, box),
    load,
    draw,
    actions,
    query: () => query,
    select: (id) => {
      selected = id;
      draw();
    },
  };
}
