// One request: how it went in time, what it cost, why it went where, what was said, and the same asked again.

import { can } from "./access.js";
import { at, get, post } from "./api.js";
import { openDialog } from "./dialogs.js";
import { fill, h, icon } from "./dom.js";
import { costWords, count, milliseconds, moment, money } from "./format.js";
import { markdown } from "./markdown-view.js";
import { pickModel } from "./model-picker.js";
import { outcomeTone, outcomeWords, placeOf } from "./outcomes.js";
import { editSetting } from "./setting-form.js";
import { choiceText, reasonText, t } from "./texts.js";
import { attempt, badge, button, copyButton, emptyState, errorCard, heading, skeleton } from "./ui.js";

const section = (title, ...body) => h("section", { class: "panel section", "aria-label": title }, h("header", { class: "section-head" }, h("h2", {}, title)), body);
const fact = (name, value) => (value === null || value === "" || value === undefined ? null : h("div", {}, h("dt", {}, name), h("dd", {}, value)));
const tokens = (value) => (value === null ? t("common.unknown") : count(value));

/** Where each try stands in time: where that was noted there, else one after the other, unless several were under way at once. */
export function placeTries(tries, whole) {
  if (tries.length && tries.every((each) => each.start_ms !== null)) {
    const bars = tries.map((each) => ({ ...each, start: Math.min(each.start_ms, whole), length: each.latency_ms }));
    return { bars, rest: 0, together: false };
  }
  const sum = tries.reduce((all, each) => all + each.latency_ms, 0);
  const together = sum > whole * 1.02 + 1;
  let begun = 0;
  const bars = tries.map((each) => {
    const bar = { ...each, start: together ? 0 : begun, length: each.latency_ms };
    begun += each.latency_ms;
    return bar;
  });
  return { bars, rest: together ? 0 : Math.max(0, whole - sum), together };
}

function bar(name, tone, start, length, whole, words) {
  const node = h("span", { class: `fall-bar fall-${tone}` });
  node.style.setProperty("--at", `${(start / whole) * 100}%`);
  node.style.width = `max(3px, ${(Math.min(length, whole - start) / whole) * 100}%)`;
  return h("li", {}, h("span", { class: "fall-name mono" }, name), h("span", { class: "fall-track", "aria-hidden": "true" }, node), h("span", { class: "fall-time" }, milliseconds(length)), words && h("p", { class: "fall-words" }, words));
}

/** The whole call, its tries, the first output and what is left, each drawn as long as it took. */
function waterfall({ request, tries }) {
  const whole = Math.max(request.latency_ms, 0.001);
  const known = tries.length ? tries : request.attempts && !request.cache ? [{ provider: request.provider, model: request.model, start_ms: 0, latency_ms: whole, error: request.outcome === "ok" ? "" : request.outcome, message: "" }] : [];
  const { bars, rest, together } = placeTries(known, whole);
  const words = (each) => (each.error ? each.message || outcomeWords(each.error) : each.cancelled ? t("requestDetail.givenUp") : null);
  return h(
    "ol",
    { class: "fall" },
    bar(t("requestDetail.whole"), "whole", 0, whole, whole),
    bars.map((each) => bar(placeOf(each), each.error ? "bad" : each.cancelled ? "warn" : "ok", each.start, each.length, whole, words(each))),
    rest > whole * 0.01 && bars.length ? bar(t("requestDetail.between"), "rest", whole - rest, rest, whole, t("requestDetail.betweenHint")) : null,
    request.first_ms !== null ? bar(t("requestDetail.firstOutput"), "first", 0, Math.min(request.first_ms, whole), whole) : null,
    together ? h("li", {}, h("p", { class: "hint" }, t("requestDetail.together"))) : null,
  );
}

const KINDS = { chat: t("requestDetail.kindChat"), stream: t("requestDetail.kindStream"), complete: t("requestDetail.kindComplete"), embed: t("requestDetail.kindEmbed"), transcribe: t("requestDetail.kindTranscribe"), shadow: t("requestDetail.kindShadow") };
/** What ended an answer; what else a provider may say is shown as it came. */
const ENDS = { stop: t("requestDetail.endStop"), length: t("requestDetail.endLength"), tool_calls: t("requestDetail.endToolCalls"), content_filter: t("requestDetail.endFilter"), refusal: t("requestDetail.endRefusal"), context_full: t("requestDetail.endFull"), paused: t("requestDetail.endPaused") };
/** By what a call was booked. */
const BASES = { told: t("requestDetail.told"), estimated: t("requestDetail.estimatedCost"), reserved: t("requestDetail.reserved") };

function figures({ usage, cost, saved }) {
  return h(
    "dl",
    { class: "numbers request-numbers" },
    fact(t("common.cost"), money(cost)),
    Number(saved.amount) ? fact(t("requestDetail.saved"), money(saved)) : null,
    fact(t("requestDetail.input"), tokens(usage.input)),
    fact(t("requestDetail.output"), tokens(usage.output)),
    usage.cached ? fact(t("requestDetail.cached"), tokens(usage.cached)) : null,
    usage.cache_write ? fact(t("requestDetail.cacheWrite"), tokens(usage.cache_write)) : null,
    usage.reasoning ? fact(t("requestDetail.reasoning"), tokens(usage.reasoning)) : null,
  );
}

function route({ strategy, ranked, passed_over: others }) {
  if (!ranked.length && !others.length) return h("p", { class: "quiet" }, t("requestDetail.noChoice"));
  const item = (each, index) => h("li", { class: index ? "" : "ranked-first" }, h("span", { class: "rank", "aria-hidden": "true" }, index + 1), h("div", {}, h("strong", { class: "mono" }, each.model), h("p", {}, h("bdi", {}, reasonText(each)))));
  const other = (each) => h("li", {}, h("strong", { class: "mono" }, each.model), h("p", {}, h("bdi", {}, reasonText(each))));
  return [
    strategy && strategy !== "explicit" ? h("p", { class: "route-facts" }, t("requestDetail.strategy"), badge(choiceText(strategy), "accent")) : null,
    h("ol", { class: "ranked" }, ranked.map(item)),
    others.length ? [h("h3", { class: "passed-head" }, t("requestDetail.passedOver")), h("ul", { class: "passed" }, others.map(other))] : null,
  ];
}

/** Opens the setting that keeps the texts of later calls. */
const usageSetting = async () => (await get("/api/v1/settings")).settings.find(({ name }) => name === "usage");

/** That the texts of this call were not kept, and whether those of later ones are. */
function notKept() {
  const node = h("div", {});
  const off = () => {
    const change = button(t("requestDetail.keepTexts"), { glyph: "sliders", onclick: () => attempt(async () => (await editSetting(await usageSetting())) && show()) });
    return [h("p", { class: "quiet" }, t("requestDetail.notKept"), " ", h("code", {}, "usage.keep_content")), can("admin") && h("div", { class: "actions" }, change)];
  };
  const show = async () => {
    const isOn = can("admin") && Boolean((await usageSetting().catch(() => null))?.value?.keep_content);
    fill(node, isOn ? h("p", { class: "quiet", role: "status" }, t("requestDetail.keptFromNowOn")) : off());
  };
  show();
  return node;
}

function texts({ content, messages, answer, left_out: leftOut }) {
  if (content === "not_kept") return notKept();
  if (content === "hidden") return h("p", { class: "quiet" }, t("requestDetail.hidden"));
  const block = (who, text) => h("li", {}, h("span", { class: "said-who" }, who), h("div", { class: "said" }, markdown(text)), copyButton(() => text));
  const roles = { system: t("requestDetail.system"), user: t("requestDetail.user"), tool: t("requestDetail.tool"), assistant: t("requestDetail.assistant"), "": t("requestDetail.prompt") };
  return [
    h("ol", { class: "said-list" }, messages.map((each) => block(roles[each.role] ?? each.role, each.text)), answer && block(t("common.answer"), answer)),
    leftOut ? h("p", { class: "hint" }, t("requestDetail.leftOut", { count: leftOut })) : null,
  ];
}

const parameterWords = (parameters) => Object.entries(parameters).map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ");

function facts({ request, parameters, request_id: providersId, experiment, variant, warnings }) {
  return [
    h(
      "dl",
      { class: "facts request-facts" },
      fact(t("requestDetail.id"), h("span", { class: "mono" }, request.id, " ", copyButton(() => request.id))),
      fact(t("requestDetail.providersId"), providersId && h("span", { class: "mono" }, providersId)),
      fact(t("requestDetail.kind"), KINDS[request.kind] ?? request.kind),
      fact(t("requestDetail.basis"), request.usage.estimated ? t("requestDetail.countedHere") : BASES[request.basis]),
      fact(t("common.task"), request.task),
      fact(t("requestDetail.key"), request.key),
      fact(t("requestDetail.user"), request.user),
      fact(t("requestDetail.tags"), request.tags.join(", ")),
      fact(t("common.conversation"), request.conversation && h("a", { href: `#/chat/${encodeURIComponent(request.conversation)}` }, t("requestDetail.open"))),
      fact(t("requestDetail.experiment"), experiment && `${experiment} / ${variant}`),
      fact(t("requestDetail.finish"), ENDS[request.finish] ?? request.finish),
      fact(t("common.parameters"), parameterWords(parameters)),
    ),
    warnings.length ? h("ul", { class: "request-warnings" }, warnings.map((each) => h("li", {}, icon("warning"), h("span", {}, each)))) : null,
  ];
}

/** Asks another model the same, and shows both answers. */
async function replay(detail, model) {
  const { response } = await post(`${at("requests", detail.request.id)}/replay`, { model });
  const said = response.parts.filter(({ _type: type }) => type === "Text").map(({ text }) => text).join("");
  const side = (title, text, note, warned = []) => h("section", { class: "panel section", "aria-label": title }, h("h3", {}, title), h("div", { class: "said" }, markdown(text)), h("p", { class: "tiny quiet" }, note), warned.length ? h("ul", { class: "request-warnings" }, warned.map((each) => h("li", {}, icon("warning"), h("span", {}, each)))) : null);
  await openDialog({
    title: t("requestDetail.replayed"),
    className: "dialog-wide",
    build: (close) => [
      h("div", { class: "pair" }, side(placeOf(detail.request), detail.answer || detail.request.error, `${milliseconds(detail.request.latency_ms)}, ${costWords(detail.request.cost)}`), side(placeOf(response), said, `${milliseconds(response.latency_ms)}, ${costWords(response.cost)}`, response.warnings.map((each) => `${each.field}: ${each.detail}`))),
      h("footer", { class: "dialog-foot" }, button(t("common.close"), { kind: "primary", onclick: () => close() })),
    ],
  });
}

function draw(root, detail, back) {
  const { request } = detail;
  const note = h("p", { class: "hint", role: "status" });
  const again = button(t("requestDetail.replay"), {
    glyph: "refresh",
    disabled: !detail.replayable,
    onclick: async () => {
      const model = await pickModel(placeOf(request));
      if (model === undefined) return;
      again.disabled = true;
      fill(note, t("requestDetail.asking", { model: model || t("common.default") }));
      try {
        await replay(detail, model || "auto");
        fill(note);
      } catch (error) {
        fill(note, errorCard(error));
      }
      again.disabled = false;
    },
  });
  fill(
    root,
    heading(placeOf(request) || t("requestDetail.request"), moment(request.time), badge(outcomeWords(request.outcome), outcomeTone(request.outcome)), can("chat") ? again : null, button(t("requestDetail.back"), { glyph: "list", onclick: back })),
    note,
    !detail.replayable && detail.content !== "hidden" ? h("p", { class: "hint" }, t("requestDetail.noReplay")) : null,
    request.error ? h("p", { class: "last-error" }, icon("warning"), h("span", {}, request.error)) : null,
    h("div", { class: "pair" }, section(t("requestDetail.timing"), waterfall(detail)), section(t("requestDetail.figures"), figures(request), facts(detail))),
    section(t("requestDetail.route"), route(detail)),
    section(t("requestDetail.texts"), texts(detail)),
  );
  root.querySelector("h1")?.focus();
}

/** Shows the request `id` in `root`; gives what ends it. */
export function showRequest(root, id, back) {
  const controller = new AbortController();
  const load = async () => {
    fill(root, skeleton(8));
    try {
      draw(root, await get(at("requests", id), {}, controller.signal), back);
    } catch (error) {
      if (error.name === "AbortError") return;
      const gone = error.status === 404;
      fill(root, gone ? emptyState("list", t("requestDetail.gone"), t("requestDetail.goneHint"), button(t("requestDetail.back"), { onclick: back })) : errorCard(error, load));
    }
  };
  load();
  return () => controller.abort();
}
