// A searchable list in a dialog: the command palette and the choice of a model.

import { openDialog } from "./dialogs.js";
import { fill, h, icon, uid } from "./dom.js";
import { t } from "./texts.js";

const LIMIT = 200;

/** Whether every word of the query stands in the text. */
export function matches(text, query) {
  const low = text.toLowerCase();
  return query.toLowerCase().split(/\s+/).every((word) => low.includes(word));
}

function option(item, id, chosen) {
  return h(
    "div",
    { class: "option", role: "option", id, "aria-selected": "false" },
    item.glyph && icon(item.glyph),
    h("span", { class: "option-words" }, h("span", {}, item.label), item.detail && h("small", {}, item.detail)),
    item.side && h("span", { class: "option-side" }, item.side),
    chosen && icon("check", t("picker.chosen")),
  );
}

function grouped(items) {
  const groups = new Map();
  for (const item of items) groups.set(item.group ?? "", [...(groups.get(item.group ?? "") ?? []), item]);
  return groups;
}

/**
 * Opens the list; resolves with the chosen item, or undefined.
 * Items are `{label, detail, side, glyph, group, words, value}`; `search(query)` may give more items later.
 */
export function openPicker({ title, placeholder, items, chosen, search, free }) {
  return openDialog({
    title,
    hideTitle: true,
    className: "dialog-picker",
    build: (close) => {
      const listId = uid("options");
      const input = h("input", {
        class: "picker-input", type: "text", placeholder, role: "combobox", "aria-label": title, "aria-expanded": "true",
        "aria-controls": listId, "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", autofocus: true,
      });
      const list = h("div", { class: "options", role: "listbox", id: listId, "aria-label": title });
      let shown = [];
      let active = 0;
      let found = [];

      function mark(index) {
        active = Math.max(0, Math.min(index, shown.length - 1));
        shown.forEach(({ node }, each) => node.setAttribute("aria-selected", String(each === active)));
        if (!shown[active]) return input.removeAttribute("aria-activedescendant");
        input.setAttribute("aria-activedescendant", shown[active].node.id);
        return shown[active].node.scrollIntoView({ block: "nearest" });
      }

      function add(item) {
        const node = option(item, uid("option"), item.value !== undefined && item.value === chosen);
        const index = shown.length;
        node.addEventListener("click", () => close(item));
        node.addEventListener("pointermove", () => active !== index && mark(index));
        shown.push({ item, node });
        return node;
      }

      function draw() {
        const query = input.value.trim();
        const known = new Set(found.map((item) => item.id));
        const own = items.filter((item) => item.id === undefined || !known.has(item.id));
        const fitting = [...own, ...found].filter((item) => !query || found.includes(item) || matches(`${item.label} ${item.detail ?? ""} ${item.group ?? ""} ${item.words ?? ""}`, query));
        if (free && query && !fitting.some((item) => item.value === query)) fitting.push({ ...free(query), value: query });
        shown = [];
        const parts = [...grouped(fitting.slice(0, LIMIT))].map(([group, members]) =>
          h("div", { role: "group", "aria-label": group || title }, group && h("div", { class: "option-group", "aria-hidden": "true" }, group), members.map(add)),
        );
        fill(list, parts.length ? parts : h("p", { class: "quiet picker-none", role: "status" }, t("picker.nothingFound")));
        const here = shown.findIndex(({ item }) => !query && item.value !== undefined && item.value === chosen);
        mark(Math.max(0, here));
      }

      let turn = 0;
      input.addEventListener("input", async () => {
        found = [];
        draw();
        turn += 1;
        const mine = turn;
        const more = await search?.(input.value.trim()).catch(() => []);
        if (mine !== turn || !more) return;
        found = more;
        draw();
      });
      input.addEventListener("keydown", (event) => {
        const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
        if (event.key in steps) {
          event.preventDefault();
          mark(active + steps[event.key]);
        } else if (event.key === "Enter" && !event.isComposing && shown[active]) {
          event.preventDefault();
          close(shown[active].item);
        }
      });
      queueMicrotask(draw);
      return [h("div", { class: "picker-head" }, icon("search"), input), list];
    },
  });
}
