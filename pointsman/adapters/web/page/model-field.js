// The model of a provider: typed, chosen from the recommended tiers, or from what the provider offers.

import { fill, h, icon } from "./dom.js";
import { textField } from "./fields.js";
import { compact } from "./format.js";
import { price } from "./model-picker.js";
import { openPicker } from "./picker.js";
import { t } from "./texts.js";
import { button } from "./ui.js";

const TIERS = { best: t("modelField.best"), balanced: t("modelField.balanced"), fast: t("modelField.fast"), local: t("modelField.local") };

const bare = ({ id, provider }) => (provider && id.startsWith(`${provider}/`) ? id.slice(provider.length + 1) : id);

const option = (model) => ({
  label: bare(model),
  detail: [model.type !== "chat" && model.type, model.context_length && t("modelField.tokens", { count: compact(model.context_length) }), price(model)].filter(Boolean).join(" · "),
  value: bare(model),
});

/** A field for the model. `fetchAll()` asks the provider, saved or not, for its models. */
export function modelField(value, fetchAll) {
  const field = textField({ label: t("modelField.defaultModel"), name: "model", value: value ?? "", placeholder: t("modelField.theProvidersDefault") });
  const tiers = h("div", { class: "tiers" });

  const said = h("p", { class: "hint", role: "status" });

  const fetchModels = button(t("modelField.fetchModels"), {
    glyph: "refresh",
    onclick: async () => {
      fetchModels.disabled = true;
      fill(said, t("common.askingTheProvider"));
      try {
        const models = await fetchAll();
        fill(said, models.length ? "" : t("modelField.noModels"));
        fetchModels.disabled = false; // so that the focus can come back to it
        fetchModels.focus();
        if (models.length) {
          const chosen = await openPicker({ title: t("modelField.modelsOfThisProvider"), placeholder: t("common.searchModels"), items: models.map(option), chosen: field.input.value });
          if (chosen) set(chosen.value);
        }
      } catch (error) {
        fill(said, h("span", { class: "text-bad", role: "alert" }, icon("warning"), error.message));
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
  field.node.insertBefore(said, control.nextSibling);
  field.node.insertBefore(tiers, said.nextSibling);
  return { ...field, recommend, read: () => field.input.value.trim() || null };
}
