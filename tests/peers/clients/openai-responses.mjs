// npm `openai`, the Responses API.
import OpenAI from "openai";
import * as r from "./report.mjs";

const client = new OpenAI({ apiKey: r.key, baseURL: `${r.address}/v1`, maxRetries: 0 });
const ask = (input, more) => ({ model: r.model, instructions: r.system, store: false, input, ...more });
const tools = [{ type: "function", name: "get_weather", parameters: r.parameters, strict: false }];

await r.report({
  chat: async () => {
    const whole = await client.responses.create(ask(r.question));
    return { text: whole.output_text, input: whole.usage.input_tokens, output: whole.usage.output_tokens };
  },
  stream: async () =>
    r.collect(await client.responses.create(ask(r.question, { stream: true })), (e) =>
      e.type === "response.output_text.delta" ? e.delta : "",
    ),
  tool: async () => {
    const input = [{ role: "user", content: r.toolQuestion }];
    const first = await client.responses.create(ask(input, { tools, include: ["reasoning.encrypted_content"] }));
    const call = first.output.find((item) => item.type === "function_call");
    input.push(...first.output, { type: "function_call_output", call_id: call.call_id, output: r.toolResult });
    const last = await client.responses.create(ask(input, { tools, include: ["reasoning.encrypted_content"] }));
    return { name: call.name, arguments: JSON.parse(call.arguments), answer: last.output_text };
  },
  structured: async () => {
    const format = { type: "json_schema", name: "weather", schema: r.schema, strict: true };
    return (await client.responses.parse(ask("How warm?", { text: { format } }))).output_parsed;
  },
  error: () => r.errorOf(() => client.responses.create({ ...ask("hi"), model: r.missingModel })),
});
