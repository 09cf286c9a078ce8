// What happens right now: the live events, filtered by kind, at most 500 of them.

import { eventNames } from "./api.js";
import { codeBlock } from "./code-block.js";
import { fill, h, icon } from "./dom.js";
import { clock, costWords, count, milliseconds, money, percent } from "./format.js";
import { failureWords, outcomeWords, placeOf } from "./outcomes.js";
import { keep, recall } from "./preferences.js";
import { eventStream } from "./socket.js";
import { t } from "./texts.js";
import { badge, button, dot, emptyState, heading } from "./ui.js";

const MOST = 500;

const STATES = { open: t("common.failing"), half_open: t("common.recovering"), closed: t("events.working") };

const KINDS = {
  response_start: [t("events.begun"), "play", "", (d) => d.task ? t("events.modelForTask", { model: d.model, task: d.task }) : d.model],
  response_complete: [t("common.answered"), "check", "ok", (d) => t("events.answeredIn", { model: placeOf(d), time: milliseconds(d.latency_ms), cost: costWords(d.cost) })],
  fallback: [t("events.fallback"), "fork", "warn", (d) => t("events.fallbackTo", { model: d.model, next: d.next, reason: d.error?.message ?? "" })],
  retry: [t("events.retry"), "refresh", "warn", (d) => t("events.retryAfter", { model: d.model, retry: d.retry, delay: milliseconds(d.delay * 1000), reason: d.error ? outcomeWords(d.error.tag) : "" })],
  cache_hit: [t("common.fromTheCache"), "layers", "accent", (d) => t("events.cacheHit", { model: d.model, age: milliseconds(d.age * 1000), saved: money(d.saved) })],
  budget_warning: [t("common.budget"), "wallet", "warn", (d) => t("events.budgetUsed", { budget: d.budget, share: percent(d.share) })],
  provider_status_change: [t("common.provider"), "plug", "warn", (d) => t("events.modelIs", { model: d.model, state: STATES[d.state] ?? d.state })],
  model_state_change: [t("common.model"), "plug", "", (d) => t("events.modelIs", { model: d.model, state: d.error?.message ?? d.state })],
  conversation_created: [t("common.conversation"), "chat", "", (d) => d.title || d.id],
  degraded: [t("events.degraded"), "warning", "warn", (d) => `${d.part}: ${d.error?.message ?? ""}`],
  evaluation_progress: [t("events.evaluation"), "flask", "", (d) => t("events.evaluationIs", { run: d.run, judged: count(d.judged), total: count(d.total) })],
  healing_outcome: [t("common.healing"), "check", "", (d) => t(d.healed ? "events.healed" : "events.notHealed", { model: d.model, kind: d.kind || t("events.anError") })],
  shared_state_change: [t("events.shared"), "plug", "warn", (d) => d.state === "away" ? t("events.sharedAway") : t("events.sharedAgain", { processes: count(d.processes) })],
  function_calls: [t("common.tools"), "tool", "", (d) => (d.calls ?? []).map((call) => call.name).join(", ")],
  analytics_update: [t("events.record"), "chart", "", (d) => (d.record ? t("events.recordOf", { model: placeOf(d.record), outcome: outcomeWords(d.record.outcome) }) : "")],
  response_chunk: [t("events.chunk"), "more", "", (d) => JSON.stringify(d).slice(0, 120)],
  notices_lost: [t("events.lost"), "warning", "bad", (d) => t("events.eventsLost", { count: count(d.count) })],
};
const QUIET = ["response_chunk", "analytics_update"]; // so many that nobody sees them unasked

/** An event that has no words here yet is shown by its name, with its data. */
const plainly = (name) => [name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " "), "pulse", "", (data) => JSON.stringify(data).slice(0, 120)];
const known = (name) => KINDS[name] ?? plainly(name);

/** The kinds one may choose: those with words, then all others that the server sends. */
const choices = () => [...new Set([...Object.keys(KINDS), ...eventNames()])].filter((name) => name !== "notices_lost");

/** How a call ended that gave no answer: it failed, or the caller stopped it. */
const ENDED = {
  failed: [t("common.failed"), "warning", "bad", (d) => failureWords(d.error, placeOf(d))],
  stopped: [t("events.stopped"), "stop", "warn", (d) => placeOf(d)],
};

function kindOf(event, data) {
  if (event !== "response_complete" || data.latency_ms !== null) return known(event);
  return data.error ? ENDED.failed : ENDED.stopped;
}

function row({ event, time, data = {} }) {
  const [title, glyph, tone, words] = kindOf(event, data);
  const detail = h("div", { class: "event-detail" });
  const node = h("details", { class: "event-row" }, h("summary", {}, h("time", { datetime: new Date(time * 1000).toISOString() }, clock(time)), badge(title, tone, glyph), h("span", { class: "event-words" }, words(data))), detail);
  node.addEventListener("toggle", () => {
    if (!node.open || detail.firstChild) return;
    const view = codeBlock("json");
    view.set(JSON.stringify({ event, data }, null, 2).split("\n"), true);
    fill(detail, view.node);
  });
  return h("li", { dataset: { event } }, node);
}

/** Shows the live events. */
export async function mount(root) {
  const offered = choices();
  const usual = offered.filter((name) => !QUIET.includes(name));
  const wanted = new Set(recall("events", usual));
  let paused = false;
  let held = [];
  let seen = 0;

  const status = h("span", { class: "stream-state", role: "status" });
  const tally = h("span", { class: "quiet small" });
  const list = h("ol", { class: "event-list" });
  const none = emptyState("pulse", t("events.empty"), t("events.emptyHint"));
  const box = h("div", { class: "panel section event-panel", role: "log", "aria-live": "off", "aria-label": t("events.events"), tabindex: "0" }, none, list);

  const pause = button(t("events.pause"), { glyph: "pause", onclick: () => setPaused(!paused) });
  const clear = button(t("common.clear"), { kind: "quiet", onclick: () => { list.replaceChildren(); held = []; seen = 0; say(); } });

  function say() {
    none.hidden = list.childElementCount > 0;
    tally.textContent = [t("events.seen", { seen: count(seen), most: MOST }), held.length && t("events.held", { count: count(held.length) })].filter(Boolean).join(", ");
  }

  function setPaused(now) {
    paused = now;
    fill(pause, icon(paused ? "play" : "pause"), h("span", {}, paused ? t("events.goOn") : t("events.pause")));
    if (!paused) {
      for (const each of held) show(each);
      held = [];
    }
    say();
  }

  function show(each) {
    list.prepend(row(each));
    while (list.childElementCount > MOST) list.lastElementChild.remove();
  }

  function take(each) {
    if (each.event !== "notices_lost" && !wanted.has(each.event)) return;
    seen += 1;
    if (paused) held = [...held.slice(1 - MOST), each];
    else show(each);
    say();
  }

  function showState(name, seconds) {
    const tones = { open: ["ok", t("events.connected")], waiting: ["warn", t("events.connectsAgainInS", { seconds })], closed: ["", t("events.closed")] };
    const [tone, words] = tones[name];
    fill(status, dot(tone, ""), words);
    status.firstChild.setAttribute("aria-hidden", "true");
  }

  fill(status, dot("", ""), t("events.connecting"));
  const subscribed = new Set([...usual, ...wanted]);
  const stream = eventStream(() => [...subscribed], take, showState);

  const filter = (name) => {
    const [title, glyph] = known(name);
    const node = h("button", { type: "button", class: "chip filter", "aria-pressed": String(wanted.has(name)), onclick: toggle }, icon(glyph), h("span", {}, title));
    function toggle() {
      if (!wanted.delete(name)) wanted.add(name);
      node.setAttribute("aria-pressed", String(wanted.has(name)));
      for (const each of [...list.children]) if (!wanted.has(each.dataset.event) && each.dataset.event !== "notices_lost") each.remove();
      keep("events", [...wanted]);
      if (wanted.has(name) && !subscribed.has(name)) {
        subscribed.add(name);
        stream.renew();
      }
      say();
    }
    return node;
  };

  fill(
    root,
    heading(t("common.liveEvents"), t("events.about"), status, pause, clear),
    h("div", { class: "filters", role: "group", "aria-label": t("events.kindsOfEvents") }, offered.map(filter)),
    tally,
    box,
  );
  say();
  return { destroy: stream.close };
}
