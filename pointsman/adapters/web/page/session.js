// Signing in, by password or by the one-time link, signing out, and the password.

import { can } from "./access.js";
import { ASSETS } from "./base.js";
import { post, put, remove, useSession } from "./api.js";
import { h, icon } from "./dom.js";
import { forgetDrafts } from "./drafts.js";
import { openDialog } from "./dialogs.js";
import { parts, t } from "./texts.js";
import { attempt, button, toast } from "./ui.js";
import { passwordField, textField } from "./fields.js";

/** Uses the one-time link in the address, if there is one, and takes it out of the address bar. */
export async function oneTimeLink() {
  const match = /^#link=(.+)$/.exec(location.hash);
  if (!match) return {};
  history.replaceState(null, "", `${location.pathname}#/chat`);
  try {
    return { session: await post("/api/v1/session", { link: decodeURIComponent(match[1]) }) };
  } catch (error) {
    return { problem: error.message };
  }
}

const words = (alone) => parts(alone ? "session.openLink" : "session.orOpenLink", { command: h("code", {}, "pointsman serve") });

/** The word of an invitation in the address, which is taken out of the address bar. */
export function invitationIn() {
  const match = /^#invite=(.+)$/.exec(location.hash);
  if (match) history.replaceState(null, "", `${location.pathname}#/chat`);
  return match && decodeURIComponent(match[1]);
}

/** The page of who was invited: a name and a password make them a user. */
export function joinPage(invitation, done) {
  const name = textField({ label: t("common.name"), name: "username", autocomplete: "username", required: true, autofocus: true, maxlength: 80 });
  const field = passwordField({ label: t("session.newPassword"), autocomplete: "new-password", name: "new", hint: t("session.newPasswordHint") });
  const message = h("p", { class: "problem", role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    try {
      done(await post("/api/v1/session", { invitation, name: name.input.value.trim(), password: field.input.value }));
    } catch (error) {
      message.textContent = [error.message, ...error.problems].join(" ");
    }
  };
  return gate(
    h("p", { class: "quiet" }, t("session.invited")),
    h("form", { onsubmit: submit, class: "stack" }, name.node, field.node, message, h("button", { type: "submit", class: "btn btn-primary btn-wide" }, t("session.join"))),
  );
}

function gate(...content) {
  return h(
    "main",
    { class: "gate", id: "main" },
    h(
      "section",
      { class: "panel gate-card", "aria-labelledby": "gate-title" },
      h("img", { src: `${ASSETS}/mark.svg`, alt: "", width: 52, height: 52 }),
      h("h1", { id: "gate-title" }, t("page.name")),
      ...content,
    ),
  );
}

function passwordForm(done) {
  const name = textField({ label: t("session.user"), name: "username", value: "admin", autocomplete: "username" });
  const field = passwordField({ label: t("session.password"), autocomplete: "current-password", name: "password", autofocus: true });
  const message = h("p", { class: "problem", role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    message.textContent = "";
    try {
      done(await post("/api/v1/session", { name: name.input.value.trim(), password: field.input.value }));
    } catch (error) {
      message.textContent = error.message;
      field.input.select();
    }
  };
  return h(
    "form",
    { onsubmit: submit, class: "stack" },
    name.node,
    field.node,
    message,
    h("button", { type: "submit", class: "btn btn-primary btn-wide" }, t("session.signIn")),
  );
}

/** Leads to the provider of identities, which sends the browser back signed in. */
const providerLink = (title) => h("a", { class: "btn btn-wide", href: `${BASE}/api/v1/session/oidc` }, icon("key"), t("session.signInBy", { provider: title }));

/** The page for those who are not signed in. */
export function signInPage(session, done, problem) {
  return gate(
    h("p", { class: "quiet" }, t("session.motto")),
    problem && h("p", { class: "problem", role: "alert" }, problem),
    session.password_set && passwordForm(done),
    session.sign_in_by && providerLink(session.sign_in_by),
    h("p", { class: "gate-hint" }, icon("lock"), h("span", {}, words(!session.password_set))),
    h("p", { class: "tiny quiet" }, t("session.version", { version: session.version })),
  );
}

/** Signs out, and shows the sign-in page. */
export async function signOut(signedOut) {
  if ((await attempt(() => remove("/api/v1/session"))) === undefined) return;
  forgetDrafts();
  signedOut();
}

/** Asks for a new password. */
export function setPassword(session) {
  return openDialog({
    title: session.password_set || !can("admin") ? t("common.changeThePassword") : t("common.setAPassword"),
    className: "dialog-small",
    build: (close) => {
      const old = passwordField({ label: t("session.currentPassword"), autocomplete: "current-password", name: "old" });
      const fresh = passwordField({ label: t("session.newPassword"), autocomplete: "new-password", name: "new", hint: t("session.newPasswordHint") });
      const message = h("p", { class: "problem", role: "alert" });
      const submit = async (event) => {
        event.preventDefault();
        try {
          const body = { password: fresh.input.value, old: session.password_set || !can("admin") ? old.input.value : null };
          const answer = await put("/api/v1/session/password", body);
          Object.assign(session, answer?.csrf ? answer : { password_set: true });
          if (answer?.csrf) useSession(answer);
          toast(t("session.thePasswordIsSet"));
          close();
        } catch (error) {
          message.textContent = [error.message, ...error.problems].join(" ");
        }
      };
      return h(
        "form",
        { class: "stack", onsubmit: submit },
        (session.password_set || !can("admin")) && old.node,
        fresh.node,
        message,
        h(
          "footer",
          { class: "dialog-foot" },
          button(t("common.cancel"), { onclick: () => close() }),
          h("button", { type: "submit", class: "btn btn-primary" }, t("session.setThePassword")),
        ),
      );
    },
  });
}

