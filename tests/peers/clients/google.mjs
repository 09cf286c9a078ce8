// npm `@google/genai`.
import { GoogleGenAI } from "@google/genai";
import * as r from "./report.mjs";

const client = new GoogleGenAI({ apiKey: r.key, httpOptions: { baseUrl: r.address } });
const ask = (contents, config) => ({ model: r.model, contents, config: { systemInstruction: r.system, ...config } });
const tools = [{ functionDeclarations: [{ name: "get_weather", parametersJsonSchema: r.parameters }] }];

await r.report({
  chat: async () => {
    const whole = await client.models.generateContent(ask(r.question));
    return { text: whole.text, input: whole.usageMetadata.promptTokenCount, output: whole.usageMetadata.candidatesTokenCount };
  },
  stream: async () => r.collect(await client.models.generateContentStream(ask(r.question)), (chunk) => chunk.text),
  tool: async () => {
    const contents = [{ role: "user", parts: [{ text: r.toolQuestion }] }];
    const called = await client.models.generateContent(ask(contents, { tools }));
    const [call] = called.functionCalls;
    contents.push(called.candidates[0].content);
    const functionResponse = { id: call.id, name: call.name, response: { output: r.toolResult } };
    contents.push({ role: "user", parts: [{ functionResponse }] });
    const last = await client.models.generateContent(ask(contents, { tools }));
    return { name: call.name, arguments: call.args, answer: last.text };
  },
  structured: async () => {
    const config = { responseMimeType: "application/json", responseJsonSchema: r.schema };
    return JSON.parse((await client.models.generateContent(ask("How warm?", config))).text);
  },
  embedding: async () =>
    (await client.models.embedContent({ model: r.embeddingModel, contents: ["a", "b"] })).embeddings.map((each) => each.values),
  error: () => r.errorOf(() => client.models.generateContent({ ...ask("hi"), model: r.missingModel })),
});
