// The navigation: at the left on wide screens, at the bottom on phones.

import { get } from "./api.js";
import { ASSETS } from "./base.js";
import { fill, h, icon } from "./dom.js";
import { openMenu } from "./dialogs.js";
import { LANGUAGES, ownName, useLanguage } from "./languages.js";
import { openPalette } from "./palette.js";
import { theme, THEMES, useTheme } from "./preferences.js";
import { setPassword, signOut } from "./session.js";
import { showShortcuts } from "./shortcuts.js";
import { language, t } from "./texts.js";
import { iconButton } from "./ui.js";
import { go, openViews } from "./views.js";

const entry = (view) =>
  h(
    "a",
    { class: `nav-link ${view.phone ? "on-phone" : ""}`, href: `#/${view.name}`, dataset: { view: view.name } },
    icon(view.glyph),
    h("span", {}, view.title),
  );

function themeButton() {
  const node = iconButton("contrast", "", () => {
    useTheme(THEMES[theme()].next);
  });
  const show = () => {
    const { label, glyph } = THEMES[theme()];
    node.setAttribute("aria-label", t("shell.changeIt", { label }));
    node.title = label;
    fill(node, icon(glyph));
  };
  document.addEventListener("themechange", show);
  show();
  return node;
}

/** The languages that the page is not in. */
const otherLanguages = () => LANGUAGES.filter((name) => name !== language).map((name) => ({ label: ownName(name), lang: name, glyph: "chat", run: () => useLanguage(name) }));

function account(session, actions) {
  return [
    ...otherLanguages(),
    { label: session.password_set ? t("common.changeThePassword") : t("common.setAPassword"), glyph: "lock", run: () => setPassword(session) },
    { label: t("shell.signOut"), glyph: "sign-out", run: () => signOut(actions.signedOut) },
  ];
}

function moreItems(session, actions) {
  const rest = openViews().filter((view) => !view.phone).map((view) => ({ label: view.title, glyph: view.glyph, run: () => go(view.name) }));
  const look = { label: THEMES[theme()].label, glyph: THEMES[theme()].glyph, run: () => useTheme(THEMES[theme()].next) };
  return [...rest, look, ...account(session, actions)];
}

/** Whether models are simulated, asked anew when the providers have changed. */
function demoNote(session) {
  const note = h("p", { class: "nav-note", hidden: !session.demo }, icon("spark"), h("span", {}, t("shell.demo")));
  const again = async () => {
    if (!note.isConnected) return document.removeEventListener("providerschange", again);
    const now = await get("/api/v1/session").catch(() => null);
    if (now) note.hidden = !now.demo;
  };
  document.addEventListener("providerschange", again);
  return note;
}

function build(session, actions) {
  const more = h(
    "button",
    { type: "button", class: "nav-link nav-more", "aria-haspopup": "menu", "aria-expanded": "false", onclick: () => openMenu(more, t("shell.more"), moreItems(session, actions)) },
    icon("more"),
    h("span", {}, t("shell.more")),
  );
  const user = h(
    "button",
    { type: "button", class: "nav-user", "aria-haspopup": "menu", "aria-expanded": "false", onclick: () => openMenu(user, t("shell.account"), account(session, actions)) },
    h("span", { class: "avatar", "aria-hidden": "true" }, (session.user ?? "?").slice(0, 1).toUpperCase()),
    h("span", { class: "nav-user-name" }, session.user ?? t("shell.signedIn"), h("small", {}, `v${session.version}`)),
    icon("down"),
  );
  return h(
    "nav",
    { class: "nav panel", "aria-label": t("common.views") },
    h("a", { class: "brand", href: "#/chat", "aria-label": t("shell.brand") }, h("img", { src: `${ASSETS}/mark.svg`, alt: "", width: 30, height: 30 }), h("span", {}, t("page.name"))),
    h("button", { type: "button", class: "nav-search", onclick: openPalette }, icon("search"), h("span", {}, t("shell.search")), h("kbd", {}, navigator.platform.startsWith("Mac") ? "⌘K" : t("shell.ctrlK"))),
    h("div", { class: "nav-links" }, openViews().map(entry), more),
    demoNote(session),
    h("div", { class: "nav-foot" }, user, themeButton(), iconButton("help", t("common.keyboardShortcuts"), showShortcuts)),
  );
}

/** Marks the view that is shown. */
function mark(name) {
  for (const link of document.querySelectorAll(".nav-link[data-view]")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const hidden = openViews().find((view) => view.name === name && !view.phone);
  document.querySelector(".nav-more")?.classList.toggle("current", Boolean(hidden));
}

export const navigation = { build, mark };
