// The branches of a conversation: which entries stand beside each other, and the ‹2/3› that goes from one to the next.

import { fill, h } from "./dom.js";
import { t } from "./texts.js";
import { iconButton } from "./ui.js";

/** The entry that each one follows, by id: as the server reads it, "" at the beginning. */
function parentsOf(entries) {
  const places = new Map(entries.map((entry, place) => [entry.id, place]));
  const parents = new Map();
  entries.forEach((entry, place) => {
    const known = entry.parent === null ? place : (places.get(entry.parent) ?? place);
    parents.set(entry.id, entry.parent === "" ? "" : (entries[known < place ? known : place - 1]?.id ?? ""));
  });
  return parents;
}

/** For each entry the ids of those of its role that follow the same one, itself among them; none without branches. */
export function siblingsOf(entries, leaf) {
  if (!leaf) return () => [];
  const parents = parentsOf(entries);
  const families = Map.groupBy(entries, (entry) => `${parents.get(entry.id)} ${entry.message.role}`);
  return (entry) => families.get(`${parents.get(entry.id)} ${entry.message.role}`).map(({ id }) => id);
}

/** Where ‹2/3› stands. `show(ids, id, choose)` fills it: `choose(id)` switches; fewer than two are not shown. */
export function branchSwitch(label) {
  const node = h("div", { class: "branches", role: "group", "aria-label": label, hidden: true });
  const show = (ids, id, choose) => {
    node.hidden = ids.length < 2;
    if (node.hidden) {
      fill(node); // of a long conversation hardly any turn has branches: no buttons without use
      return;
    }
    const at = ids.indexOf(id);
    const step = (by, words) => iconButton("right", words, () => choose(ids[at + by]), { disabled: !(at + by in ids), class: by < 0 ? "branch-back" : "branch-on" });
    fill(node, step(-1, t("branches.previous")), h("span", { class: "branch-place" }, t("branches.place", { at: at + 1, count: ids.length })), step(1, t("branches.next")));
  };
  return { node, show };
}

/** The two switches of a turn: of its question, and of its answer. */
export const turnSwitches = () => ({ question: branchSwitch(t("branches.ofTheQuestion")), answer: branchSwitch(t("branches.ofTheAnswer")) });
