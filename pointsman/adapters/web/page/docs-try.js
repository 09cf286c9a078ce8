// Trying an operation of /docs out: its parameters and body as a form, the same request by curl, and the answer.

import { t } from "./texts.js";

const DEEPEST = 4;

/** A value that fits `schema`, as something to begin with. */
export function example(schema, all, depth = 0) {
  const found = schema?.$ref ? all[schema.$ref.split("/").pop()] : schema;
  if (!found || depth > DEEPEST) return null;
  if ("default" in found) return found.default;
  if ("const" in found) return found.const;
  if (found.enum) return found.enum[0];
  if (found.anyOf) return example(found.anyOf[0], all, depth);
  if (found.type === "object" || found.properties) {
    const wanted = Object.entries(found.properties ?? {}).filter(([name]) => found.required?.includes(name));
    return Object.fromEntries(wanted.map(([name, one]) => [name, example(one, all, depth + 1)]));
  }
  return { string: "", integer: 1, number: 1, boolean: false, array: [] }[found.type] ?? null;
}

/** A word for a shell of Unix, whatever is in it. */
export const quoted = (word) => (/^[\w./:=?&-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

const key = () => document.getElementById("key").value.trim();
const bearer = () => ["Bearer", key()].join(" ");

function labelled(text, control) {
  const made = document.createElement("label");
  made.append(text, control);
  return made;
}

function button(text, kind) {
  const made = document.createElement("button");
  made.type = kind;
  made.textContent = text;
  return made;
}

function addressOf(path, inputs) {
  const query = new URLSearchParams();
  let whole = path;
  for (const { parameter, input } of inputs) {
    if (parameter.in === "path") whole = whole.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (input.value) query.set(parameter.name, input.value);
  }
  return new URL(whole.slice(1) + (query.size ? `?${query}` : ""), document.baseURI);
}

function curlOf(address, method, body) {
  const words = ["curl", address.href];
  if (method !== "get") words.push("-X", method.toUpperCase());
  if (key()) words.push("-H", `authorization: ${bearer()}`);
  if (body) words.push("-H", "content-type:application/json", "-d", body);
  return words.map(quoted).join(" ");
}

async function headersOf(method, body) {
  const headers = body ? { "content-type": "application/json" } : {};
  if (key()) return { ...headers, authorization: bearer() };
  if (method === "get") return headers;
  const session = await (await fetch("api/v1/session")).json(); // the page's own: its word goes with a change
  return session.data?.csrf ? { ...headers, "x-pointsman-csrf": session.data.csrf } : headers;
}

async function ask(address, method, body, said, shown) {
  said.textContent = t("docsTry.sending");
  shown.textContent = "";
  try {
    const began = performance.now();
    const headers = await headersOf(method, body);
    const answer = await fetch(address, { method: method.toUpperCase(), headers, body: body || undefined });
    const text = await answer.text();
    const took = Math.round(performance.now() - began);
    said.textContent = t("docsTry.answered", { status: answer.status, milliseconds: took });
    shown.textContent = pretty(text);
  } catch (problem) {
    said.textContent = t("docsTry.failed", { why: problem.message });
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The form that asks `method` of `path` for real. */
export function tryOut(path, method, one, all) {
  const form = document.createElement("form");
  form.className = "try";
  const title = document.createElement("h4");
  title.textContent = t("docsTry.tryIt");
  form.append(title);
  const inputs = (one.parameters ?? []).map((parameter) => {
    const input = document.createElement("input");
    input.required = parameter.in === "path";
    form.append(labelled(t("docsTry.parameter", { name: parameter.name, place: parameter.in }), input));
    return { parameter, input };
  });
  const content = one.requestBody?.content?.["application/json"];
  const body = content && document.createElement("textarea");
  if (body) {
    body.value = JSON.stringify(content.example ?? example(content.schema, all), null, 2);
    body.rows = Math.min(14, body.value.split("\n").length + 1);
    body.spellcheck = false;
    form.append(labelled(t("docsTry.jsonBody"), body));
  }
  const curl = document.createElement("pre");
  curl.className = "curl";
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  const shown = document.createElement("pre");
  const copy = button(t("docsTry.copy"), "button");
  const renew = () => (curl.textContent = curlOf(addressOf(path, inputs), method, body?.value));
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(curl.textContent);
    copy.textContent = t("docsTry.copied");
  });
  form.addEventListener("input", renew);
  document.getElementById("key").addEventListener("input", renew);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(addressOf(path, inputs), method, body?.value, said, shown);
  });
  renew();
  form.append(labelled(t("docsTry.request"), curl), button(t("docsTry.send"), "submit"), copy, said, shown);
  return form;
}
