// The providers: what each is, how it fares, and what can be done with it.

import { at, get, post, put, remove } from "./api.js";
import { confirmed, openMenu } from "./dialogs.js";
import { fill, h, icon } from "./dom.js";
import { ago, countOf, milliseconds } from "./format.js";
import { editProvider } from "./provider-form.js";
import { presets, providersChanged } from "./store.js";
import { serverText, t } from "./texts.js";
import { attempt, badge, button, dot, emptyState, heading, iconButton, loaded } from "./ui.js";

const HIDDEN = "…"; // of a short key the server shows nothing
const SOURCES = { store: null, environment: t("providers.fromTheEnvironment"), file: t("providers.fromAFile"), found: t("providers.foundOnThisMachine") };

/** Words for the outcome of a test. */
export function testWords({ ok, latency_ms: took, models, detail }) {
  const facts = [took !== null && took !== undefined && milliseconds(took), models !== null && models !== undefined && countOf("providers.models", models)].filter(Boolean).join(", ");
  return h("div", { class: `test-result ${ok ? "test-ok" : "test-bad"}`, role: "status" }, icon(ok ? "check" : "warning"), h("span", {}, ok && detail === "it answers" ? t("providers.itAnswers") : h("bdi", {}, detail), h("small", {}, facts)));
}

/** Tone and words for how a provider is: what is known of it, and since when. */
function state({ enabled, circuit, last }) {
  if (!enabled) return ["", t("providers.switchedOff")];
  if (circuit === "open") return ["bad", t("providers.failingHint")];
  if (circuit === "half_open") return ["warn", t("providers.recoveringHint")];
  if (!last) return ["", t("providers.notTriedYet")];
  return last.ok ? ["ok", t("providers.answered", { when: ago(last.time) })] : ["bad", t("providers.lastError", { when: ago(last.time) })];
}

/** The sentence of the last error, while nothing better is known. */
const lastError = ({ enabled, last }) => (enabled && last?.error ? h("p", { class: "last-error" }, icon("warning"), h("span", {}, h("bdi", {}, last.error))) : null);

function facts(provider) {
  const rows = [
    [t("common.model"), provider.model ?? provider.default_model, t("providers.noneChosen")],
    [t("providers.address"), provider.base_url ?? provider.default_base_url, t("common.unknown")],
    [t("providers.key"), provider.api_key === HIDDEN ? null : provider.api_key, provider.api_key ? t("common.isSet") : provider.local || provider.key_required === false ? t("providers.noneNeeded") : t("providers.missing")],
    [t("providers.priority"), null, String(provider.priority ?? 0)],
  ];
  return h("dl", { class: "facts" }, rows.map(([name, value, words]) => h("div", {}, h("dt", {}, name), h("dd", { title: value ?? words, class: value ? "mono" : "" }, value ?? words))));
}

function badges(provider) {
  const words = SOURCES[provider.source];
  const all = [provider.active && badge(t("providers.active"), "accent", "star"), provider.local && badge(t("providers.local"), "ok", "home"), words && badge(words), ...(provider.tags ?? []).map((tag) => badge(h("bdi", {}, `#${tag}`)))].filter(Boolean);
  return all.length ? h("div", { class: "badges" }, all) : null;
}

function card(provider, title, reload) {
  const [tone, words] = state(provider);
  const own = provider.source === "store";
  const result = h("div", { class: "card-result" });

  const test = button(t("providers.test"), {
    glyph: "bolt",
    onclick: async () => {
      test.disabled = true;
      fill(result, h("p", { class: "hint", role: "status" }, t("common.askingTheProvider")));
      const outcome = await post(`${at("llm-providers", provider.name)}/test`).catch((error) => ({ ok: false, latency_ms: null, models: null, detail: error.message }));
      const fresh = await get(at("llm-providers", provider.name)).catch(() => provider);
      const now = card(fresh, title, reload);
      fill(now.querySelector(".card-result"), testWords(outcome));
      if (!outcome.ok) now.querySelector(".last-error")?.remove();
      node.replaceWith(now);
      now.querySelector("footer button").focus();
    },
  });

  const activate = async () => {
    if ((await attempt(() => post(`${at("llm-providers", provider.name)}/activate`), t("providers.isTheActiveProvider", { name: provider.name }))) !== undefined) reload();
  };
  const copy = async () => {
    const { fields } = await presets();
    const kept = fields.filter(({ control }) => control !== "secret").map(({ name }) => [name, provider[name]]);
    const body = Object.fromEntries([["name", provider.name], ...kept]);
    if ((await attempt(() => put(at("llm-providers", provider.name), body), t("providers.copied"))) !== undefined) reload();
  };
  const drop = async () => {
    const sure = await confirmed({ title: t("providers.deleteQuestion", { name: provider.name }), text: t("providers.deleteHint"), action: t("common.delete") });
    if (sure && (await attempt(() => remove(at("llm-providers", provider.name)), t("common.deleted"))) !== undefined) reload();
  };
  const edit = async () => (await editProvider(provider)) && reload();

  const more = iconButton("more", t("providers.moreAbout", { name: provider.name }), () => openMenu(more, provider.name, items), { "aria-haspopup": "menu", "aria-expanded": "false" });
  const items = [
    !provider.active && { label: t("providers.useAsActive"), glyph: "star", run: activate },
    own ? { label: t("providers.edit"), glyph: "pencil", run: edit } : { label: t("providers.copyToTheStore"), glyph: "copy", run: copy },
    own && { label: t("common.delete"), glyph: "trash", danger: true, run: drop },
  ].filter(Boolean);

  const node = h(
    "li",
    { class: `card panel ${provider.enabled ? "" : "card-off"}` },
    h("header", { class: "card-head" }, h("span", { class: "monogram", "aria-hidden": "true" }, provider.name.slice(0, 2)), h("div", {}, h("h2", {}, provider.name), h("p", { class: "card-kind" }, dot(tone, words), `${title}, ${words}`)), more),
    badges(provider),
    facts(provider),
    lastError(provider),
    result,
    h("footer", { class: "actions" }, test, own ? button(t("providers.edit"), { glyph: "pencil", onclick: edit }) : button(t("providers.copyToEdit"), { glyph: "copy", onclick: copy }), !provider.active && provider.enabled ? button(t("providers.activate"), { kind: "quiet", glyph: "star", onclick: activate }) : null),
  );
  return node;
}

/** Shows the providers. */
export async function mount(root) {
  const box = h("div", { class: "view-body" });
  const add = button(t("common.addAProvider"), { kind: "primary", glyph: "plus", onclick: async () => (await editProvider(null)) && load() });

  async function build() {
    const [{ providers }, { providers: kinds }] = await Promise.all([get("/api/v1/llm-providers"), presets()]);
    const title = (kind) => serverText(kinds.find((each) => each.kind === kind)?.title ?? kind);
    const reload = () => {
      providersChanged();
      return load();
    };
    if (!providers.length) {
      return emptyState("plug", t("providers.empty"), t("providers.emptyHint"), button(t("common.addAProvider"), { kind: "primary", glyph: "plus", onclick: async () => (await editProvider(null)) && reload() }));
    }
    const order = [...providers].sort((a, b) => Number(b.active) - Number(a.active) || (b.priority ?? 0) - (a.priority ?? 0));
    return h("ul", { class: "cards" }, order.map((each) => card(each, title(each.kind), reload)));
  }

  const load = () => {
    providersChanged();
    return loaded(box, build);
  };
  fill(root, heading(t("providers.providers"), t("providers.about"), add), box);
  load();
  return { keys: { "+": () => add.click() } };
}
