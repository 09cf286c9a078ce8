// The keyboard: what each key does, and the sheet that tells it.

import { openDialog } from "./dialogs.js";
import { h } from "./dom.js";
import { openPalette } from "./palette.js";
import { t } from "./texts.js";
import { go, openViews } from "./views.js";

const MOD = navigator.platform.startsWith("Mac") ? "⌘" : t("shortcuts.control");

const GROUPS = [
  [
    t("shortcuts.everywhere"),
    [
      [[MOD, "K"], t("common.searchAndCommands")],
      [["?"], t("shortcuts.theseShortcuts")],
      [[t("shortcuts.esc")], t("shortcuts.closeOrStopTheAnswer")],
    ],
  ],
  [
    t("common.chat"),
    [
      [["n"], t("common.newChat")],
      [["/"], t("shortcuts.toTheMessageBox")],
      [[t("shortcuts.enter")], t("common.send")],
      [[t("shortcuts.shift"), t("shortcuts.enter")], t("shortcuts.newLine")],
      [["m"], t("shortcuts.chooseTheModel")],
      [[","], t("common.parameters")],
    ],
  ],
  [t("shortcuts.goTo"), openViews().map((view) => [["g", view.key], view.title])],
];

const keys = (names) => names.map((name) => h("kbd", {}, name));

/** Shows the sheet of shortcuts. */
export function showShortcuts() {
  return openDialog({
    title: t("common.keyboardShortcuts"),
    className: "dialog-wide",
    build: () =>
      h(
        "div",
        { class: "shortcuts" },
        GROUPS.map(([title, rows]) =>
          h("section", {}, h("h3", {}, title), h("dl", {}, rows.map(([names, text]) => h("div", {}, h("dt", {}, text), h("dd", {}, keys(names)))))),
        ),
      ),
  });
}

const typing = (target) => target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio], [type=range]), textarea, select"));
const busy = () => document.querySelector("dialog[open], [popover]:popover-open");

/** Listens to the keyboard. `current()` gives the view that is shown, with its own `keys`. */
export function installShortcuts(current) {
  let waiting = 0;
  addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented || !current().session?.authenticated) return;
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (!busy()) openPalette();
      return;
    }
    if (busy() || event.metaKey || event.ctrlKey || event.altKey) return;
    const own = current().view?.keys?.[event.key];
    if (event.key === "Escape" && own) {
      own(event);
      return;
    }
    if (typing(event.target)) return;
    const goal = waiting > event.timeStamp && openViews().find((view) => view.key === event.key);
    waiting = event.key === "g" ? event.timeStamp + 1500 : 0;
    if (goal) {
      event.preventDefault();
      go(goal.name);
    } else if (event.key === "?") showShortcuts();
    else if (event.key === "n" && !own) go("chat");
    else if (own) {
      event.preventDefault();
      own(event);
    }
  });
}
