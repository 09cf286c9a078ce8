// Conversations from exports of other programs: the file goes as it is, and what came of it is said where it was chosen.

import { call } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { countOf } from "./format.js";
import { t } from "./texts.js";
import { announce, errorCard, iconButton } from "./ui.js";

const KINDS = { json: "application/json", zip: "application/zip", db: "application/vnd.sqlite3" };
const ENDINGS = Object.keys(KINDS).map((ending) => `.${ending}`).join(",");

const kindOf = (name) => KINDS[name.split(".").at(-1).toLowerCase()] ?? KINDS.json;

/** What an export held, in one sentence. */
export function outcomeOf({ source, new: fresh, grown, present, unread }) {
  const facts = [
    fresh && countOf("imports.fresh", fresh),
    grown && countOf("imports.grown", grown),
    present && countOf("imports.present", present),
    unread && countOf("imports.unread", unread),
  ].filter(Boolean);
  return t("imports.outcome", { source, facts: facts.join(", ") || t("imports.nothing") });
}

/** A button that chooses a file, and the box that says what becomes of it. `done(first)`: the id of the first, if any. */
export function importer(done) {
  const box = h("div", { class: "list-import", hidden: true });
  const button = iconButton("upload", t("imports.button"), choose);

  const close = () => {
    box.hidden = true;
    button.focus();
  };

  function say(...what) {
    box.hidden = false;
    fill(box, what);
  }

  function choose() {
    const input = h("input", { type: "file", accept: ENDINGS, onchange: () => input.files.length && take(input.files[0]) });
    input.click();
  }

  async function take(file) {
    button.disabled = true;
    const words = t("imports.going", { name: file.name });
    say(h("div", { class: "list-import-words" }, h("span", {}, h("bdi", {}, words)), h("progress", { "aria-label": words })));
    announce(words);
    try {
      const made = await call("POST", "/api/v1/conversations/imports", { file, kind: kindOf(file.name) });
      say(icon("check"), h("p", { class: "list-import-words" }, outcomeOf(made)), iconButton("close", t("common.close"), close));
      announce(outcomeOf(made));
      done(made.new || made.grown ? made.first : null);
    } catch (error) {
      say(errorCard(error, choose, t("imports.another")), iconButton("close", t("common.close"), close));
    } finally {
      button.disabled = false;
    }
  }

  return { button, box };
}
