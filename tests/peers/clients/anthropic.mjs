// npm `@anthropic-ai/sdk`.
import Anthropic from "@anthropic-ai/sdk";
import * as r from "./report.mjs";

const client = new Anthropic({ apiKey: r.key, baseURL: r.address, maxRetries: 0 });
const marked = [{ type: "text", text: r.system, cache_control: { type: "ephemeral" } }];
const ask = (content, more) => ({ model: r.model, max_tokens: 500, system: marked, messages: [{ role: "user", content }], ...more });
const tools = [{ name: "get_weather", input_schema: r.parameters, cache_control: { type: "ephemeral" } }];
const textOf = (message) => message.content.filter((block) => block.type === "text").map((block) => block.text).join("");

await r.report({
  chat: async () => {
    const whole = await client.messages.create(ask(r.question));
    return { text: textOf(whole), input: whole.usage.input_tokens, output: whole.usage.output_tokens };
  },
  stream: async () =>
    r.collect(client.messages.stream(ask(r.question)), (e) => (e.type === "content_block_delta" ? e.delta.text : "")),
  tool: async () => {
    const first = ask(r.toolQuestion, { tools });
    const called = await client.messages.create(first);
    const call = called.content.find((block) => block.type === "tool_use");
    first.messages.push({ role: "assistant", content: called.content });
    first.messages.push({ role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: r.toolResult }] });
    return { name: call.name, arguments: call.input, answer: textOf(await client.messages.create(first)) };
  },
  structured: async () => {
    const output_config = { format: { type: "json_schema", schema: r.schema } };
    return JSON.parse(textOf(await client.messages.create(ask("How warm?", { output_config }))));
  },
  error: () => r.errorOf(() => client.messages.create({ ...ask("hi"), model: r.missingModel })),
});
