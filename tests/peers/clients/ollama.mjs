// npm `ollama`.
import { Ollama } from "ollama";
import * as r from "./report.mjs";

const client = new Ollama({ host: r.address });
const ask = (content, more) => ({
  model: r.model,
  messages: [{ role: "system", content: r.system }, { role: "user", content }],
  ...more,
});
const tools = [{ type: "function", function: { name: "get_weather", description: "The weather", parameters: r.parameters } }];

await r.report({
  chat: async () => {
    const whole = await client.chat(ask(r.question, { options: { num_ctx: 2048, temperature: 0.5 } }));
    return { text: whole.message.content, input: whole.prompt_eval_count, output: whole.eval_count };
  },
  stream: async () => r.collect(await client.chat(ask(r.question, { stream: true })), (part) => part.message.content),
  tool: async () => {
    const first = ask(r.toolQuestion, { tools });
    const { message } = await client.chat(first);
    const [call] = message.tool_calls;
    first.messages.push(message, { role: "tool", tool_name: call.function.name, content: r.toolResult });
    const last = await client.chat(first);
    return { name: call.function.name, arguments: call.function.arguments, answer: last.message.content };
  },
  structured: async () => JSON.parse((await client.chat(ask("How warm?", { format: r.schema }))).message.content),
  embedding: async () => (await client.embed({ model: r.embeddingModel, input: ["a", "b"] })).embeddings,
  error: () => r.errorOf(() => client.chat({ ...ask("hi"), model: r.missingModel })),
});
