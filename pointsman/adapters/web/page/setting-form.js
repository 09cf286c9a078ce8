// The form of one setting, or of an entry of it, in a sheet. What it saves counts at once.

import { call } from "./api.js";
import { openDialog } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { textField } from "./fields.js";
import { recordForm, sayProblems, showProblems, valueForm } from "./setting-fields.js";
import { settingWords, t } from "./texts.js";
import { button, toast } from "./ui.js";

const save = (name, value, entry) => call("PUT", `/api/v1/settings/${name}`, { body: { value, entry } });

/** Forgets what was saved of a setting, or of an entry: what the file says counts again. */
export const forget = (name, entry) => call("DELETE", `/api/v1/settings/${name}`, { query: { entry } });

function sheet(title, form, extra, submit) {
  return openDialog({
    title,
    className: "dialog-sheet",
    build: (close) => {
      const result = h("div", { class: "sheet-result" });
      const send = async (event) => {
        event.preventDefault();
        fill(result);
        try {
          await submit(result);
          toast(t("settingForm.saved"));
          close(true);
        } catch (error) {
          if (error.name !== "ApiError" && !error.problems) throw error;
          sayProblems(result, error.message, error.rest ?? []);
        }
      };
      return h(
        "form",
        { onsubmit: send, novalidate: true, autocomplete: "off" },
        h("div", { class: "sheet-body stack" }, extra, form.node),
        h("footer", { class: "sheet-foot" }, result, h("span", { class: "push" }), button(t("common.cancel"), { kind: "quiet", onclick: () => close() }), h("button", { type: "submit", class: "btn btn-primary" }, t("common.save"))),
      );
    },
  });
}

async function sent(form, action, path) {
  for (const node of form.node.querySelectorAll(".problem")) node.textContent = "";
  try {
    await action();
  } catch (error) {
    const rest = showProblems(form, error.problems ?? [], path);
    if (error.problems?.length && rest.length < error.problems.length) error.message = t("settingForm.mend");
    error.rest = rest.filter((each) => !error.message.includes(each));
    error.message = error.message.replaceAll(`${path}: `, "").replace(/^./, (letter) => letter.toUpperCase());
    throw error;
  }
}

/** Edits a whole setting: a record, a list or a single value. */
export function editSetting({ name, field, value, saved }) {
  const { label } = settingWords(name, field);
  const isRecord = field.kind === "record";
  const form = isRecord ? recordForm(field.fields, value ?? {}, name) : valueForm(field, value, name);
  return sheet(label, form, null, () => sent(form, () => save(name, isRecord ? form.readChanged(saved) : form.read() ?? "", null), name));
}

/** Edits an entry of a setting that stands under a name; without `entry` a new one. */
export function editEntry({ name, field, value }, entry) {
  const words = settingWords(name, field);
  const known = entry === undefined ? undefined : value?.[entry];
  const title = entry === undefined ? t("settingForm.newEntry", { setting: words.label }) : t("settingForm.entryOf", { entry, setting: words.label });
  const called = textField({ label: t("common.name"), name: "entry", value: entry ?? "", readonly: entry !== undefined, required: true, hint: t("settingForm.nameHint") });
  const isRecord = Boolean(field.fields);
  const form = isRecord ? recordForm(field.fields, known ?? {}, name) : valueForm({ ...field.item, name: "model", default: null, low: null, high: null }, known, `${name}.*`);
  const submit = async () => {
    const wanted = called.input.value.trim();
    called.problem(wanted ? null : t("settingForm.giveAName"));
    if (!wanted) {
      called.input.focus();
      throw Object.assign(new Error(t("settingForm.mend")), { problems: [] });
    }
    await sent(form, () => save(name, isRecord ? form.readWhole() : form.read(), wanted), `${name}.${wanted}`);
  };
  return sheet(title, form, called.node, submit);
}
