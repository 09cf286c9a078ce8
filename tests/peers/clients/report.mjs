// Runs each of a client's tasks and prints what came of it: one JSON object, of which the test reads every member.
export const { address, model, embeddingModel, missingModel, kind } = JSON.parse(process.argv[2]);
export const key = "sk-of-the-client";
export const question = "Which way?";
export const toolQuestion = "Use get_weather for Bern.";
export const system = "You are a signalman.";
export const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
export const schema = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "integer" } },
  required: ["city", "degrees"],
  additionalProperties: false,
};
export const toolResult = "12 degrees";

export async function report(tasks) {
  const results = {};
  for (const [name, task] of Object.entries(tasks)) {
    try {
      results[name] = await task();
    } catch (problem) {
      results[name] = { failure: `${problem} ${problem.responseBody ?? ""}`.slice(0, 400) };
    }
  }
  console.log(JSON.stringify(results));
  process.exit(0);
}

export async function errorOf(task) {
  try {
    await task();
  } catch (problem) {
    const cause = problem.lastError ?? problem;
    return { type: cause.constructor.name, status: cause.status ?? cause.statusCode ?? cause.status_code, message: cause.message };
  }
  return { failure: "no error was thrown" };
}

export async function collect(stream, pick) {
  const pieces = [];
  for await (const each of stream) pieces.push(pick(each) ?? "");
  return pieces.filter((piece) => piece !== "");
}
