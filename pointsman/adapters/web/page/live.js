// An answer while it comes: stream events in, the answer's view grown at most once a frame.

import { chat } from "./api.js";
import { readingWords } from "./long-files.js";
import { reasoningPart, textPart, toolPart } from "./parts.js";
import { t } from "./texts.js";
import { announce } from "./ui.js";

const MOST_SAID = 4000; // characters read out at once: nobody listens to a whole file, and it stands in the answer

const MAKERS = { Text: textPart, Reasoning: reasoningPart, ToolCall: toolPart };

function later(run, milliseconds) {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
}

function nextFrame(run) {
  const frame = requestAnimationFrame(run);
  return () => cancelAnimationFrame(frame);
}

/** Reads an answer out: finished paragraphs, every few seconds, and the rest at its end. */
function speaker(text) {
  let said = 0;
  const speak = (end) => {
    const all = text();
    const stop = end ? all.length : all.lastIndexOf("\n\n");
    if (stop > said) announce(all.slice(said, Math.min(stop, said + MOST_SAID)));
    said = Math.max(said, stop);
  };
  const timer = setInterval(speak, 4000, false);
  return () => {
    clearInterval(timer);
    speak(true);
  };
}

/** Draws what has come since the last frame; when drawing is slow, it waits longer, so that typing stays smooth. */
function painter(after) {
  const pending = new Map();
  let cancel = null;
  let rest = 0;

  function flush() {
    cancel?.();
    cancel = null;
    const begun = performance.now();
    for (const [view, text] of pending) view.append(text);
    pending.clear();
    after();
    rest = performance.now() - begun;
  }

  return {
    flush,
    add: (view, text) => {
      pending.set(view, (pending.get(view) ?? "") + text);
      cancel ??= rest > 12 ? later(flush, rest * 3) : nextFrame(flush);
    },
  };
}

/** Puts stream events into an answer's view. `moved()` is called after each drawing. */
export function liveAnswer(answer, moved) {
  const paint = painter(moved);
  let parts = new Map();
  let calls = new Map();
  let ran = false;

  function view(index, kind) {
    if (ran || (parts.has(index) && parts.get(index).kind !== kind)) parts = new Map();
    ran = false;
    if (!parts.has(index)) {
      const made = answer.put(MAKERS[kind]());
      made.busy?.();
      parts.set(index, made);
    }
    return parts.get(index);
  }

  function done({ index, part }) {
    if (!(part._type in MAKERS)) return;
    const known = view(index, part._type);
    paint.flush();
    if (part._type === "ToolCall") {
      known.call(part);
      calls.set(part.id, known);
      return;
    }
    if (part.text && known.text() !== part.text) known.replace(part.text);
    known.finish(true);
  }

  function drop({ model }) {
    paint.flush();
    answer.clear();
    parts = new Map();
    calls = new Map();
    if (model) answer.model("", model);
    announce(t("live.begunAgain"));
  }

  const handlers = {
    Started: ({ provider, model }) => {
      if (parts.size) ran = true;
      answer.model(provider, model);
    },
    TextDelta: ({ index, text }) => paint.add(view(index, "Text"), text),
    ReasoningDelta: ({ index, text }) => paint.add(view(index, "Reasoning"), text),
    ToolCallStarted: ({ index, id, name }) => {
      const made = view(index, "ToolCall");
      made.call({ name });
      calls.set(id, made);
    },
    ToolCallDelta: ({ index, arguments: text }) => paint.add(view(index, "ToolCall"), text),
    PartDone: done,
    ToolRan: ({ call, result, milliseconds }) => {
      paint.flush();
      calls.get(call.id)?.ran(result, milliseconds);
      ran = true;
    },
    Restarted: drop,
  };

  return {
    event: ({ name, data }) => {
      handlers[name]?.(data);
      if (name !== "TextDelta") moved();
    },
    settle: () => {
      paint.flush();
      for (const each of answer.views()) each.finish(each.node.classList.contains("busy"));
      moved();
    },
  };
}

const SILENT = 5000; // milliseconds without data, after which that is said

/** Says every second how long the answer takes, and since when nothing has come. */
function stopwatch(answer, waits) {
  const begun = performance.now();
  let last = begun;
  let words = waits;
  const seconds = (since) => Math.floor((performance.now() - since) / 1000);
  const show = () => {
    const elapsed = t("live.elapsed", { seconds: seconds(begun) });
    const silence = performance.now() - last >= SILENT && t("live.noData", { seconds: seconds(last) });
    answer.waiting([words, silence, elapsed].filter(Boolean).join(" · "));
  };
  answer.waiting(words || undefined);
  const timer = setInterval(show, 1000);
  return {
    came: (said = "") => {
      last = performance.now();
      words = said;
      if (words) show();
    },
    stop: () => clearInterval(timer),
  };
}

/**
 * Asks, and shows the answer as it comes. Resolves with `{response}`, `{error}` or `{stopped: true}`.
 * `waits` are words for what is done before the model is asked.
 */
export async function ask(request, answer, { signal, moved, waits = "" }) {
  const live = liveAnswer(answer, moved);
  const watch = stopwatch(answer, waits);
  answer.node.classList.add("streaming");
  announce(t("live.theModelAnswers"));
  const quiet = speaker(answer.text);
  let outcome;
  try {
    for await (const event of chat(request, signal)) {
      watch.came(event.name === "ReadingProgress" ? readingWords(event.data) : "");
      live.event(event);
      if (event.name === "Done") outcome = { response: event.data.response };
      if (event.name === "Failed") outcome = { error: Object.assign({ problems: [] }, event.data.error) };
    }
  } catch (error) {
    if (error.name !== "AbortError" && error.name !== "ApiError" && !error.tag) throw error;
    outcome = error.name === "AbortError" ? { stopped: true } : { error };
  } finally {
    watch.stop();
    live.settle();
    quiet();
    answer.node.classList.remove("streaming");
  }
  return outcome;
}
