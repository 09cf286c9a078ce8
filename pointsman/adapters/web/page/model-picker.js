// The choice of a model: automatic, the active provider's default, or one by name.

import { compact } from "./format.js";
import { openPicker } from "./picker.js";
import { models, providers } from "./store.js";

/** What a model costs, for a million tokens. */
export function price(model) {
  if (model.price) return `$${Number(model.price.input).toFixed(2)} in, $${Number(model.price.output).toFixed(2)} out a million`;
  return model.local ? "free" : "price unknown";
}

const detail = (model) => [model.context_length && `${compact(model.context_length)} tokens`, price(model), model.state].filter(Boolean).join(" · ");

/** Words for a reference: "", "auto" or "provider/model". */
export function modelWords(reference, active) {
  if (reference === "auto") return "Automatic";
  if (reference === "") return active ? `Default of ${active}` : "Default";
  return reference.slice(reference.indexOf("/") + 1);
}

/** Opens the list of models; resolves with a reference, or undefined. */
export async function pickModel(chosen) {
  const [list, known] = await Promise.all([models().catch(() => []), providers().catch(() => ({ active: null, providers: [] }))]);
  const first = [
    { label: "Automatic", detail: "The router chooses by task, price and speed", glyph: "points", value: "auto" },
    { label: modelWords("", known.active), detail: "What the active provider uses", glyph: "star", value: "" },
  ];
  const named = list.map((model) => ({
    label: model.id,
    detail: detail(model),
    glyph: model.local ? "home" : "cloud",
    group: model.provider,
    value: `${model.provider}/${model.id}`,
  }));
  const free = (query) => ({ label: `Use “${query}”`, detail: "As provider/model", glyph: "right" });
  const picked = await openPicker({ title: "Choose a model", placeholder: "Search models", items: [...first, ...named], chosen, free });
  return picked?.value;
}
