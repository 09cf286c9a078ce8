// Who changed what, and when: a timeline, newest first.

import { get } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { clock, day, moment } from "./format.js";
import { presets } from "./store.js";
import { changedWords, parts, providerWords, t } from "./texts.js";
import { button, emptyState, errorCard, heading, skeleton } from "./ui.js";

const PAGE = 60;
const GLYPHS = { provider: "plug", key: "key", session: "lock", password: "lock", cache: "layers", budget: "wallet", conversation: "chat", experiment: "flask", memory: "memory", vote: "star" };

/** What was done, in words; what a newer server does that this page has no words for, as it is called. */
const DEEDS = {
  "provider.create": t("audit.providerCreate"),
  "provider.update": t("audit.providerUpdate"),
  "provider.delete": t("audit.providerDelete"),
  "provider.activate": t("audit.providerActivate"),
  "provider.test": t("audit.providerTest"),
  "provider.list_models": t("audit.providerListModels"),
  "key.create": t("audit.keyCreate"),
  "key.update": t("audit.keyUpdate"),
  "key.delete": t("audit.keyDelete"),
  "password.set": t("audit.passwordSet"),
  "settings.save": t("audit.settingsSave"),
  "settings.forget": t("audit.settingsForget"),
  "settings.undo": t("audit.settingsUndo"),
  "user.invite": t("audit.userInvite"),
  "user.create": t("audit.userCreate"),
  "user.update": t("audit.userUpdate"),
  "user.delete": t("audit.userDelete"),
  "user.override": t("audit.userOverride"),
  "user.password": t("audit.userPassword"),
  "alias.set": t("audit.aliasSet"),
  "alias.delete": t("audit.aliasDelete"),
  "vote.add": t("audit.voteAdd"),
  "erase": t("audit.erase"),
};
const VALUES = { true: t("audit.yes"), false: t("audit.no"), True: t("audit.yes"), False: t("audit.no") };

const glyph = (what) => GLYPHS[what.split(".")[0]] ?? "pencil";
const words = (what) => DEEDS[what] ?? what.replace(/[._]/g, " ").replace(/^./, (letter) => letter.toUpperCase());
const isNothing = (each) => each === null || each === undefined || each === "" || each === "None" || each === "null";

function value(each) {
  const text = typeof each === "string" ? each : JSON.stringify(each);
  return text in VALUES ? h("span", {}, VALUES[text]) : h("code", {}, text);
}

/** One field: set, taken away, or from one value to another. Of nothing nothing is said. */
function change({ field, from, to }, titles) {
  if (isNothing(from) && isNothing(to)) return null;
  const shown = isNothing(to) ? [h("em", {}, t("audit.removed")), h("s", {}, value(from))] : [!isNothing(from) && [value(from), icon("right", t("audit.to"))], value(to)];
  return h("li", {}, h("span", { class: "change-field" }, titles[field] ?? changedWords(field)), h("span", { class: "change-values" }, shown));
}

function entry(each, titles) {
  const changes = (each.changes ?? []).map((one) => change(one, titles)).filter(Boolean);
  return h(
    "li",
    { class: "timeline-entry" },
    h("span", { class: "timeline-glyph", "aria-hidden": "true" }, icon(glyph(each.what))),
    h(
      "div",
      { class: "timeline-words" },
      h("p", {}, h("strong", {}, words(each.what)), " ", h("span", { class: "target" }, each.target)),
      h("p", { class: "tiny quiet" }, parts("audit.timeAndWho", { time: h("time", { datetime: new Date(each.time * 1000).toISOString(), title: moment(each.time) }, clock(each.time)), who: each.who })),
      changes.length ? h("ul", { class: "changes" }, changes) : null,
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
  let titles = {};
  const box = h("div", {}, skeleton(8));
  const more = button(t("audit.showOlder"), { onclick: () => load() });

  function draw(full) {
    if (!entries.length) {
      fill(box, emptyState("history", t("audit.empty"), t("audit.emptyHint")));
      return;
    }
    const days = [...byDay(entries)].map(([title, list]) => h("section", {}, h("h2", { class: "timeline-day" }, title), h("ol", { class: "timeline" }, list.map((each) => entry(each, each.what.startsWith("provider.") ? titles : {})))));
    fill(box, days, full && more);
  }

  async function load() {
    try {
      const [answer, form] = await Promise.all([get("/api/v1/audit", { limit: PAGE, before: entries.at(-1)?.id }), presets()]);
      titles = Object.fromEntries(form.fields.map((field) => [field.name, providerWords(field).label]));
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
