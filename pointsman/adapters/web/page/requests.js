// The log of requests: found by what they are, page by page; one of them is looked at in `request-detail.js`.

import { can } from "./access.js";
import { download, get } from "./api.js";
import { openMenu } from "./dialogs.js";
import { debounce, fill, h } from "./dom.js";
import { segmented, selectField, textField } from "./fields.js";
import { clock, compact, day, milliseconds, money } from "./format.js";
import { OUTCOMES, outcomeTone, outcomeWords } from "./outcomes.js";
import { keep, recall } from "./preferences.js";
import { showRequest } from "./request-detail.js";
import { t } from "./texts.js";
import { attempt, badge, button, emptyState, errorCard, heading, iconButton, skeleton } from "./ui.js";
import { go } from "./views.js";

const RANGES = [["3600", t("requests.hour")], ["86400", t("requests.day")], ["604800", t("requests.week")], ["", t("requests.always")]];
const PATH = "/api/v1/requests";

const bare = ({ provider, model }) => (provider && model.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model);

function row(each) {
  const { input, output, estimated } = each.usage;
  const name = bare(each) || t("requests.noModel");
  const link = h("a", { href: `#/requests/${encodeURIComponent(each.id)}`, class: "cell-words row-link" }, h("span", { class: "sr-only" }, t("requests.openOf", { time: clock(each.time) })), name, h("small", {}, each.provider || t("common.none")));
  const badges = [badge(outcomeWords(each.outcome), outcomeTone(each.outcome)), each.cache && badge(t("common.fromTheCache"), "accent"), each.attempts > 1 && badge(t("requests.tries", { count: each.attempts }), "warn")];
  return h(
    "tr",
    { dataset: { id: each.id } },
    h("td", { class: "nowrap", dataset: { label: t("common.time") } }, h("span", { class: "cell-words" }, clock(each.time), h("small", {}, day(each.time)))),
    h("th", { scope: "row" }, link),
    h("td", { dataset: { label: t("common.outcome") } }, h("span", { class: "badges" }, badges.filter(Boolean))),
    h("td", { dataset: { label: t("requests.who") } }, h("span", { class: "cell-words" }, each.key ?? (each.user || t("requests.noKey")), each.tags.length ? h("small", {}, each.tags.join(", ")) : null)),
    h("td", { class: "num", dataset: { label: t("requests.tokensInOut") } }, `${compact(input)} / ${compact(output)}${estimated ? " ≈" : ""}`),
    h("td", { class: "num", dataset: { label: t("common.cost") } }, money(each.cost)),
    h("td", { class: "num", dataset: { label: t("requests.took") } }, milliseconds(each.latency_ms)),
  );
}

function table(rows) {
  const names = [[t("common.time")], [t("common.model")], [t("common.outcome")], [t("requests.who")], [t("requests.tokensInOut"), "num"], [t("common.cost"), "num"], [t("requests.took"), "num"]];
  const head = h("tr", {}, names.map(([name, kind]) => h("th", { scope: "col", class: kind ?? "" }, name)));
  return h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": t("requests.requests") }, h("table", { class: "table request-table" }, h("thead", {}, head), rows));
}

/** The filters as fields; `read()` gives what the API is asked. */
function filters(changed) {
  const kept = recall("requests", {});
  const later = debounce(changed, 250);
  const text = (name, label) => textField({ label, name, value: kept[name] ?? "", type: "search", oninput: later });
  const outcomes = [["", t("requests.anyOutcome")], ["failed", t("requests.anyFailure")], ...OUTCOMES];
  const fields = {
    provider: text("provider", t("common.provider")),
    model: text("model", t("common.model")),
    outcome: selectField({ label: t("common.outcome"), name: "outcome", options: outcomes, value: kept.outcome ?? "", onchange: changed }),
    key: text("key", t("requests.key")),
    tag: text("tag", t("requests.tag")),
  };
  const range = segmented({ label: t("requests.time"), options: RANGES, value: kept.range ?? "86400", onchange: changed });
  const node = h("form", { class: "panel section request-filters", role: "search", "aria-label": t("requests.filter"), onsubmit: (event) => event.preventDefault() }, Object.values(fields).map(({ node: field }) => field), h("div", { class: "field" }, h("span", { class: "label" }, t("requests.time")), range.node));
  const read = () => {
    const given = Object.fromEntries(Object.entries(fields).map(([name, { input }]) => [name, input.value.trim()]));
    const span = range.read();
    keep("requests", { ...given, range: span });
    return { ...given, since: span ? Math.floor(Date.now() / 1000) - Number(span) : null };
  };
  const isSet = () => Object.values(fields).some(({ input }) => input.value.trim());
  const clear = () => {
    for (const { input } of Object.values(fields)) input.value = "";
    changed();
  };
  return { node, read, isSet, clear };
}

function listing(root) {
  let controller = new AbortController();
  const box = h("div", { class: "panel section" }, skeleton(8));
  const status = h("p", { class: "sr-only", role: "status" });
  const wanted = filters(() => load());

  async function load() {
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    try {
      const page = await get(PATH, wanted.read(), signal);
      status.textContent = t("requests.shown", { count: page.requests.length });
      if (!page.requests.length) fill(box, nothing());
      else show(page, signal);
    } catch (error) {
      if (error.name !== "AbortError") fill(box, errorCard(error, load));
    }
  }

  function nothing() {
    if (wanted.isSet()) return emptyState("search", t("requests.noneFits"), t("requests.noneFitsHint"), button(t("requests.clearFilter"), { onclick: wanted.clear }));
    return emptyState("list", t("requests.empty"), t("requests.emptyHint"));
  }

  function show(first, signal) {
    const body = h("tbody", {}, first.requests.map(row));
    let { cursor } = first;
    const more = button(t("requests.more"), {
      onclick: () => attempt(async () => {
        const page = await get(PATH, { ...wanted.read(), cursor }, signal);
        body.append(...page.requests.map(row));
        cursor = page.cursor;
        more.hidden = !cursor;
      }),
    });
    more.hidden = !cursor;
    fill(box, table(body), h("div", { class: "more-row" }, more));
  }

  const save = (format) => attempt(() => download(`${PATH}/export`, { ...wanted.read(), format }, `requests.${format}`), t("requests.exported"));
  const exports = button(t("requests.export"), { glyph: "download", onclick: () => openMenu(exports, t("requests.export"), [{ label: t("requests.asCsv"), glyph: "table", run: () => save("csv") }, { label: t("requests.asJsonLines"), glyph: "list", run: () => save("jsonl") }]), "aria-haspopup": "menu", "aria-expanded": "false" });
  const about = can("observe") ? t("requests.about") : t("requests.aboutOwn");
  fill(root, heading(t("requests.requests"), about, exports, iconButton("refresh", t("common.loadAgain"), load)), wanted.node, status, box);
  load();
  return () => controller.abort();
}

/** Shows the log, or the request that the address names. */
export async function mount(root, { args }) {
  let leave = () => {};
  const update = ([id]) => {
    leave();
    leave = id ? showRequest(root, id, () => go("requests")) : listing(root);
  };
  update(args);
  return { update, destroy: () => leave() };
}
