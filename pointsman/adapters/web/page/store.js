// What several views ask for, asked once: providers, models, presets, tools, prompts.

import { can } from "./access.js";
import { get } from "./api.js";
import { rememberKey } from "./fresh-key.js";

function once(load) {
  let held = null;
  const ask = () => {
    held ??= load().catch((error) => {
      held = null;
      throw error;
    });
    return held;
  };
  ask.forget = () => {
    held = null;
  };
  return ask;
}

/** `{active, providers}`. */
export const providers = once(async () => (can("observe") ? get("/api/v1/llm-providers") : { active: null, providers: [] }));

/** Every model that can chat, as far as is known, with its provider and price. */
export const models = once(async () => {
  const { models: all } = await get("/api/v1/models", { detailed: true });
  return all.filter(({ type }) => (type ?? "chat") === "chat"); // many providers do not say of what type a model is
});

/** `{providers, fields}`: the known kinds of providers with their recommended models in tiers, and the fields of one. */
export const presets = once(() => get("/api/v1/presets"));

/** The tools a chat may use. */
export const tools = once(async () => (await get("/api/v1/tools")).tools);

/** The kept prompts. */
export const prompts = once(async () => (await get("/api/v1/prompts")).prompts);

/** Forgets what a change of providers makes stale. */
export function providersChanged() {
  providers.forget();
  models.forget();
  document.dispatchEvent(new Event("providerschange"));
}

/** Forgets everything, after signing in or out. */
export function forgetAll() {
  rememberKey(null);
  for (const each of [providers, models, presets, tools, prompts]) each.forget();
}
