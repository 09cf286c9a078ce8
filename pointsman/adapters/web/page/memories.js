// The facts pointsman remembers: search, add, forget.

import { at, get, post, remove } from "./api.js";
import { openDialog } from "./dialogs.js";
import { debounce, fill, h } from "./dom.js";
import { ago } from "./format.js";
import { t } from "./texts.js";
import { attempt, emptyState, errorCard, iconButton } from "./ui.js";

/** Opens the list of memories. */
export function openMemories() {
  return openDialog({
    title: t("memories.memories"),
    build: () => {
      const list = h("div", { class: "memory-list" });
      const search = h("input", { class: "input", type: "search", placeholder: t("memories.searchMemories"), "aria-label": t("memories.searchMemories") });
      const fact = h("input", { class: "input", placeholder: t("memories.newMemoryHint"), "aria-label": t("memories.newMemory"), maxlength: 2000 });

      const row = (each) =>
        h(
          "li",
          {},
          h("div", {}, each.text, h("small", { class: "quiet" }, `${ago(each.time)} · ${each.scope}`)),
          iconButton("trash", t("memories.forget", { text: each.text }), async () => {
            if ((await attempt(() => remove(at("memory", each.id)))) !== undefined) load();
          }),
        );

      async function load() {
        try {
          const { memories } = await get("/api/v1/memory", { search: search.value.trim() });
          fill(list, memories.length ? h("ul", {}, memories.map(row)) : emptyState("memory", t("memories.empty"), t("memories.emptyHint")));
        } catch (error) {
          fill(list, errorCard(error, load));
        }
      }

      const add = async (event) => {
        event.preventDefault();
        if (!fact.value.trim()) return;
        if ((await attempt(() => post("/api/v1/memory", { text: fact.value.trim() }))) === undefined) return;
        fact.value = "";
        load();
      };
      search.addEventListener("input", debounce(load, 180));
      load();
      return h("div", { class: "stack" }, search, list, h("form", { class: "inline-form", onsubmit: add }, fact, h("button", { type: "submit", class: "btn btn-primary" }, t("memories.remember"))));
    },
  });
}
