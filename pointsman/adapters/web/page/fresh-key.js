// The key that was made last, for as long as the page is loaded: it is shown in what connects a program, and kept nowhere.

let fresh = null;

/** Remembers a key that was just made: `{name, key}`; null forgets it. */
export function rememberKey(made) {
  fresh = made ? { name: made.name, key: made.key } : null;
}

/** The key that was just made, or null. */
export const freshKey = () => fresh;
