// What happens right now: the live events, filtered by kind, at most 500 of them.

import { codeBlock } from "./code-block.js";
import { fill, h, icon } from "./dom.js";
import { clock, count, milliseconds, money, percent } from "./format.js";
import { keep, recall } from "./preferences.js";
import { eventStream } from "./socket.js";
import { badge, button, dot, emptyState, heading } from "./ui.js";

const MOST = 500;

const KINDS = {
  response_start: ["Begun", "play", "", (d) => `${d.model}${d.task ? ` for ${d.task}` : ""}`],
  response_complete: ["Answered", "check", "ok", (d) => (d.error ? `${d.model}: ${d.error.message ?? d.error.tag}` : `${d.model} in ${milliseconds(d.latency_ms)} for ${money(d.cost)}`)],
  fallback: ["Fallback", "fork", "warn", (d) => `${d.model} to ${d.next}: ${d.error?.message ?? d.error?.tag ?? ""}`],
  retry: ["Retry", "refresh", "warn", (d) => `${d.model}, try ${d.retry} after ${milliseconds(d.delay * 1000)}: ${d.error?.tag ?? ""}`],
  cache_hit: ["From the cache", "layers", "accent", (d) => `${d.model}, ${milliseconds(d.age * 1000)} old, saved ${money(d.saved)}`],
  budget_warning: ["Budget", "wallet", "warn", (d) => `${d.budget} has used ${percent(d.share)}`],
  provider_status_change: ["Provider", "plug", "warn", (d) => `${d.model} is ${{ open: "failing", half_open: "recovering", closed: "working" }[d.state] ?? d.state}`],
  conversation_created: ["Conversation", "chat", "", (d) => d.title || d.id],
  degraded: ["Went without", "warning", "warn", (d) => `${d.part}: ${d.error?.message ?? ""}`],
  function_calls: ["Tools", "tool", "", (d) => (d.calls ?? []).map((call) => call.name).join(", ")],
  analytics_update: ["Record", "chart", "", (d) => `${d.record?.model ?? ""} ${d.record?.outcome ?? ""}`],
  response_chunk: ["Chunk", "more", "", (d) => JSON.stringify(d).slice(0, 120)],
  notices_lost: ["Lost", "warning", "bad", (d) => `${count(d.count)} events came faster than this page could take them`],
};
const CHOICES = Object.keys(KINDS).filter((name) => name !== "notices_lost");
const DEFAULT = CHOICES.filter((name) => !["response_chunk", "analytics_update"].includes(name));

const known = (name) => KINDS[name] ?? [name, "pulse", "", (data) => JSON.stringify(data).slice(0, 120)];

function row({ event, time, data = {} }) {
  const [title, glyph, tone, words] = known(event);
  const shown = event === "response_complete" && data.error ? "bad" : tone;
  const detail = h("div", { class: "event-detail" });
  const node = h("details", { class: "event-row" }, h("summary", {}, h("time", { datetime: new Date(time * 1000).toISOString() }, clock(time)), badge(title, shown, glyph), h("span", { class: "event-words" }, words(data))), detail);
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
  const wanted = new Set(recall("events", DEFAULT));
  let paused = false;
  let held = [];
  let seen = 0;

  const status = h("span", { class: "stream-state", role: "status" });
  const tally = h("span", { class: "quiet small" });
  const list = h("ol", { class: "event-list" });
  const none = emptyState("pulse", "Waiting for events", "Ask something in the chat, or send a request to the gateway: it shows up here at once.");
  const box = h("div", { class: "panel section event-panel", role: "log", "aria-live": "off", "aria-label": "Events", tabindex: "0" }, none, list);

  const pause = button("Pause", { glyph: "pause", onclick: () => setPaused(!paused) });
  const clear = button("Clear", { kind: "quiet", onclick: () => { list.replaceChildren(); held = []; seen = 0; say(); } });

  function say() {
    none.hidden = list.childElementCount > 0;
    tally.textContent = `${count(seen)} seen, the last ${MOST} are kept${held.length ? `, ${count(held.length)} waiting` : ""}`;
  }

  function setPaused(now) {
    paused = now;
    fill(pause, icon(paused ? "play" : "pause"), h("span", {}, paused ? "Go on" : "Pause"));
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
    const tones = { open: ["ok", "Connected"], waiting: ["warn", `Connects again in ${seconds} s`], closed: ["", "Closed"] };
    const [tone, words] = tones[name];
    fill(status, dot(tone, ""), words);
    status.firstChild.setAttribute("aria-hidden", "true");
  }

  fill(status, dot("", ""), "Connecting");
  const subscribed = new Set([...DEFAULT, ...wanted]);
  const stream = eventStream(() => [...subscribed], take, showState);

  const filter = (name) => {
    const [title, glyph] = KINDS[name];
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
    heading("Live events", "What the models do right now, as it happens.", status, pause, clear),
    h("div", { class: "filters", role: "group", "aria-label": "Kinds of events" }, CHOICES.map(filter)),
    tally,
    box,
  );
  say();
  return { destroy: stream.close };
}
