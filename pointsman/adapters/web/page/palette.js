// The command palette (Ctrl or ⌘ and K): views, commands and conversations.

import { get } from "./api.js";
import { ago } from "./format.js";
import { openPicker } from "./picker.js";
import { theme, THEMES, useTheme } from "./preferences.js";
import { showShortcuts } from "./shortcuts.js";
import { t } from "./texts.js";
import { go, openViews } from "./views.js";

const conversation = (each) => ({
  id: each.id,
  label: each.title || t("common.untitled"),
  detail: ago(each.updated),
  glyph: "chat",
  group: t("common.conversations"),
  run: () => go("chat", each.id),
});

async function search(query) {
  if (query.length < 2) return [];
  const { conversations } = await get("/api/v1/conversations", { search: query, limit: 8 });
  return conversations.map(conversation);
}

function commands() {
  return [
    { label: t("common.newChat"), glyph: "plus", group: t("palette.commands"), side: "n", run: () => go("chat") },
    ...openViews().map((view) => ({ label: view.title, glyph: view.glyph, group: t("common.views"), side: `g ${view.key}`, words: t("palette.goOpenView"), run: () => go(view.name) })),
    { label: t("palette.changeTheTheme"), glyph: THEMES[theme()].glyph, group: t("palette.commands"), words: t("palette.darkLight"), run: () => useTheme(THEMES[theme()].next) },
    { label: t("common.keyboardShortcuts"), glyph: "help", group: t("palette.commands"), side: "?", run: showShortcuts },
  ];
}

/** Opens the palette and runs what is chosen. */
export async function openPalette() {
  const recent = await get("/api/v1/conversations", { limit: 5 }).then(({ conversations }) => conversations.map(conversation), () => []);
  const chosen = await openPicker({ title: t("common.searchAndCommands"), placeholder: t("palette.hint"), items: [...commands(), ...recent], search });
  chosen?.run();
}
