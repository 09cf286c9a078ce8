// The command palette (Ctrl or ⌘ and K): views, commands and conversations.

import { get } from "./api.js";
import { ago } from "./format.js";
import { openPicker } from "./picker.js";
import { theme, THEMES, useTheme } from "./preferences.js";
import { showShortcuts } from "./shortcuts.js";
import { go, VIEWS } from "./views.js";

const conversation = (each) => ({
  id: each.id,
  label: each.title || "Untitled",
  detail: ago(each.updated),
  glyph: "chat",
  group: "Conversations",
  run: () => go("chat", each.id),
});

async function search(query) {
  if (query.length < 2) return [];
  const { conversations } = await get("/api/v1/conversations", { search: query, limit: 8 });
  return conversations.map(conversation);
}

function commands() {
  return [
    { label: "New chat", glyph: "plus", group: "Commands", side: "n", run: () => go("chat") },
    ...VIEWS.map((view) => ({ label: view.title, glyph: view.glyph, group: "Views", side: `g ${view.key}`, words: "go open view", run: () => go(view.name) })),
    { label: "Change the theme", glyph: THEMES[theme()].glyph, group: "Commands", words: "dark light", run: () => useTheme(THEMES[theme()].next) },
    { label: "Keyboard shortcuts", glyph: "help", group: "Commands", side: "?", run: showShortcuts },
  ];
}

/** Opens the palette and runs what is chosen. */
export async function openPalette() {
  const recent = await get("/api/v1/conversations", { limit: 5 }).then(({ conversations }) => conversations.map(conversation), () => []);
  const chosen = await openPicker({ title: "Search and commands", placeholder: "Search views, commands and conversations", items: [...commands(), ...recent], search });
  chosen?.run();
}
