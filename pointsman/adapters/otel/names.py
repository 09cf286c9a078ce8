"""The names of the GenAI semantic conventions that are used here: one table, of one version.

Source: OpenTelemetry semantic conventions for generative AI, https://opentelemetry.io/docs/specs/semconv/gen-ai/;
the names are those of the Python package `opentelemetry-semantic-conventions` of `VERSION`, and a test compares them.
"""

from __future__ import annotations

VERSION = "0.66b2"
SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0"

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
CONVERSATION = "gen_ai.conversation.id"
REQUEST_MODEL = "gen_ai.request.model"
REQUEST_TEMPERATURE = "gen_ai.request.temperature"
REQUEST_TOP_P = "gen_ai.request.top_p"
REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens"
REQUEST_SEED = "gen_ai.request.seed"
REQUEST_STOP = "gen_ai.request.stop_sequences"
REQUEST_STREAM = "gen_ai.request.stream"
RESPONSE_ID = "gen_ai.response.id"
RESPONSE_MODEL = "gen_ai.response.model"
RESPONSE_FINISH = "gen_ai.response.finish_reasons"
RESPONSE_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"
USAGE_INPUT = "gen_ai.usage.input_tokens"
USAGE_OUTPUT = "gen_ai.usage.output_tokens"
USAGE_CACHE_READ = "gen_ai.usage.cache_read.input_tokens"
USAGE_CACHE_WRITE = "gen_ai.usage.cache_creation.input_tokens"
USAGE_REASONING = "gen_ai.usage.reasoning.output_tokens"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
TOOL_NAME = "gen_ai.tool.name"
TOOL_CALL = "gen_ai.tool.call.id"
TOOL_ARGUMENTS = "gen_ai.tool.call.arguments"
TOOL_RESULT = "gen_ai.tool.call.result"
TOKEN_TYPE = "gen_ai.token.type"
ERROR_TYPE = "error.type"

METRIC_DURATION = "gen_ai.client.operation.duration"
METRIC_FIRST_CHUNK = "gen_ai.client.operation.time_to_first_chunk"
METRIC_TOKENS = "gen_ai.client.token.usage"
UNITS = {METRIC_DURATION: "s", METRIC_FIRST_CHUNK: "s", METRIC_TOKENS: "{token}"}

SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
"""Bucket boundaries of durations, as the conventions give them."""
TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864)
"""Bucket boundaries of token counts, likewise."""

OPERATIONS = {
    "chat": "chat",
    "stream": "chat",
    "complete": "text_completion",
    "embed": "embeddings",
    "transcribe": "generate_content",
}

OF_SPANS = {
    "operation": OPERATION,
    "model": REQUEST_MODEL,
    "conversation": CONVERSATION,
    "stream": REQUEST_STREAM,
    "tool": TOOL_NAME,
    "tool_call": TOOL_CALL,
    "arguments": TOOL_ARGUMENTS,
    "result": TOOL_RESULT,
}
"""What the attributes of the port's spans are called; the conventions have no word for the others, so they are ours."""
