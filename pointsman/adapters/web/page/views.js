// The views, in the order of the navigation. `key` follows `g`: g then c opens the chat; `needs` is a scope.

import { can } from "./access.js";
import { t } from "./texts.js";

const VIEWS = [
  { name: "chat", title: t("common.chat"), glyph: "chat", key: "c", phone: true, needs: "chat", load: () => import("./chat.js") },
  { name: "providers", title: t("views.providers"), glyph: "plug", key: "p", phone: true, needs: "admin", load: () => import("./providers.js") },
  { name: "compare", title: t("views.compare"), glyph: "layers", key: "o", needs: "chat", load: () => import("./compare.js") },
  { name: "connect", title: t("views.connect"), glyph: "command", key: "n", needs: "chat", load: () => import("./connect.js") },
  { name: "usage", title: t("common.usage"), glyph: "chart", key: "u", phone: true, needs: "read", load: () => import("./usage.js") },
  { name: "requests", title: t("views.requests"), glyph: "list", key: "q", needs: "read", load: () => import("./requests.js") },
  { name: "routing", title: t("common.routing"), glyph: "points", key: "r", needs: "admin", load: () => import("./routing.js") },
  { name: "events", title: t("common.liveEvents"), glyph: "pulse", key: "e", phone: true, needs: "read", load: () => import("./events.js") },
  { name: "experiments", title: t("common.experiments"), glyph: "flask", key: "x", needs: "observe", load: () => import("./experiments.js") },
  { name: "healing", title: t("common.healing"), glyph: "bolt", key: "h", needs: "admin", load: () => import("./healing.js") },
  { name: "keys", title: t("common.keysAndBudgets"), glyph: "key", key: "k", needs: "chat", load: () => import("./keys.js") },
  { name: "settings", title: t("common.settings"), glyph: "sliders", key: "t", needs: "admin", load: () => import("./settings.js") },
  { name: "users", title: t("common.users"), glyph: "people", key: "s", needs: "admin", load: () => import("./users.js") },
  { name: "audit", title: t("common.audit"), glyph: "history", key: "a", needs: "admin", load: () => import("./audit.js") },
];

/** Those that who is signed in may open. */
export const openViews = () => VIEWS.filter((view) => can(view.needs));

/** `#/chat/ID` as `{view, args}`; an unknown address is the first view there is. */
export function readAddress(hash = location.hash) {
  const [name, ...args] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  const open = openViews();
  const view = open.find((each) => each.name === name) ?? open[0];
  return { view, args };
}

/** Goes to a view: `go("chat", id)`. */
export function go(...steps) {
  location.hash = `#/${steps.map(encodeURIComponent).join("/")}`;
}
