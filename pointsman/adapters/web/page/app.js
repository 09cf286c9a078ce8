// The page: asks who is signed in, shows the shell, and the view the address names.

import { get, useSession } from "./api.js";
import { fill, h } from "./dom.js";
import { oneTimeLink, signInPage } from "./session.js";
import { navigation } from "./shell.js";
import { installShortcuts } from "./shortcuts.js";
import { forgetAll } from "./store.js";
import { announce, errorCard } from "./ui.js";
import { readAddress } from "./views.js";

const app = document.getElementById("app");
const current = { name: null, view: null, session: null, turn: 0 };

function leave() {
  current.view?.destroy?.();
  current.name = null;
  current.view = null;
}

async function showView() {
  const { view, args } = readAddress();
  const main = document.getElementById("main");
  if (!main) return;
  if (current.name === view.name && current.view?.update) {
    current.view.update(args);
    return;
  }
  leave();
  current.turn += 1;
  const turn = current.turn;
  const root = h("div", { class: `view view-${view.name}` });
  document.title = `${view.title} · pointsman`;
  navigation.mark(view.name);
  fill(main, root);
  try {
    const module = await view.load();
    const mounted = await module.mount(root, { session: current.session, args });
    if (turn !== current.turn) return mounted?.destroy?.();
    Object.assign(current, { name: view.name, view: mounted ?? {} });
    announce(view.title);
  } catch (error) {
    if (turn === current.turn) fill(root, errorCard(error, showView));
  }
  return undefined;
}

function showSignIn(session, problem) {
  leave();
  forgetAll();
  document.title = "Sign in · pointsman";
  fill(app, signInPage(session, start, problem));
}

function showShell(session) {
  fill(app, navigation.build(session, { signedOut: start }), h("main", { id: "main", tabindex: "-1" }));
  showView();
}

/** Shows the page for a session: sign-in or the views. */
async function start(given, problem) {
  leave();
  const session = given ?? (await get("/api/v1/session"));
  current.session = session;
  useSession(session, () => showSignIn({ ...session, authenticated: false }, "You were signed out; sign in again."));
  if (session.authenticated) showShell(session);
  else showSignIn(session, problem);
}

async function begin() {
  try {
    const { session, problem } = await oneTimeLink();
    await start(session, problem);
  } catch (error) {
    fill(app, h("main", { class: "gate", id: "main" }, errorCard(error, begin)));
  }
}

addEventListener("hashchange", () => (location.hash.startsWith("#link=") ? begin() : showView()));
installShortcuts(() => current);
begin();
