// npm `ai` (Vercel's SDK) with its providers for OpenAI (Responses and chat), Anthropic and Google.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { embedMany, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from "ai";
import * as r from "./report.mjs";

const openai = () => createOpenAI({ apiKey: r.key, baseURL: `${r.address}/v1` });
const providers = {
  openai: () => [openai(), (provider, id) => provider.chat(id)],
  "openai-responses": () => [openai(), (provider, id) => provider.responses(id)],
  anthropic: () => [createAnthropic({ apiKey: r.key, baseURL: `${r.address}/v1` }), (provider, id) => provider(id)],
  gemini: () => [createGoogleGenerativeAI({ apiKey: r.key, baseURL: `${r.address}/v1beta` }), (provider, id) => provider(id)],
};
const [provider, choose] = providers[r.kind]();
const ask = (prompt, more) => ({ model: choose(provider, r.model), system: r.system, prompt, maxRetries: 0, ...more });
const execute = async () => r.toolResult;
const tools = { get_weather: tool({ description: "The weather", inputSchema: jsonSchema(r.parameters), execute }) };

await r.report({
  chat: async () => {
    const { text, usage } = await generateText(ask(r.question));
    return { text, input: usage.inputTokens, output: usage.outputTokens };
  },
  stream: async () => {
    let failure = null;
    const pieces = await r.collect(streamText(ask(r.question, { onError: ({ error }) => (failure = error) })).textStream, (piece) => piece);
    if (failure) throw failure;
    return pieces;
  },
  tool: async () => {
    const { steps, text } = await generateText(ask(r.toolQuestion, { tools, stopWhen: stepCountIs(2) }));
    const [call] = steps[0].toolCalls;
    return { name: call.toolName, arguments: call.input, answer: text };
  },
  structured: async () =>
    (await generateText(ask("How warm?", { output: Output.object({ schema: jsonSchema(r.schema) }) }))).output,
  ...(r.kind === "openai" || r.kind === "gemini"
    ? {
        embedding: async () =>
          (await embedMany({ model: provider.textEmbeddingModel(r.embeddingModel), values: ["a", "b"], maxRetries: 0 })).embeddings,
      }
    : {}),
  error: () => r.errorOf(() => generateText({ ...ask("hi"), model: choose(provider, r.missingModel) })),
});
