// Who may sign in beside the owner: a list, invitations, roles.

import { at, get, patch, post, remove } from "./api.js";
import { BASE } from "./base.js";
import { confirmed, openDialog } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { selectField } from "./fields.js";
import { ago, money } from "./format.js";
import { t } from "./texts.js";
import { attempt, badge, button, copyButton, emptyState, heading, iconButton, loaded } from "./ui.js";

const ROLES = [["member", t("users.member")], ["viewer", t("users.viewer")], ["admin", t("users.admin")]];

function roleField(value, onchange, label) {
  const field = selectField({ label, options: ROLES });
  field.input.value = value;
  if (onchange) field.input.addEventListener("change", () => onchange(field.input.value));
  return field;
}

function inviteDialog() {
  return openDialog({
    title: t("users.invite"),
    className: "dialog-small",
    build: (close) => {
      const role = roleField("member", null, t("users.role"));
      const result = h("div", { role: "status" });
      const make = async () => {
        const made = await attempt(() => post("/api/v1/users/invitations", { role: role.input.value }));
        if (made === undefined) return;
        const link = `${location.origin}${BASE}/#invite=${made.invitation}`;
        fill(result, h("p", {}, t("users.link")), h("p", {}, h("code", { class: "invitation" }, link), " ", copyButton(() => link)));
      };
      return h("div", { class: "stack" }, role.node, result, h("footer", { class: "dialog-foot" }, button(t("common.close"), { onclick: () => close() }), button(t("users.makeLink"), { kind: "primary", onclick: make })));
    },
  });
}

function row(user, reload) {
  const change = async (fields) => (await attempt(() => patch(at("users", user.id), fields), t("users.changed", { name: user.name }))) !== undefined && reload();
  const drop = async () => {
    const sure = await confirmed({ title: t("users.deleteQuestion", { name: user.name }), text: t("users.deleteHint"), action: t("common.delete") });
    if (sure && (await attempt(() => remove(at("users", user.id)), t("common.deleted"))) !== undefined) reload();
  };
  const role = roleField(user.role, (chosen) => change({ role: chosen }), t("users.roleOf", { name: user.name }));
  return h(
    "tr",
    { class: user.enabled ? "" : "row-off" },
    h("th", { scope: "row" }, h("span", { class: "cell-words" }, user.name, h("small", {}, ago(user.created)))),
    h("td", {}, badge(user.enabled ? t("common.works") : t("users.disabled"), user.enabled ? "ok" : "")),
    h("td", { dataset: { label: t("users.role") } }, role.node),
    h("td", { dataset: { label: t("common.budget") } }, user.budget ? money(user.budget) : t("common.noLimit")),
    h("td", { class: "nowrap key-actions" }, button(user.enabled ? t("users.disable") : t("users.enable"), { onclick: () => change({ enabled: !user.enabled }) }), iconButton("trash", t("users.delete", { name: user.name }), drop)),
  );
}

const NAMES = [t("common.name"), t("users.state"), t("users.role"), t("common.budget"), ""];

/** Shows the users. */
export async function mount(root) {
  const box = h("div", {});
  const invite = () => button(t("users.invite"), { kind: "primary", glyph: "plus", onclick: async () => (await inviteDialog(), load()) });
  const load = () =>
    loaded(box, async () => {
      const { users } = await get("/api/v1/users");
      if (!users.length) return emptyState("people", t("users.empty"), t("users.emptyHint"), invite());
      const head = h("tr", {}, NAMES.map((name) => h("th", { scope: "col" }, name || h("span", { class: "sr-only" }, t("users.actions")))));
      return h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": t("common.users") }, h("table", { class: "table key-table" }, h("thead", {}, head), h("tbody", {}, users.map((user) => row(user, load)))));
    });
  fill(root, heading(t("common.users"), t("users.about"), invite()), h("section", { class: "panel section", "aria-label": t("common.users") }, box));
  load();
  return {};
}
