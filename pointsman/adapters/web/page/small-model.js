// Where models are only simulated: the offer to get the very small model onto the server's machine, and its progress.

import { can } from "./access.js";
import { get, post } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { bytes } from "./format.js";
import { providersChanged } from "./store.js";
import { t } from "./texts.js";
import { announce, button, errorCard } from "./ui.js";

const MODELS = "/api/v1/local-models";
const SOURCE = "smollm2";
const LOOK_MS = 700;

/** A panel with the offer; empty where models answer, or where who is signed in may not get any. */
export function smallModelOffer(session) {
  const box = h("div", { class: "small-model", hidden: true });
  if (session.demo && can("admin")) show(box);
  return box;
}

async function show(box) {
  const found = await get(MODELS).catch(() => null);
  const model = found?.recommended.find((each) => each.source === SOURCE);
  if (!model || found.models.some((each) => each.name === SOURCE)) return;
  box.hidden = false;
  const going = found.downloads.find((each) => each.name === SOURCE && !each.is_over);
  if (going) follow(box, model);
  else offer(box, model, found.engine);
}

function offer(box, model, engine) {
  const facts = t("smallModel.facts", { size: bytes(model.size_bytes), memory: bytes(model.memory_bytes), licence: model.licence });
  const words = h("div", {}, h("strong", {}, t("smallModel.title")), h("p", { class: "quiet small" }, t("smallModel.about", { title: model.title })), h("p", { class: "quiet tiny" }, facts));
  const action = engine ? button(t("smallModel.get"), { kind: "primary", glyph: "download", onclick: () => begin(box, model) }) : h("code", {}, "pip install 'pointsman[local]'");
  fill(box, icon("home"), words, action);
}

async function begin(box, model) {
  try {
    await post(MODELS, { source: SOURCE });
    follow(box, model);
  } catch (error) {
    fill(box, errorCard(error, () => begin(box, model)));
  }
}

/** Shows how far it is until it is here; then the page is loaded anew, for other models answer now. */
async function follow(box, model) {
  const bar = h("progress", { max: model.size_bytes, value: 0, "aria-label": t("smallModel.getting") });
  const count = h("p", { class: "quiet small" });
  fill(box, icon("home"), h("div", {}, h("strong", {}, t("smallModel.getting")), bar, count));
  announce(t("smallModel.getting"));
  while (box.isConnected) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const found = await get(MODELS).catch(() => null);
    const one = found?.downloads.find((each) => each.name === SOURCE);
    if (!one) continue;
    bar.value = one.done_bytes;
    count.textContent = t("smallModel.done", { done: bytes(one.done_bytes), size: bytes(one.size_bytes ?? model.size_bytes) });
    if (one.is_over) {
      if (one.error) fill(box, errorCard(new Error(one.error), () => begin(box, model)));
      else here(box);
      return;
    }
  }
}

function here(box) {
  providersChanged();
  announce(t("smallModel.here"));
  fill(box, icon("check"), h("div", {}, h("strong", {}, t("smallModel.here")), h("p", { class: "quiet small" }, t("smallModel.warning"))), button(t("smallModel.use"), { kind: "primary", onclick: () => location.reload() }));
}
