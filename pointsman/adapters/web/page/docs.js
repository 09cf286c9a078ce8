// The page /docs: the OpenAPI document in groups, to be searched, opened and tried out.

import { tryOut } from "./docs-try.js";
import { fillTexts, t } from "./texts.js";

function element(tag, text, name) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (name) made.className = name;
  return made;
}

function resolved(schema, all) {
  const name = schema?.$ref?.split("/").pop();
  return name ? { name, schema: all[name] } : { name: "", schema };
}

function kindOf(schema, all) {
  if (!schema) return "";
  const { name, schema: found } = resolved(schema, all);
  if (name) return name;
  if (found.enum) return found.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (found.anyOf) return found.anyOf.map((one) => kindOf(one, all)).join(" | ");
  if (found.type === "array") return t("docs.listOf", { items: kindOf(found.items, all) || t("docs.anything") });
  return found.type ?? t("docs.anything");
}

function fields(schema, all, title) {
  const { name, schema: found } = resolved(schema, all);
  const part = element("section");
  part.append(element("h4", name ? `${title}: ${name}` : title));
  if (found?.description) part.append(element("p", found.description));
  const properties = Object.entries(found?.properties ?? {});
  if (!properties.length) return part;
  const table = element("table");
  for (const [field, one] of properties) {
    const row = element("tr");
    const required = found.required?.includes(field) ? t("docs.required") : "";
    row.append(element("th", field), element("td", kindOf(one, all)), element("td", required, "quiet"));
    table.append(row);
  }
  part.append(table);
  return part;
}

function answerOf(one) {
  const schema = one.responses["200"]?.content?.["application/json"]?.schema;
  return schema?.properties?.data ?? schema;
}

function fill(made, path, method, one, all) {
  if (one.description) made.append(element("p", one.description));
  const query = (one.parameters ?? []).filter((parameter) => parameter.in === "query");
  if (query.length) {
    const properties = Object.fromEntries(query.map((parameter) => [parameter.name, parameter.schema]));
    made.append(fields({ properties }, all, t("docs.query")));
  }
  const body = one.requestBody?.content?.["application/json"]?.schema;
  if (body) made.append(fields(body, all, t("docs.body")));
  const answer = answerOf(one);
  if (answer) made.append(fields(answer, all, t("common.answer")));
  if (path && one.responses["200"]) made.append(tryOut(path, method, one, all));
}

function operation(path, method, one, all) {
  const made = element("details");
  const summary = element("summary");
  const name = element("code", path || one.operationId);
  summary.append(element("b", method.toUpperCase(), `method ${method}`), name, element("span", one.summary));
  made.append(summary);
  made.dataset.words = [path, method, one.operationId, one.summary, one.description].join(" ").toLowerCase();
  made.addEventListener("toggle", () => made.childElementCount === 1 && fill(made, path, method, one, all));
  return made;
}

function grouped(told) {
  const listed = [
    ...Object.entries(told.paths).map(([path, methods]) => [path, methods]),
    ...Object.values(told.webhooks ?? {}).map((methods) => ["", methods]),
  ];
  const groups = new Map(told.tags.map((tag) => [tag.name, { ...tag, operations: [] }]));
  groups.set("webhooks", { name: "webhooks", description: t("docs.sentTo"), operations: [] });
  for (const [path, methods] of listed) {
    for (const [method, one] of Object.entries(methods)) groups.get(one.tags[0])?.operations.push([path, method, one]);
  }
  return [...groups.values()].filter((group) => group.operations.length);
}

function section(group, all) {
  const made = element("section", "", "group");
  made.append(element("h2", group.name), element("p", group.description, "quiet"));
  for (const [path, method, one] of group.operations) made.append(operation(path, method, one, all));
  return made;
}

function search(place, words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const group of place.children) {
    let shown = 0;
    for (const one of group.querySelectorAll("details")) {
      one.hidden = !wanted.every((word) => one.dataset.words.includes(word));
      shown += one.hidden ? 0 : 1;
    }
    group.hidden = !shown;
    found += shown;
  }
  document.getElementById("none").hidden = found > 0;
}

document.title = t("docs.title");
fillTexts();
for (const input of document.querySelectorAll("#tools input")) input.placeholder = input.getAttribute("aria-label");

const answer = await fetch("openapi.json");
const told = await answer.json();
const place = document.getElementById("paths");
place.append(...grouped(told).map((group) => section(group, told.components.schemas)));
const box = document.getElementById("search");
box.addEventListener("input", () => search(place, box.value));
document.getElementById("tools").addEventListener("submit", (event) => event.preventDefault());
