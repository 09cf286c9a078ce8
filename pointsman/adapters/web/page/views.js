// The views, in the order of the navigation. `key` follows `g`: g then c opens the chat.

import { t } from "./texts.js";

export const VIEWS = [
  { name: "chat", title: t("common.chat"), glyph: "chat", key: "c", phone: true, load: () => import("./chat.js") },
  { name: "providers", title: t("views.providers"), glyph: "plug", key: "p", phone: true, load: () => import("./providers.js") },
  { name: "usage", title: t("common.usage"), glyph: "chart", key: "u", phone: true, load: () => import("./usage.js") },
  { name: "routing", title: t("common.routing"), glyph: "points", key: "r", load: () => import("./routing.js") },
  { name: "events", title: t("common.liveEvents"), glyph: "pulse", key: "e", phone: true, load: () => import("./events.js") },
  { name: "experiments", title: t("common.experiments"), glyph: "flask", key: "x", load: () => import("./experiments.js") },
  { name: "healing", title: t("common.healing"), glyph: "bolt", key: "h", load: () => import("./healing.js") },
  { name: "keys", title: t("common.keysAndBudgets"), glyph: "key", key: "k", load: () => import("./keys.js") },
  { name: "audit", title: t("common.audit"), glyph: "history", key: "a", load: () => import("./audit.js") },
];

/** `#/chat/ID` as `{view, args}`; an unknown address is the chat. */
export function readAddress(hash = location.hash) {
  const [name, ...args] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  const view = VIEWS.find((each) => each.name === name) ?? VIEWS[0];
  return { view, args };
}

/** Goes to a view: `go("chat", id)`. */
export function go(...steps) {
  location.hash = `#/${steps.map(encodeURIComponent).join("/")}`;
}
