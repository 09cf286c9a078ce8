// What this browser remembers: the theme and the chat's parameters. Storage may be switched off; then nothing is kept.

import { t } from "./texts.js";

const PREFIX = "pointsman.";

/** A kept value, or `fallback`. */
export function recall(name, fallback) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** Keeps a value. */
export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Not kept: the page works without.
  }
}

export const THEMES = {
  auto: { label: t("preferences.themeAsTheSystem"), glyph: "contrast", next: "light" },
  light: { label: t("preferences.themeLight"), glyph: "sun", next: "dark" },
  dark: { label: t("preferences.themeDark"), glyph: "moon", next: "auto" },
};

/** The theme in use: "auto", "light" or "dark". */
export const theme = () => document.documentElement.dataset.theme ?? "auto";

/** Uses a theme and remembers it; theme.js reads it as plain text before the first paint. */
export function useTheme(name) {
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  try {
    localStorage.setItem(`${PREFIX}theme`, name);
  } catch {
    // Not kept.
  }
  document.dispatchEvent(new CustomEvent("themechange"));
}
