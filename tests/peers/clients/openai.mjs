// npm `openai`, chat completions and embeddings.
import OpenAI from "openai";
import * as r from "./report.mjs";

const client = new OpenAI({ apiKey: r.key, baseURL: `${r.address}/v1`, maxRetries: 0 });
const ask = (content, more) => ({
  model: r.model,
  messages: [{ role: "system", content: r.system }, { role: "user", content }],
  ...more,
});
const tools = [{ type: "function", function: { name: "get_weather", parameters: r.parameters } }];

await r.report({
  chat: async () => {
    const whole = await client.chat.completions.create(ask(r.question, { temperature: 0.5 }));
    return { text: whole.choices[0].message.content, input: whole.usage.prompt_tokens, output: whole.usage.completion_tokens };
  },
  stream: async () =>
    r.collect(await client.chat.completions.create(ask(r.question, { stream: true, temperature: 0.5 })), (e) => e.choices[0]?.delta.content),
  tool: async () => {
    const first = ask(r.toolQuestion, { tools });
    const { message } = (await client.chat.completions.create(first)).choices[0];
    const call = message.tool_calls[0];
    first.messages.push(message, { role: "tool", tool_call_id: call.id, content: r.toolResult });
    const last = await client.chat.completions.create(first);
    return { name: call.function.name, arguments: JSON.parse(call.function.arguments), answer: last.choices[0].message.content };
  },
  structured: async () => {
    const response_format = { type: "json_schema", json_schema: { name: "weather", schema: r.schema, strict: true } };
    return (await client.chat.completions.parse(ask("How warm?", { response_format }))).choices[0].message.parsed;
  },
  embedding: async () =>
    (await client.embeddings.create({ model: r.embeddingModel, input: ["a", "b"] })).data.map((each) => each.embedding),
  error: () => r.errorOf(() => client.chat.completions.create({ ...ask("hi"), model: r.missingModel })),
});
