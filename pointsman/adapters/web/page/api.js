// Talks to pointsman's HTTP API: envelopes, the CSRF header, and streams. Knows nothing of the page.

import { BASE } from "./base.js";
import { serverSentEvents } from "./sse.js";
import { t } from "./texts.js";

/** A failure as the server tells it: one sentence that says what to do. */
export class ApiError extends Error {
  constructor(error, status = 0) {
    super(error.message || t("api.unknownError"));
    this.tag = error.tag || "Unknown";
    this.isOurs = Boolean(error.isOurs); // said by the page, in its language
    this.retryable = Boolean(error.retryable);
    this.retryAfter = error.retry_after ?? null;
    this.problems = error.problems ?? [];
    this.provider = error.provider ?? null;
    this.model = error.model ?? null;
    this.requestId = error.request_id ?? null;
    this.reading = error.reading ?? null; // what it would take to read files by parts
    this.status = status;
  }
}

const UNREACHABLE = {
  tag: "NetworkError",
  message: t("api.unreachable"),
  isOurs: true,
  retryable: true,
};
const CUT_OFF = {
  tag: "NetworkError",
  message: t("api.cutOff"),
  isOurs: true,
  retryable: true,
};

const state = { csrf: null, events: [], signedOut: () => {} };

/** Remembers what a session said; `signedOut` is called when the server no longer knows the session. */
export function useSession(session, signedOut) {
  state.csrf = session.csrf;
  state.events = session.events ?? state.events;
  if (signedOut) state.signedOut = signedOut;
}

/** The token that every change, and the event socket, carries. */
export const csrfToken = () => state.csrf;

/** The names of all live events that this server sends. */
export const eventNames = () => state.events;

function address(path, query = {}) {
  const kept = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const search = new URLSearchParams(kept).toString();
  return search ? `${path}?${search}` : path;
}

function settings(method, body, signal, file, kind = "application/json") {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-Pointsman-CSRF"] = state.csrf ?? "";
  if (file) return { method, headers: { ...headers, "Content-Type": kind }, signal, credentials: "same-origin", body: file };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return { method, headers, signal, credentials: "same-origin", body: body === undefined ? undefined : JSON.stringify(body) };
}

async function send(path, init) {
  try {
    return await fetch(`${BASE}${path}`, init);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(UNREACHABLE);
  }
}

/** The envelope of an answer, or null when it is none; stopping passes through. */
async function envelopeOf(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return null;
  }
}

async function failure(response) {
  const envelope = await envelopeOf(response);
  const error = envelope?.error ?? { tag: "InvalidResponse", message: t("api.badStatus", { status: response.status }), isOurs: true };
  if (response.status === 401 && !response.url.endsWith("/api/v1/session")) state.signedOut();
  return new ApiError(error, response.status);
}

/**
 * Asks, and gives the envelope's data; throws an `ApiError` for everything else. In place of a `body` a `file` may be
 * sent, of a `kind` (a media type).
 */
export async function call(method, path, { body, query, signal, file, kind } = {}) {
  const response = await send(address(path, query), settings(method, body, signal, file, kind));
  if (!response.ok) throw await failure(response);
  if (response.status === 204) return null;
  const envelope = await envelopeOf(response);
  if (envelope?.success) return envelope.data;
  throw new ApiError(envelope?.error ?? { tag: "InvalidResponse", message: t("api.unreadable"), isOurs: true });
}

export const get = (path, query, signal) => call("GET", path, { query, signal });
export const post = (path, body = {}) => call("POST", path, { body });
export const patch = (path, body) => call("PATCH", path, { body });
export const put = (path, body) => call("PUT", path, { body });
export const remove = (path) => call("DELETE", path);

const isEnd = (name) => name === "Done" || name === "Failed";

/** The events of a chat, `{name, data}`; ends in exactly one of Done and Failed, or throws. */
export async function* chat(body, signal) {
  const init = settings("POST", { ...body, stream: true }, signal);
  init.headers.Accept = "text/event-stream";
  const response = await send("/api/v1/chat", init);
  if (!response.ok || !response.headers.get("content-type")?.startsWith("text/event-stream")) throw await failure(response);
  try {
    for await (const { name, data } of serverSentEvents(response.body)) {
      yield { name, data: JSON.parse(data) };
      if (isEnd(name)) return;
    }
  } catch (error) {
    if (error.name === "AbortError" || error instanceof ApiError) throw error;
  }
  throw new ApiError(CUT_OFF);
}

/** Saves an answer of the server (an export) as a file. */
export async function download(path, query, filename) {
  const response = await send(address(path, query), settings("GET"));
  if (!response.ok) throw await failure(response);
  const url = URL.createObjectURL(await response.blob());
  const link = Object.assign(document.createElement("a"), { href: url, download: filename });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** The path of one thing: `at("keys", "a/b")` is `/api/v1/keys/a%2Fb`. */
export const at = (...steps) => `/api/v1/${steps.map(encodeURIComponent).join("/")}`;
