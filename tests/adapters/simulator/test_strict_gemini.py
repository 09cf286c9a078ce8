"""Google's Gemini API: for each rule a body that the vendor takes, and the same one broken, in the vendor's words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.simulator.strict import ABSENT, GIF, PNG, ask, changed, vendor_refuses

PATH = "/v1beta/models/sim:generateContent"
PLAIN: dict[str, Any] = {"contents": [{"parts": [{"text": "Hello"}]}]}
RICH: dict[str, Any] = {
    "systemInstruction": {"parts": [{"text": "Be brief."}]},
    "contents": [
        {"role": "user", "parts": [{"text": "Look"}, {"inlineData": {"mimeType": "image/png", "data": PNG}}]},
        {
            "role": "model",
            "parts": [
                {"functionCall": {"name": "look", "args": {}, "id": "1"}, "thoughtSignature": "c2ln"},
                {"functionCall": {"name": "look", "args": {"a": 1}, "id": "2"}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": "look", "id": "1", "response": {"result": "a"}}},
                {"functionResponse": {"name": "look", "id": "2", "response": {"result": "b"}}},
            ],
        },
        {"role": "model", "parts": [{"text": "Seen", "thought": True}]},
        {"role": "user", "parts": [{"text": "And?"}]},
    ],
    "tools": [
        {
            "functionDeclarations": [
                {
                    "name": "look",
                    "parameters": {
                        "type": "OBJECT",
                        "properties": {
                            "a": {"type": "integer", "format": "int32"},
                            "b": {"anyOf": [{"type": "STRING"}]},
                        },
                    },
                },
                {"name": "other", "parametersJsonSchema": {"additionalProperties": False}},
            ]
        },
        {"googleSearch": {}},
    ],
    "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["look"]}},
    "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
    "generationConfig": {
        "temperature": 2,
        "topP": 0.9,
        "topK": 40,
        "maxOutputTokens": 20,
        "candidateCount": 1,
        "stopSequences": ["a"],
        "responseMimeType": "application/json",
        "responseSchema": {"type": "OBJECT"},
        "thinkingConfig": {"includeThoughts": True, "thinkingBudget": -1},
        "seed": 1,
    },
    "cachedContent": "cachedContents/1",
}
PART = ("contents", 0, "parts", 1)
CONFIG = ("generationConfig",)
DECLARED = ("tools", 0, "functionDeclarations", 0)

BROKEN: list[tuple[tuple[Any, ...], str]] = [
    (("temperature", 1), 'Invalid JSON payload received. Unknown name "temperature": Cannot find field.'),
    ((*CONFIG, "max_tokens", 5), "Unknown name \"max_tokens\" at 'generation_config': Cannot find field."),
    (("contents", 0, "content", "x"), "Unknown name \"content\" at 'contents[0]': Cannot find field."),
    ((*PART, "cache_control", {}), "Unknown name \"cache_control\" at 'contents[0].parts[1]': Cannot find field."),
    ((*PART, "inlineData", "x", 1), "Unknown name \"x\" at 'contents[0].parts[1].inline_data': Cannot find field."),
    (
        (*DECLARED, "parameters", "additionalProperties", False),
        "Unknown name \"additionalProperties\" at 'tools[0].function_declarations[0].parameters': Cannot find field.",
    ),
    (
        (*DECLARED, "parameters", "properties", "b", "anyOf", 0, "const", "x"),
        "at 'tools[0].function_declarations[0].parameters.properties[1].value.any_of[0]': Cannot find field.",
    ),
    (
        (*DECLARED, "parameters", "properties", "a", "type", ["string", "null"]),
        "Proto field is not repeating, cannot start list.",
    ),
    ((*CONFIG, "temperature", "hot"), "Invalid value at 'generation_config.temperature' (TYPE_FLOAT), \"hot\""),
    ((*CONFIG, "maxOutputTokens", 1.5), "Invalid value at 'generation_config.max_output_tokens' (TYPE_INT32), 1.5"),
    ((*CONFIG, "seed", True), "Invalid value at 'generation_config.seed' (TYPE_INT32), true"),
    ((*PART, "inlineData", "data", "%%"), "Invalid value at 'contents[0].parts[1].inline_data.data' (TYPE_BYTES)"),
    (("contents", 0, "parts", 0, "text", 5), "Invalid value at 'contents[0].parts[0].text' (TYPE_STRING), 5"),
    (
        ("toolConfig", "functionCallingConfig", "mode", "REQUIRED"),
        '(type.googleapis.com/google.ai.generativelanguage.v1beta.FunctionCallingConfig.Mode), "REQUIRED"',
    ),
    (("safetySettings", 0, "threshold", "SOME"), 'SafetySetting.HarmBlockThreshold), "SOME"'),
    ((*CONFIG, "temperature", 2.1), "temperature must be in the range [0.0, 2.0]."),
    ((*CONFIG, "topP", -0.1), "top_p must be in the range [0.0, 1.0]."),
    ((*CONFIG, "candidateCount", 9), "candidate_count must be in the range [1, 8]."),
    ((*CONFIG, "maxOutputTokens", 0), "max_output_tokens must be positive."),
    ((*CONFIG, "stopSequences", [*"abcdef"]), "at most 5 stop sequences are allowed"),
    ((*CONFIG, "responseJsonSchema", {}), "Only one of response_schema and response_json_schema may be set."),
    ((*CONFIG, "responseMimeType", ABSENT), "can only be set together with response_mime_type 'application/json'."),
    (("contents", []), "* GenerateContentRequest.contents: contents is not specified"),
    (("contents", 0, "role", "assistant"), "Please use a valid role: user, model."),
    (("contents", 4, "parts", []), "contents[4].parts: contents.parts must not be empty."),
    (("contents", 4, "parts", [{}]), "contents[4].parts[0].data: required oneof field 'data' must have one"),
    ((*PART, "text", "both"), "oneof field 'data' is already set. Cannot set 'inlineData'"),
    (("contents", 2, "parts", [RICH["contents"][2]["parts"][0]]), "the number of function response parts is equal to"),
    (("contents", 2, "parts", [{"text": "no"}]), "the number of function response parts is equal to the number"),
    (("contents", 4, "parts", [RICH["contents"][2]["parts"][0]]), "comes immediately after a function call turn."),
    (("contents", 1, "parts", 0, "functionCall", "name", ""), "contents[1].parts[0].function_call.name: Name cannot"),
    ((*PART, "inlineData", {"mimeType": "image/gif", "data": GIF}), "Unsupported MIME type: image/gif"),
    ((*PART, "inlineData", "mimeType", ABSENT), "inline_data.mime_type: mime_type must not be empty."),
    ((*DECLARED, "name", "1 a"), "Invalid function name. Must start with a letter or an underscore."),
    ((*DECLARED, "name", ABSENT), "Invalid function name. Name cannot be empty."),
    ((*DECLARED, "parametersJsonSchema", {}), "parameters and parameters_json_schema are exclusive."),
    (("toolConfig", "functionCallingConfig", "mode", "AUTO"), "can only be set when the mode is ANY or VALIDATED."),
    (
        ("toolConfig", "functionCallingConfig", "allowedFunctionNames", ["x"]),
        "x is not among the function declarations.",
    ),
]


def snake(value: Any) -> Any:
    """`value` with its names as the protocol has them; what a function is given or answers stays."""
    if isinstance(value, list):
        return [snake(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {"".join(f"_{c.lower()}" if c.isupper() else c for c in name): snake(each) for name, each in value.items()}


def test_the_vendor_takes_both_spellings_of_a_name() -> None:
    assert ask(PATH, PLAIN).status == 200
    assert vendor_refuses("gemini", PATH, RICH) is None
    assert vendor_refuses("gemini", PATH, snake(RICH)) is None
    assert "generation_config" in snake(RICH)


def test_the_vendor_takes_what_its_parser_of_protocols_takes() -> None:
    lone = {"contents": {"parts": {"text": "Hello"}}, "generationConfig": {"maxOutputTokens": "20", "topK": None}}
    assert vendor_refuses("gemini", PATH, lone) is None
    safe = changed(RICH, *PART, "inlineData", "data", PNG.replace("/", "_").replace("+", "-").rstrip("="))
    assert vendor_refuses("gemini", PATH, safe) is None


@pytest.mark.parametrize(("change", "said"), BROKEN, ids=[case[1] for case in BROKEN])
def test_one_thing_broken_is_refused_in_the_vendors_words(change: tuple[Any, ...], said: str) -> None:
    refused = ask(PATH, changed(RICH, *change))
    assert refused.status == 400
    assert said in refused.error["message"]
    assert (refused.error["code"], refused.error["status"]) == (400, "INVALID_ARGUMENT")


def test_all_that_is_wrong_is_told_at_once() -> None:
    error = ask(PATH, {**PLAIN, "a": 1, "b": 2}).error
    assert error["message"].count("Cannot find field.") == 2
    [details] = error["details"]
    assert len(details["fieldViolations"]) == 2


@pytest.mark.parametrize(
    "path", ["/v1beta/sim:generateContent", "/models/sim:generateContent", "/v1beta/models/sim:ask"]
)
def test_a_path_that_the_vendor_has_not_is_a_page(path: str) -> None:
    refused = ask(path, PLAIN, {"x-goog-api-key": "k"})
    assert refused.status == 404
    assert "was not found on this server" in refused.body


def test_embeddings_are_held_to_their_fields() -> None:
    good = {"content": {"parts": [{"text": "a"}]}, "taskType": "RETRIEVAL_QUERY", "output_dimensionality": 4}
    path = "/v1beta/models/sim-embed:embedContent"
    assert ask(path, good).status == 200
    assert '"encoding_format": Cannot find field' in ask(path, {**good, "encoding_format": "float"}).error["message"]
    many = "/v1beta/models/sim-embed:batchEmbedContents"
    assert ask(many, {"requests": [{"model": "models/sim-embed", **good}]}).status == 200
    assert "at 'requests[0]'" in ask(many, {"requests": [{**good, "x": 1}]}).error["message"]
    assert '"requests": Cannot find field' in ask(path, {"requests": []}).error["message"]


def test_a_count_takes_contents_or_a_whole_request() -> None:
    path = "/v1beta/models/sim:countTokens"
    assert ask(path, PLAIN).status == 200
    assert '"generationConfig"' in ask(path, {**PLAIN, "generationConfig": {}}).error["message"]
