// The page /docs: the OpenAPI document as a list of operations that can be opened.

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

function operation(path, method, one, all) {
  const made = element("details");
  const summary = element("summary");
  summary.append(element("b", method.toUpperCase(), `method ${method}`), element("code", path), element("span", one.summary));
  made.append(summary);
  if (one.description) made.append(element("p", one.description));
  const query = (one.parameters ?? []).filter((parameter) => parameter.in === "query");
  if (query.length) {
    const properties = Object.fromEntries(query.map((parameter) => [parameter.name, parameter.schema]));
    made.append(fields({ properties }, all, t("docs.query")));
  }
  const body = one.requestBody?.content?.["application/json"]?.schema;
  if (body) made.append(fields(body, all, t("docs.body")));
  const data = one.responses["200"].content["application/json"]?.schema?.properties?.data;
  if (data) made.append(fields(data, all, t("common.answer")));
  return made;
}

document.title = t("docs.title");
fillTexts();

const answer = await fetch("openapi.json");
const told = await answer.json();
const place = document.getElementById("paths");
for (const [path, methods] of Object.entries(told.paths)) {
  for (const [method, one] of Object.entries(methods)) place.append(operation(path, method, one, told.components.schemas));
}
