// The languages that the page speaks, and which of them: the one that was chosen here, else the browser's own.

const KEPT = "pointsman.language";

export const LANGUAGES = ["en", "de"];

/** What a language calls itself. */
export const ownName = (name) => new Intl.DisplayNames([name], { type: "language" }).of(name);

function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

/** The language of the page: one of `LANGUAGES`. */
export function chosenLanguage() {
  const wanted = [kept(), ...(navigator.languages ?? [])].map((each) => each?.split("-")[0]);
  return wanted.find((each) => LANGUAGES.includes(each)) ?? "en";
}

/** Speaks another language from now on: the page is loaded again. */
export function useLanguage(name) {
  try {
    localStorage.setItem(KEPT, name);
  } catch {
    // Not kept: the browser's own stays.
  }
  location.reload();
}
