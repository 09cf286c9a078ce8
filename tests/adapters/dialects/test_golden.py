"""Literal wire bodies of Gemini, Ollama, OpenAI Responses and LM Studio, as their documentation shows them."""

from __future__ import annotations

import orjson
import pytest
from returns.methods import unwrap_or_failure

from pointsman.adapters.dialects.dialect import Dialect, ErrorReply, Target, WireRequest
from pointsman.adapters.dialects.gemini import GEMINI
from pointsman.adapters.dialects.lmstudio.models import LMSTUDIO_MODELS
from pointsman.adapters.dialects.ollama import OLLAMA, OLLAMA_SHOW
from pointsman.adapters.dialects.ollama.models import write_show
from pointsman.adapters.dialects.openai_responses import OPENAI_RESPONSES
from pointsman.core.chat.event import Done, Failed, TextDelta
from pointsman.core.chat.message import assistant, system, tool, user
from pointsman.core.chat.part import Bytes, Image, Opaque, Reasoning, Text, ToolCall
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.response import ChatResponse, Finish
from pointsman.core.chat.tool import Tool
from pointsman.core.chat.usage import Usage
from pointsman.core.models.model import ModelInfo, ModelPage

TARGET = Target("p", "m")
CALL = ToolCall("c1", "look", '{"at":"sky"}', Opaque("gemini", "thought_signature", "sig=="))
REQUEST = ChatRequest(
    "m",
    (
        system("Be brief."),
        user("What is up?", Image(Bytes(b"\x89PNG", "image/png"))),
        assistant(CALL),
        tool(CALL, "blue"),
        user("So?"),
    ),
    temperature=0.5,
    max_tokens=64,
    tools=(Tool("look", "Look.", {"type": "object", "properties": {"at": {"type": "string"}}}),),
)
PARAMETERS = {"type": "object", "properties": {"at": {"type": "string"}}}
WIRES: list[tuple[Dialect, str, object]] = [
    (
        GEMINI,
        "/models/m:streamGenerateContent",
        {
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "contents": [
                {
                    "role": "user",
                    "parts": [{"text": "What is up?"}, {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}}],
                },
                {
                    "role": "model",
                    "parts": [
                        {
                            "functionCall": {"id": "c1", "name": "look", "args": {"at": "sky"}},
                            "thoughtSignature": "sig==",
                        }
                    ],
                },
                {
                    "role": "user",
                    "parts": [{"functionResponse": {"id": "c1", "name": "look", "response": {"result": "blue"}}}],
                },
                {"role": "user", "parts": [{"text": "So?"}]},
            ],
            "tools": [
                {"functionDeclarations": [{"name": "look", "description": "Look.", "parametersJsonSchema": PARAMETERS}]}
            ],
            "generationConfig": {"temperature": 0.5, "maxOutputTokens": 64},
        },
    ),
    (
        OLLAMA,
        "/api/chat",
        {
            "model": "m",
            "stream": True,
            "truncate": False,
            "shift": False,
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "What is up?", "images": ["iVBORw=="]},
                {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [{"id": "c1", "function": {"index": 0, "name": "look", "arguments": {"at": "sky"}}}],
                },
                {"role": "tool", "content": "blue", "tool_name": "look", "tool_call_id": "c1"},
                {"role": "user", "content": "So?"},
            ],
            "tools": [
                {"type": "function", "function": {"name": "look", "description": "Look.", "parameters": PARAMETERS}}
            ],
            "options": {"temperature": 0.5, "num_predict": 64},
        },
    ),
    (
        OPENAI_RESPONSES,
        "/responses",
        {
            "model": "m",
            "stream": True,
            "store": False,
            "temperature": 0.5,
            "max_output_tokens": 64,
            "instructions": "Be brief.",
            "input": [
                {
                    "type": "message",
                    "role": "user",
                    "content": [
                        {"type": "input_text", "text": "What is up?"},
                        {"type": "input_image", "image_url": "data:image/png;base64,iVBORw=="},
                    ],
                },
                {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"at":"sky"}'},
                {"type": "function_call_output", "call_id": "c1", "output": "blue"},
                {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "So?"}]},
            ],
            "tools": [
                {
                    "type": "function",
                    "name": "look",
                    "description": "Look.",
                    "parameters": PARAMETERS,
                    "strict": False,
                }
            ],
        },
    ),
]


@pytest.mark.parametrize(("dialect", "path", "body"), WIRES, ids=[dialect.name for dialect, _, _ in WIRES])
def test_a_request_is_written_as_documented(dialect: Dialect, path: str, body: object) -> None:
    wire = unwrap_or_failure(dialect.chat.write_request(REQUEST, TARGET, True))
    assert isinstance(wire, WireRequest)
    assert wire.path == path
    assert orjson.loads(orjson.dumps(wire.body)) == body


def read(dialect: Dialect, body: object) -> ChatResponse:
    """The answer in `body`."""
    answer = unwrap_or_failure(dialect.chat.read_response(orjson.loads(orjson.dumps(body)), TARGET))
    assert isinstance(answer, ChatResponse)
    return answer


def test_a_gemini_answer_with_thoughts_and_cache() -> None:
    parts = [
        {"text": "Hm.", "thought": True},
        {"text": "Up."},
        {"functionCall": {"name": "look", "args": {"at": "sky"}}, "thoughtSignature": "sig=="},
    ]
    usage = {
        "promptTokenCount": 10,
        "cachedContentTokenCount": 4,
        "candidatesTokenCount": 3,
        "thoughtsTokenCount": 5,
        "totalTokenCount": 18,
    }
    answer = read(
        GEMINI,
        {
            "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": usage,
            "modelVersion": "gemini-x",
            "responseId": "r1",
        },
    )
    state = Opaque("gemini", "thought_signature", "sig==")
    assert answer.parts == (Reasoning("Hm."), Text("Up."), ToolCall("call_0", "look", '{"at":"sky"}', state))
    assert answer.usage == Usage(10, 8, 4, None, 5)
    assert (answer.finish_reason, answer.model, answer.id) == (Finish.TOOL_CALLS, "gemini-x", "r1")


@pytest.mark.parametrize(
    ("status", "error", "tag", "wait"),
    [
        (429, {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "slow", "details": [{"retryDelay": "12.5s"}]},
         "RateLimitExceeded", 12.5),
        (429, {"status": "RESOURCE_EXHAUSTED", "details": [{"violations": [{"quotaId": "RequestsPerDay"}]}]},
         "QuotaExhausted", None),
        (400, {"status": "INVALID_ARGUMENT", "message": "bad key", "details": [{"reason": "API_KEY_INVALID"}]},
         "AuthenticationFailed", None),
        (400, {"status": "INVALID_ARGUMENT",
               "message": "The input token count (11) exceeds the maximum number of tokens allowed (10)."},
         "ContextTooLarge", None),
        (404, {"status": "NOT_FOUND", "message": "no"}, "ModelNotFound", None),
        (503, {"status": "UNAVAILABLE", "message": "overloaded"}, "ModelUnavailable", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("listed", [False, True])
def test_gemini_errors(status: int, error: object, tag: str, wait: float | None, listed: bool) -> None:
    body: object = {"error": error}
    reply = ErrorReply(status, orjson.dumps([body] if listed else body))
    found = GEMINI.read_error(reply, TARGET)
    assert (found.tag, found.retry_after) == (tag, wait)


def test_a_blocked_gemini_prompt() -> None:
    blocked = unwrap_or_failure(GEMINI.chat.read_response({"promptFeedback": {"blockReason": "SAFETY"}}, TARGET))
    assert not isinstance(blocked, ChatResponse)
    assert blocked.tag == "ContentFiltered"


def test_an_ollama_stream_with_thinking() -> None:
    lines = [
        {"model": "m", "message": {"role": "assistant", "content": "", "thinking": "Hm."}, "done": False},
        {"model": "m", "message": {"role": "assistant", "content": "U\u2028p."}, "done": False},
        {"model": "m", "message": {"content": "", "tool_calls": [{"function": {"name": "look", "arguments": {}}}]}},
        {"model": "m", "done": True, "done_reason": "stop", "prompt_eval_count": 26, "eval_count": 9},
    ]
    reader = OLLAMA.chat.open_reader(TARGET)
    events = [event for line in lines for event in reader.feed("", orjson.dumps(line))]
    end = events[-1]
    assert isinstance(end, Done)
    assert end.response.parts == (Reasoning("Hm."), Text("U\u2028p."), ToolCall("call_0", "look", "{}"))
    assert end.response.usage == Usage(26, 9)
    assert end.response.finish_reason == Finish.TOOL_CALLS


@pytest.mark.parametrize(
    ("status", "text", "tag"),
    [
        (400, "the input length exceeds the context length", "ContextTooLarge"),
        (404, "model 'x' not found", "ModelNotFound"),
        (400, "registry.ollama.ai/library/x does not support tools", "UnsupportedFeature"),
        (500, "llama runner process has terminated", "ModelUnavailable"),
    ],
)
def test_ollama_errors_with_a_status_and_in_a_line(status: int, text: str, tag: str) -> None:
    assert OLLAMA.read_error(ErrorReply(status, orjson.dumps({"error": text})), TARGET).tag == tag
    end = OLLAMA.chat.open_reader(TARGET).feed("", orjson.dumps({"error": text}))[-1]
    assert isinstance(end, Failed)
    assert end.error.tag == tag


def test_ollama_show_knows_the_context_length() -> None:
    body = {
        "details": {"family": "llama", "quantization_level": "Q4_K_M"},
        "model_info": {"general.architecture": "llama", "llama.context_length": 8192},
        "capabilities": ["completion", "vision"],
    }
    found = OLLAMA_SHOW.read_response(orjson.loads(orjson.dumps(body)), TARGET).unwrap()
    assert (found.type, found.context_length, found.quantization) == ("vlm", 8192, "Q4_K_M")


ITEM = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "model": "gpt",
    "output": [
        ITEM,
        {"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": "Up."}]},
    ],
    "usage": {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens": 8,
        "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 18,
    },
}


def test_a_response_with_encrypted_reasoning_goes_back_verbatim() -> None:
    answer = read(OPENAI_RESPONSES, RESPONSE)
    assert answer.text == "Up."
    assert answer.usage == Usage(10, 8, 4, None, 5)
    request = ChatRequest("m", (user("a"), answer.message, user("b")))
    wire = unwrap_or_failure(OPENAI_RESPONSES.chat.write_request(request, TARGET, False))
    assert isinstance(wire, WireRequest)
    body = orjson.loads(orjson.dumps(wire.body))
    assert body["input"][1] == ITEM


def test_a_responses_stream_and_its_errors() -> None:
    frames: list[dict[str, object]] = [
        {"type": "response.created", "response": {"id": "resp_1", "model": "gpt", "output": []}},
        {"type": "response.output_item.added", "output_index": 1, "item": {"type": "message", "content": []}},
        {"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "Up."},
        {"type": "response.something_new", "delta": 3},
        {"type": "response.completed", "response": RESPONSE},
    ]
    reader = OPENAI_RESPONSES.chat.open_reader(TARGET)
    events = [event for frame in frames for event in reader.feed(str(frame["type"]), orjson.dumps(frame))]
    assert TextDelta("Up.", 0) in events
    assert events[-1] == Done(read(OPENAI_RESPONSES, RESPONSE))
    for frame in (
        {"type": "error", "code": "rate_limit_exceeded", "message": "slow", "param": None},
        {
            "type": "response.failed",
            "response": {"status": "failed", "error": {"code": "rate_limit_exceeded", "message": "slow"}},
        },
    ):
        end = OPENAI_RESPONSES.chat.open_reader(TARGET).feed("", orjson.dumps(frame))[-1]
        assert isinstance(end, Failed)
        assert end.error.tag == "RateLimitExceeded"


def test_lm_studios_own_lists_and_its_200_for_unknown_endpoints() -> None:
    old = {
        "data": [
            {
                "id": "qwen",
                "type": "vlm",
                "publisher": "q",
                "arch": "qwen2",
                "quantization": "4bit",
                "state": "loaded",
                "max_context_length": 32768,
            }
        ]
    }
    new = {
        "models": [
            {
                "key": "qwen",
                "type": "llm",
                "architecture": "qwen2",
                "quantization": {"name": "4bit"},
                "loaded_instances": [{"id": "1"}],
                "max_context_length": 32768,
                "capabilities": {"vision": True},
            }
        ]
    }
    for body in (old, new):
        page = LMSTUDIO_MODELS.read_response(orjson.loads(orjson.dumps(body)), TARGET).unwrap()
        assert isinstance(page, ModelPage)
        (model,) = page.models
        assert (model.id, model.type, model.state, model.context_length) == ("qwen", "vlm", "loaded", 32768)
        assert (model.architecture, model.quantization) == ("qwen2", "4bit")
    error = LMSTUDIO_MODELS.read_response({"error": "Unexpected endpoint or method."}, TARGET).failure()
    assert error.tag == "ModelNotFound"


def test_ollama_show_tells_what_a_model_can_do_in_ollamas_words_whoever_said_it() -> None:
    for told in (("completion", "tools"), ("chat", "tools")):
        shown = write_show(ModelInfo(id="m", provider="p", capabilities=told))
        assert shown["capabilities"] == ["completion", "tools"]
    assert write_show(ModelInfo(id="m", provider="p", type="embedding"))["capabilities"] == ["embedding"]
