// Dialogs, confirmations and menus. Native <dialog> holds the focus and closes with Escape.

import { fill, h, uid } from "./dom.js";
import { t } from "./texts.js";
import { button, iconButton } from "./ui.js";

/** Opens a dialog. `build(close)` gives its body; resolves with what `close` was given when it closes. */
export function openDialog({ title, build, className = "", hideTitle = false }) {
  return new Promise((resolve) => {
    const id = uid("dialog");
    let result;
    const close = (value) => {
      result = value;
      node.close();
    };
    const head = h(
      "header",
      { class: hideTitle ? "sr-only" : "dialog-head" },
      h("h2", { id }, title),
      hideTitle ? null : iconButton("close", t("common.close"), () => close()),
    );
    const node = h("dialog", { class: `dialog ${className}`, "aria-labelledby": id }, head);
    const before = document.activeElement;
    node.addEventListener("close", () => {
      node.remove();
      if (before?.isConnected) before.focus();
      resolve(result);
    });
    node.addEventListener("pointerdown", (event) => event.target === node && outside(node, event) && close());
    fill(node, head, build(close));
    document.body.append(node);
    node.showModal();
    (node.querySelector("[autofocus]") ?? node.querySelector("input, textarea, select, .btn-primary"))?.focus();
  });
}

function outside(node, { clientX: x, clientY: y }) {
  const box = node.getBoundingClientRect();
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}

/** Asks before something that can't be undone. */
export async function confirmed({ title, text, action, danger = true }) {
  const answer = await openDialog({
    title,
    className: "dialog-small",
    build: (close) => [
      h("p", {}, text),
      h(
        "footer",
        { class: "dialog-foot" },
        button(t("common.cancel"), { onclick: () => close(false), autofocus: true }),
        button(action, { kind: danger ? "danger" : "primary", onclick: () => close(true) }),
      ),
    ],
  });
  return answer === true;
}

/** Asks for one line of text; null when it was cancelled. */
export async function askText({ title, label, value = "", action = t("common.save") }) {
  const id = uid("ask");
  const answer = await openDialog({
    title,
    className: "dialog-small",
    build: (close) => {
      const input = h("input", { id, class: "input", value, maxlength: 200, autofocus: true, required: true, autocomplete: "off" });
      const submit = (event) => {
        event.preventDefault();
        close(input.value.trim());
      };
      queueMicrotask(() => input.select());
      return h(
        "form",
        { onsubmit: submit },
        h("div", { class: "field" }, h("label", { for: id }, label), input),
        h(
          "footer",
          { class: "dialog-foot" },
          button(t("common.cancel"), { onclick: () => close() }),
          h("button", { type: "submit", class: "btn btn-primary" }, action),
        ),
      );
    },
  });
  return answer || null;
}

function place(menu, anchor) {
  const at = anchor.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const below = at.bottom + 6 + size.height < innerHeight;
  menu.style.top = `${Math.max(8, below ? at.bottom + 6 : at.top - size.height - 6)}px`;
  const left = document.dir === "rtl" ? at.left : at.right - size.width;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - size.width - 8))}px`;
}

function moveFocus(menu, step) {
  const items = [...menu.querySelectorAll("[role=menuitem]")];
  const here = items.indexOf(document.activeElement);
  items[(here + step + items.length) % items.length].focus();
}

/** A menu at a button. Items: `{label, glyph, run, danger}`. */
export function openMenu(anchor, label, items) {
  const menu = h("div", { class: "menu", role: "menu", "aria-label": label, popover: "auto" });
  const choose = (run) => () => {
    menu.hidePopover();
    run();
  };
  for (const item of items) {
    const node = button(item.label, { glyph: item.glyph, role: "menuitem", tabindex: "-1", lang: item.lang, onclick: choose(item.run) });
    node.className = `menu-item ${item.danger ? "menu-danger" : ""}`;
    menu.append(node);
  }
  menu.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      moveFocus(menu, steps[event.key]);
    }
    if (event.key === "Tab") menu.hidePopover();
  });
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    anchor.setAttribute("aria-expanded", "false");
    if (menu.contains(document.activeElement) || document.activeElement === document.body) anchor.focus();
    menu.remove();
  });
  document.body.append(menu);
  menu.showPopover();
  anchor.setAttribute("aria-expanded", "true");
  place(menu, anchor);
  menu.querySelector("[role=menuitem]")?.focus();
}
