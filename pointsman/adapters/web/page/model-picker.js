// The choice of a model: automatic, the active provider's default, or one by name.

import { compact } from "./format.js";
import { openPicker } from "./picker.js";
import { models, providers } from "./store.js";
import { t } from "./texts.js";

/** What a model costs, for a million tokens. */
export function price(model) {
  if (model.price) return t("modelPicker.price", { input: Number(model.price.input).toFixed(2), output: Number(model.price.output).toFixed(2) });
  return model.local ? t("modelPicker.free") : t("modelPicker.priceUnknown");
}

const detail = (model) => [model.context_length && t("modelPicker.tokens", { count: compact(model.context_length) }), price(model), model.state].filter(Boolean).join(" · ");

/** Words for a reference: "", "auto" or "provider/model". */
export function modelWords(reference, active) {
  if (reference === "auto") return t("modelPicker.automatic");
  if (reference === "") return active ? t("modelPicker.defaultOf", { active }) : t("common.default");
  return reference.slice(reference.indexOf("/") + 1);
}

/** Opens the list of models; resolves with a reference, or undefined. */
export async function pickModel(chosen) {
  const [list, known] = await Promise.all([models().catch(() => []), providers().catch(() => ({ active: null, providers: [] }))]);
  const first = [
    { label: t("modelPicker.automatic"), detail: t("modelPicker.automaticHint"), glyph: "points", value: "auto" },
    { label: modelWords("", known.active), detail: t("modelPicker.defaultHint"), glyph: "star", value: "" },
  ];
  const named = list.map((model) => ({
    label: model.id,
    detail: detail(model),
    glyph: model.local ? "home" : "cloud",
    group: model.provider,
    value: model.id.startsWith(`${model.provider}/`) ? model.id : `${model.provider}/${model.id}`,
  }));
  const free = (query) => ({ label: t("modelPicker.use", { query }), detail: t("modelPicker.asProviderModel"), glyph: "right" });
  const picked = await openPicker({ title: t("modelPicker.chooseAModel"), placeholder: t("common.searchModels"), items: [...first, ...named], chosen, free });
  return picked?.value;
}
