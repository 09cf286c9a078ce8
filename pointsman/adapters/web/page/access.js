// What who is signed in may do: the page shows no more than that. The server asks again.

let scopes = null;

/** Takes what a session opens; without any it is everything. */
export function useScopes(given) {
  scopes = given ?? null;
}

/** Whether they may do what needs `scope`. */
export const can = (scope) => scopes === null || scopes.includes(scope) || (scope === "observe" && scopes.includes("admin"));
