// The answers that are coming, by conversation. They go on while other views are shown.

import { turnSwitches } from "./branches.js";
import { answerView } from "./answer.js";
import { ask } from "./live.js";
import { readingOffer } from "./long-files.js";
import { parameters } from "./chat-drawer.js";
import { t } from "./texts.js";
import { userView } from "./turns.js";
import { announce } from "./ui.js";

const runs = new Map();

/** The run of a conversation, or undefined. */
export const running = (id) => runs.get(id);

const tell = (run, kind) => document.dispatchEvent(new CustomEvent("run", { detail: { run, kind } }));

function unload(event) {
  event.preventDefault();
}

/** A refusal in the words of the extractor, which name the file: its place in the request says nothing here. */
function byFileName(error) {
  const words = (text) => text.replace(/^files\[\d+\](?:\.data)?: /u, "");
  return Object.assign(error, { message: words(error.message), problems: (error.problems ?? []).map(words) });
}

function settle(run, outcome) {
  const { answer } = run;
  if (outcome.response) {
    const { usage, cost, provider, model } = outcome.response;
    answer.model(provider, model);
    answer.foots({ usages: [usage], costs: [cost], ...outcome.response, status: "complete" });
  } else {
    answer.foots({ usages: [null], costs: [null], status: outcome.stopped ? "partial" : "failed" });
    const offer = outcome.error && readingOffer(outcome.error);
    if (offer) answer.fail(offer, () => run.handlers.resend?.(run, { ...run.message, leave: { by_parts: true } }), t("runs.readByParts"));
    else if (outcome.error) answer.fail(byFileName(outcome.error));
    announce(outcome.stopped ? t("runs.stopped") : (offer ?? outcome.error).message);
  }
}

/**
 * Sends a message and shows the answer in `run.nodes`. `place`: so many turns stand before it; `after`: the entry that
 * it follows, where a branch begins; with `again` what stands there is asked once more. `known`: the entries before.
 * Whoever shows the nodes sets `run.handlers`: `retry(run)`, `fork(run)`, `resend(run, message)`.
 */
export function startRun({ id, place, message: given, settings, after, again = false, known = [] }) {
  const controller = new AbortController();
  const { leave, ...message } = given; // for this once: a file that is sent again may cost again
  const run = { id, place, message, known: new Set(known), outcome: null, handlers: {}, stop: () => controller.abort(), switches: turnSwitches() };
  run.answer = answerView({ retry: () => run.handlers.retry?.(run), fork: () => run.handlers.fork?.(run), branches: run.switches.answer.node });
  run.nodes = [userView(message, (edited) => run.handlers.resend?.(run, edited), run.switches.question.node), run.answer.node];
  const says = again ? { text: "", images: [] } : { text: (message.documents ?? "") + message.text, images: message.images, ...(message.files?.length ? { files: message.files } : {}) };
  const request = { conversation: id, model: settings.model, ...says, ...(after === undefined ? {} : { after }), ...parameters(settings), ...leave };
  runs.set(id, run);
  addEventListener("beforeunload", unload);
  const waits = message.files?.length && !again ? t("runs.readingTheFiles") : "";
  run.ended = ask(request, run.answer, { signal: controller.signal, moved: () => tell(run, "moved"), waits }).then((outcome) => {
    run.outcome = outcome;
    settle(run, outcome);
    runs.delete(id);
    if (!runs.size) removeEventListener("beforeunload", unload);
    tell(run, "ended");
  });
  return run;
}
