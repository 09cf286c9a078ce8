// Who changed what, and when: a timeline, newest first.

import { get } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { clock, day, moment } from "./format.js";
import { parts, t } from "./texts.js";
import { button, emptyState, errorCard, heading, skeleton } from "./ui.js";

const PAGE = 60;
const GLYPHS = { provider: "plug", key: "key", session: "lock", password: "lock", cache: "layers", budget: "wallet", conversation: "chat", experiment: "flask", memory: "memory" };

const glyph = (what) => GLYPHS[what.split(".")[0]] ?? "pencil";
const words = (what) => what.replace(/[._]/g, " ").replace(/^./, (letter) => letter.toUpperCase());

const value = (each) => (each === null || each === undefined || each === "" ? h("em", {}, t("audit.nothing")) : h("code", {}, typeof each === "string" ? each : JSON.stringify(each)));

function change({ field, from, to }) {
  return h("li", {}, h("span", { class: "change-field" }, field.replace(/_/g, " ")), h("span", { class: "change-values" }, value(from), icon("right", t("audit.to")), value(to)));
}

function entry(each) {
  return h(
    "li",
    { class: "timeline-entry" },
    h("span", { class: "timeline-glyph", "aria-hidden": "true" }, icon(glyph(each.what))),
    h(
      "div",
      { class: "timeline-words" },
      h("p", {}, h("strong", {}, words(each.what)), " ", h("span", { class: "target" }, each.target)),
      h("p", { class: "tiny quiet" }, parts("audit.timeAndWho", { time: h("time", { datetime: new Date(each.time * 1000).toISOString(), title: moment(each.time) }, clock(each.time)), who: each.who })),
      each.changes?.length ? h("ul", { class: "changes" }, each.changes.map(change)) : null,
    ),
  );
}

function byDay(entries) {
  const days = new Map();
  for (const each of entries) days.set(day(each.time), [...(days.get(day(each.time)) ?? []), each]);
  return days;
}

/** Shows the audit log. */
export async function mount(root) {
  let entries = [];
  const box = h("div", {}, skeleton(8));
  const more = button(t("audit.showOlder"), { onclick: () => load() });

  function draw(full) {
    if (!entries.length) {
      fill(box, emptyState("history", t("audit.empty"), t("audit.emptyHint")));
      return;
    }
    const days = [...byDay(entries)].map(([title, list]) => h("section", {}, h("h2", { class: "timeline-day" }, title), h("ol", { class: "timeline" }, list.map(entry))));
    fill(box, days, full && more);
  }

  async function load() {
    try {
      const answer = await get("/api/v1/audit", { limit: PAGE, before: entries.at(-1)?.id });
      entries = [...entries, ...answer.entries];
      draw(answer.entries.length === PAGE);
    } catch (error) {
      if (!entries.length) fill(box);
      box.append(errorCard(error, () => load()));
    }
  }

  fill(root, heading(t("common.audit"), t("audit.about")), h("div", { class: "panel section audit-panel" }, box));
  load();
  return {};
}
