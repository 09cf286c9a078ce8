// The model of a provider: typed, chosen from the recommended tiers, or from what the provider offers.

import { at, get } from "./api.js";
import { fill, h } from "./dom.js";
import { textField } from "./fields.js";
import { compact } from "./format.js";
import { price } from "./model-picker.js";
import { openPicker } from "./picker.js";
import { t } from "./texts.js";
import { button, toast } from "./ui.js";

const TIERS = { best: t("modelField.best"), balanced: t("modelField.balanced"), fast: t("modelField.fast"), local: t("modelField.local") };

const option = (model) => ({
  label: model.id,
  detail: [model.type !== "chat" && model.type, model.context_length && t("modelField.tokens", { count: compact(model.context_length) }), price(model)].filter(Boolean).join(" · "),
  value: model.id,
});

/** A field for the model. `saved` is the provider's name, or null when it is not saved yet. */
export function modelField(value, saved) {
  const field = textField({ label: t("modelField.defaultModel"), name: "model", value: value ?? "", placeholder: t("modelField.theProvidersDefault") });
  const tiers = h("div", { class: "tiers" });

  const fetchModels = button(t("modelField.fetchModels"), {
    glyph: "refresh",
    disabled: !saved,
    title: saved ? null : t("modelField.saveTheProviderFirst"),
    onclick: async () => {
      fetchModels.disabled = true;
      try {
        const { models } = await get(`${at("llm-providers", saved)}/models`);
        const chosen = await openPicker({ title: t("modelField.modelsOfThisProvider"), placeholder: t("common.searchModels"), items: models.map(option), chosen: field.input.value });
        if (chosen) set(chosen.value);
      } catch (error) {
        toast(error.message, "bad");
      }
      fetchModels.disabled = false;
    },
  });

  function set(model) {
    field.input.value = model;
    mark();
  }

  function mark() {
    for (const each of tiers.querySelectorAll(".tier-chip")) each.setAttribute("aria-pressed", String(each.dataset.model === field.input.value));
  }

  const chip = (model) => h("button", { type: "button", class: "tier-chip", dataset: { model }, "aria-pressed": "false", onclick: () => set(model) }, model);

  /** Shows the recommended models of a kind. */
  function recommend(preset) {
    const known = Object.entries(TIERS).filter(([tier]) => preset?.tiers?.[tier]?.length);
    fill(tiers, known.map(([tier, title]) => h("div", { class: "tier", role: "group", "aria-label": t("modelField.tierModels", { title }) }, h("span", { class: "tier-name" }, title), preset.tiers[tier].map(chip))));
    mark();
  }

  field.input.addEventListener("input", mark);
  const control = h("div", { class: "input-row" });
  field.input.replaceWith(control);
  control.append(field.input, fetchModels);
  field.node.insertBefore(tiers, control.nextSibling);
  return { ...field, recommend, read: () => field.input.value.trim() || null };
}
