// The providers: what each is, how it fares, and what can be done with it.

import { at, get, post, put, remove } from "./api.js";
import { confirmed, openMenu } from "./dialogs.js";
import { fill, h, icon } from "./dom.js";
import { milliseconds, plural } from "./format.js";
import { editProvider } from "./provider-form.js";
import { presets, providersChanged } from "./store.js";
import { attempt, badge, button, dot, emptyState, heading, iconButton, loaded } from "./ui.js";

const CIRCUITS = {
  closed: ["ok", "works"],
  half_open: ["warn", "recovering: tried again carefully"],
  open: ["bad", "failing: not asked at the moment"],
};
const SOURCES = { store: null, environment: "from the environment", file: "from a file", found: "found on this machine" };

/** Words for the outcome of a test. */
export function testWords({ ok, latency_ms: took, models, detail }) {
  const facts = [milliseconds(took), models !== null && models !== undefined && plural(models, "model")].filter(Boolean).join(", ");
  return h("div", { class: `test-result ${ok ? "test-ok" : "test-bad"}`, role: "status" }, icon(ok ? "check" : "warning"), h("span", {}, detail, h("small", {}, facts)));
}

function state(provider) {
  if (!provider.enabled) return ["", "switched off"];
  return CIRCUITS[provider.circuit] ?? ["", provider.circuit];
}

function facts(provider) {
  const rows = [
    ["Model", provider.model ?? provider.default_model ?? "none chosen"],
    ["Address", provider.base_url ?? provider.default_base_url ?? "unknown"],
    ["Key", provider.api_key ?? (provider.local || provider.key_required === false ? "none needed" : "missing")],
    ["Priority", String(provider.priority ?? 0)],
  ];
  return h("dl", { class: "facts" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", { title: value, class: /^(none|missing|unknown)/.test(value) || name === "Priority" ? "" : "mono" }, value))));
}

function badges(provider) {
  const words = SOURCES[provider.source];
  const all = [provider.active && badge("active", "accent", "star"), provider.local && badge("local", "ok", "home"), words && badge(words), ...(provider.tags ?? []).map((tag) => badge(`#${tag}`))].filter(Boolean);
  return all.length ? h("div", { class: "badges" }, all) : null;
}

function card(provider, title, reload) {
  const [tone, words] = state(provider);
  const own = provider.source === "store";
  const result = h("div", { class: "card-result" });

  const test = button("Test", {
    glyph: "bolt",
    onclick: async () => {
      test.disabled = true;
      fill(result, h("p", { class: "hint", role: "status" }, "Asking the provider…"));
      try {
        fill(result, testWords(await post(`${at("llm-providers", provider.name)}/test`)));
      } catch (error) {
        fill(result, testWords({ ok: false, latency_ms: null, models: null, detail: error.message }));
      }
      test.disabled = false;
    },
  });

  const activate = async () => {
    if ((await attempt(() => post(`${at("llm-providers", provider.name)}/activate`), `${provider.name} is the active provider.`)) !== undefined) reload();
  };
  const copy = async () => {
    const { fields } = await presets();
    const kept = fields.filter(({ control }) => control !== "secret").map(({ name }) => [name, provider[name]]);
    const body = Object.fromEntries([["name", provider.name], ...kept]);
    if ((await attempt(() => put(at("llm-providers", provider.name), body), "Copied. It can be changed now.")) !== undefined) reload();
  };
  const drop = async () => {
    const sure = await confirmed({ title: `Delete ${provider.name}?`, text: "Its settings and its key are deleted. Conversations stay.", action: "Delete" });
    if (sure && (await attempt(() => remove(at("llm-providers", provider.name)), "Deleted.")) !== undefined) reload();
  };
  const edit = async () => (await editProvider(provider)) && reload();

  const more = iconButton("more", `More about ${provider.name}`, () => openMenu(more, provider.name, items), { "aria-haspopup": "menu", "aria-expanded": "false" });
  const items = [
    !provider.active && { label: "Use as active", glyph: "star", run: activate },
    own ? { label: "Edit", glyph: "pencil", run: edit } : { label: "Copy to the store, to edit it", glyph: "copy", run: copy },
    own && { label: "Delete", glyph: "trash", danger: true, run: drop },
  ].filter(Boolean);

  return h(
    "li",
    { class: `card panel ${provider.enabled ? "" : "card-off"}` },
    h("header", { class: "card-head" }, h("span", { class: "monogram", "aria-hidden": "true" }, provider.name.slice(0, 2)), h("div", {}, h("h2", {}, provider.name), h("p", { class: "card-kind" }, dot(tone, words), `${title}, ${words.split(":")[0]}`)), more),
    badges(provider),
    facts(provider),
    result,
    h("footer", { class: "actions" }, test, own ? button("Edit", { glyph: "pencil", onclick: edit }) : button("Copy to edit", { glyph: "copy", onclick: copy }), !provider.active && provider.enabled ? button("Activate", { kind: "quiet", glyph: "star", onclick: activate }) : null),
  );
}

/** Shows the providers. */
export async function mount(root) {
  const box = h("div", { class: "view-body" });
  const add = button("Add a provider", { kind: "primary", glyph: "plus", onclick: async () => (await editProvider(null)) && load() });

  async function build() {
    const [{ providers }, { providers: kinds }] = await Promise.all([get("/api/v1/llm-providers"), presets()]);
    const title = (kind) => kinds.find((each) => each.kind === kind)?.title ?? kind;
    const reload = () => {
      providersChanged();
      return load();
    };
    if (!providers.length) {
      return emptyState("plug", "No providers yet", "Add one with its key, or start Ollama or LM Studio on this machine: they are found by themselves.", button("Add a provider", { kind: "primary", glyph: "plus", onclick: async () => (await editProvider(null)) && reload() }));
    }
    const order = [...providers].sort((a, b) => Number(b.active) - Number(a.active) || (b.priority ?? 0) - (a.priority ?? 0));
    return h("ul", { class: "cards" }, order.map((each) => card(each, title(each.kind), reload)));
  }

  const load = () => {
    providersChanged();
    return loaded(box, build);
  };
  fill(root, heading("Providers", "Where requests go. The active provider answers when a request names no model; the others stand ready for routing and fallback.", add), box);
  load();
  return { keys: { "+": () => add.click() } };
}
