// How a call ended, in words: no name of a class is for people.

import { errorText, t } from "./texts.js";

const WORDS = {
  ok: t("outcomes.ok"),
  Cancelled: t("outcomes.cancelled"),
  Lost: t("outcomes.lost"),
  ModelUnavailable: t("outcomes.modelUnavailable"),
  RateLimitExceeded: t("outcomes.rateLimitExceeded"),
  QuotaExhausted: t("outcomes.quotaExhausted"),
  InvalidRequest: t("outcomes.invalidRequest"),
  AuthenticationFailed: t("outcomes.authenticationFailed"),
  TimeoutError: t("outcomes.timeoutError"),
  ContextTooLarge: t("outcomes.contextTooLarge"),
  ConfigurationError: t("outcomes.configurationError"),
  NetworkError: t("outcomes.networkError"),
  ModelNotFound: t("outcomes.modelNotFound"),
  ContentFiltered: t("outcomes.contentFiltered"),
  InvalidResponse: t("outcomes.invalidResponse"),
  UnsupportedFeature: t("outcomes.unsupportedFeature"),
  BudgetExceeded: t("outcomes.budgetExceeded"),
  FallbackExhausted: t("outcomes.fallbackExhausted"),
  StorageError: t("outcomes.storageError"),
};

/** The outcome `ok`, `Cancelled`, or the tag of an error, in words. */
export const outcomeWords = (outcome) => WORDS[outcome] ?? outcome.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase();

/** "ok", "warn" or "bad". */
export const outcomeTone = (outcome) => (outcome === "ok" ? "ok" : outcome === "Cancelled" ? "warn" : "bad");

/** Every outcome that a filter may ask for: `[outcome, words]`. */
export const OUTCOMES = Object.entries(WORDS);

const blank = (text) => text.toLowerCase().replace(/[\s.]+/g, " ").trim();

/** The problems of an error that its sentence does not say already. */
export const otherProblems = ({ message, problems }) => (problems ?? []).filter((each) => !blank(message).includes(blank(each)));

/** `provider/model`, as far as they are known, of what may hold the provider in its model already. */
export function placeOf({ provider, model }) {
  if (!model || !provider || model.startsWith(`${provider}/`)) return model || provider || "";
  return `${provider}/${model}`;
}

const translated = ({ tag, isOurs }) => (isOurs ? "" : errorText(tag));

/** What the server said word for word, where `failureWords` says it in the language of the page; else "". */
export const originalWords = (error) => (translated(error) ? error.message ?? "" : "");

/** An error in one sentence that says where it happened, once. */
export function failureWords(error, place = "") {
  const where = placeOf(error) || place;
  const said = translated(error) || error.message || outcomeWords(error.tag ?? "");
  return !where || said.includes(where) ? said : `${where}: ${said}`;
}
