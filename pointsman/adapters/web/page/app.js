// The page: asks who is signed in, shows the shell, and the view the address names.

import { useScopes } from "./access.js";
import { get, useSession } from "./api.js";
import { ASSETS, BASE } from "./base.js";
import { fill, h } from "./dom.js";
import { invitationIn, joinPage, oneTimeLink, signInPage } from "./session.js";
import { navigation } from "./shell.js";
import { installShortcuts } from "./shortcuts.js";
import { forgetAll } from "./store.js";
import { fillTexts, t } from "./texts.js";
import { announce, errorCard, skeleton } from "./ui.js";
import { readAddress } from "./views.js";

fillTexts();

const app = document.getElementById("app");
const current = { name: null, view: null, ready: null, session: null, turn: 0 };

function leave() {
  current.turn += 1;
  current.view?.destroy?.();
  Object.assign(current, { name: null, view: null, ready: null });
}

/** The files of this page's build are gone, the server was upgraded: the page is loaded anew, once. */
function renew(error) {
  const known = sessionStorage.getItem("pointsman.renewed");
  if (!navigator.onLine || known === ASSETS) throw error;
  sessionStorage.setItem("pointsman.renewed", ASSETS);
  location.reload();
  return new Promise(() => {});
}

/** Puts a view on the page; one that was left before it was ready is dropped. */
async function mountView(main, view, args) {
  const { turn } = current;
  const root = h("div", { class: `view view-${view.name}` });
  fill(main, h("div", { class: "view-waiting" }, skeleton(6)));
  try {
    const module = await view.load().catch(renew);
    if (turn !== current.turn) return;
    fill(main, root);
    const mounted = (await module.mount(root, { session: current.session, args })) ?? {};
    if (turn !== current.turn) mounted.destroy?.();
    else current.view = mounted;
  } catch (error) {
    if (turn !== current.turn) return;
    current.name = null;
    fill(main, root);
    fill(root, errorCard(error, showView));
  }
}

async function showView() {
  const { view, args } = readAddress();
  const main = document.getElementById("main");
  if (!main) return;
  if (current.name === view.name) {
    const { turn } = current;
    await current.ready;
    if (turn === current.turn) current.view?.update?.(readAddress().args);
    return;
  }
  leave();
  document.title = t("app.title", { view: view.title });
  navigation.mark(view.name);
  announce(view.title);
  current.name = view.name;
  current.ready = mountView(main, view, args);
  await current.ready;
}

function showSignIn(session, problem) {
  leave();
  forgetAll();
  document.title = t("app.signInTitle");
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
  useScopes(session.scopes);
  useSession(session, () => showSignIn({ ...session, authenticated: false }, t("app.signedOut")));
  if (session.authenticated) showShell(session);
  else showSignIn(session, problem);
}

async function begin() {
  try {
    const word = invitationIn();
    if (word) fill(app, joinPage(word, start));
    else {
      const { session, problem } = await oneTimeLink();
      await start(session, problem);
    }
  } catch (error) {
    fill(app, h("main", { class: "gate", id: "main" }, errorCard(error, begin)));
  }
}

addEventListener("hashchange", () => (/^#(link|invite)=/.test(location.hash) ? begin() : showView()));
installShortcuts(() => current);
begin();
// Only where the page came from a build: its files as they were written change under the same names.
if (ASSETS !== `${BASE}/static`) navigator.serviceWorker?.register(`${BASE}/worker.js`).catch(() => {});
