"""What stands in the bodies of Google's Gemini API, in its own names and in camel case. Data alone.

Source: ai.google.dev/api/generate-content, /api/embeddings, /api/tokens and /api/caching (v1beta), and the types of the
vendor's own SDK. Google reads a protocol buffer out of the JSON: null is absent, numbers may be strings, a lone value
stands for a list of one, names may be written in either way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pointsman.adapters.simulator.vendors.body_schema import (
    ANYTHING,
    FLAG,
    OBJECT,
    TEXT,
    Base64,
    Either,
    Items,
    Later,
    Number,
    OneOf,
    Record,
    Shape,
    Table,
    TextType,
    maybe,
)

PICTURES = ("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif")
_PACKAGE = "type.googleapis.com/google.ai.generativelanguage.v1beta"
_BYTES = Base64(url_safe=True)
_NUMBER, _WHOLE = Number(lenient=True), Number(whole=True, lenient=True)


def camel(name: str) -> str:
    """`max_output_tokens` as JSON has it: `maxOutputTokens`."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)


def message(**fields: Shape) -> Record:
    """A message of the protocol: every field may be absent or null, and be written in both ways."""
    return _message(fields)


def _message(fields: Mapping[str, Shape]) -> Record:
    aliases = {camel(name): name for name in fields if camel(name) != name}
    return Record({name: maybe(shape) for name, shape in fields.items()}, aliases=aliases)


def many(shape: Shape) -> Items:
    """A repeated field."""
    return Items(shape, lone=True)


def enum(name: str, *words: str) -> OneOf:
    """An enum of the package."""
    return OneOf(words, f"{_PACKAGE}.{name}")


_TYPES = enum(
    "Type",
    *("TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"),
    *("string", "number", "integer", "boolean", "array", "object", "null"),
)
_EMPTY = message()
SCHEMA: Record = _message(
    {
        "type": _TYPES,
        **dict.fromkeys(("format", "title", "description", "pattern"), TEXT),
        "nullable": FLAG,
        "enum": many(TEXT),
        "required": many(TEXT),
        "property_ordering": many(TEXT),
        **dict.fromkeys(("default", "example"), ANYTHING),
        **dict.fromkeys(
            ("max_items", "min_items", "min_properties", "max_properties", "min_length", "max_length"), _WHOLE
        ),
        **dict.fromkeys(("minimum", "maximum"), _NUMBER),
        "items": Later(lambda: SCHEMA),
        "any_of": many(Later(lambda: SCHEMA)),
        "properties": Table(Later(lambda: SCHEMA), numbered=True),
    }
)
"""Google's subset of OpenAPI: what else JSON Schema has is unknown (`additionalProperties`, `$ref`)."""

_BLOB = message(mime_type=TEXT, data=_BYTES, display_name=TEXT)
_FILE = message(mime_type=TEXT, file_uri=TEXT, display_name=TEXT)
_RESOLUTION = Either((TEXT, message(level=TEXT, num_tokens=_WHOLE)))
_RESULT_PART = message(inline_data=_BLOB, file_data=_FILE, media_resolution=_RESOLUTION)
PART = message(
    text=TEXT,
    inline_data=_BLOB,
    file_data=_FILE,
    function_call=message(id=TEXT, name=TEXT, args=OBJECT, partial_args=many(OBJECT), will_continue=FLAG),
    function_response=message(
        id=TEXT, name=TEXT, response=OBJECT, parts=many(_RESULT_PART), will_continue=FLAG, scheduling=TEXT
    ),
    executable_code=message(id=TEXT, language=TEXT, code=TEXT),
    code_execution_result=message(id=TEXT, outcome=TEXT, output=TEXT),
    tool_call=message(id=TEXT, tool_type=TEXT, args=OBJECT),
    tool_response=message(id=TEXT, tool_type=TEXT, response=OBJECT),
    thought=FLAG,
    thought_signature=_BYTES,
    video_metadata=message(start_offset=TEXT, end_offset=TEXT, fps=_NUMBER),
    media_resolution=_RESOLUTION,
    part_metadata=OBJECT,
)
DATA = (
    *("text", "inline_data", "file_data", "function_call", "function_response", "executable_code"),
    *("code_execution_result", "tool_call", "tool_response"),
)
"""The fields of a part of which it has exactly one."""

CONTENT = message(role=TEXT, parts=many(PART))
_FUNCTION = message(
    name=TextType(pattern=r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}"),
    description=TEXT,
    behavior=enum("FunctionDeclaration.Behavior", "UNSPECIFIED", "BLOCKING", "NON_BLOCKING"),
    parameters=SCHEMA,
    parameters_json_schema=ANYTHING,
    response=SCHEMA,
    response_json_schema=ANYTHING,
)
_WHEN = message(start_time=TEXT, end_time=TEXT)
TOOL = message(
    function_declarations=many(_FUNCTION),
    google_search=message(
        time_range_filter=_WHEN,
        search_types=message(web_search=_EMPTY, image_search=_EMPTY),
        exclude_domains=many(TEXT),
    ),
    google_search_retrieval=message(dynamic_retrieval_config=message(mode=TEXT, dynamic_threshold=_NUMBER)),
    google_maps=message(enable_widget=FLAG),
    code_execution=_EMPTY,
    url_context=_EMPTY,
    computer_use=message(environment=TEXT, excluded_predefined_functions=many(TEXT)),
    file_search=message(
        file_search_store_names=many(TEXT),
        top_k=_WHOLE,
        metadata_filter=TEXT,
        retrieval_resources=many(OBJECT),
        retrieval_config=OBJECT,
    ),
    mcp_servers=many(message(name=TEXT, streamable_http_transport=OBJECT)),
)
_CALLING = message(
    mode=enum("FunctionCallingConfig.Mode", "MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"),
    allowed_function_names=many(TEXT),
)
TOOL_CONFIG = message(
    function_calling_config=_CALLING,
    retrieval_config=message(lat_lng=message(latitude=_NUMBER, longitude=_NUMBER), language_code=TEXT),
    include_server_side_tool_invocations=FLAG,
)
_CATEGORIES = (
    *("UNSPECIFIED", "HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT", "CIVIC_INTEGRITY"),
    *("DEROGATORY", "TOXICITY", "VIOLENCE", "SEXUAL", "MEDICAL", "DANGEROUS"),
)
_THRESHOLDS = (
    *("HARM_BLOCK_THRESHOLD_UNSPECIFIED", "BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH"),
    *("BLOCK_NONE", "OFF"),
)
_SAFETY = message(
    category=enum("HarmCategory", *(f"HARM_CATEGORY_{name}" for name in _CATEGORIES)),
    threshold=enum("SafetySetting.HarmBlockThreshold", *_THRESHOLDS),
)
_VOICE = message(prebuilt_voice_config=message(voice_name=TEXT))
_SPEAKERS = message(speaker_voice_configs=many(message(speaker=TEXT, voice_config=_VOICE)))
_SCALES = ("UNSPECIFIED", "LOW", "MEDIUM", "HIGH", "ULTRA_HIGH")
CONFIG = message(
    stop_sequences=many(TEXT),
    response_mime_type=TEXT,
    response_schema=SCHEMA,
    response_json_schema=ANYTHING,
    response_modalities=many(
        enum("GenerationConfig.Modality", "MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO", "VIDEO")
    ),
    response_format=OBJECT,
    candidate_count=_WHOLE,
    max_output_tokens=_WHOLE,
    temperature=_NUMBER,
    top_p=_NUMBER,
    top_k=_NUMBER,
    seed=_WHOLE,
    presence_penalty=_NUMBER,
    frequency_penalty=_NUMBER,
    response_logprobs=FLAG,
    logprobs=_WHOLE,
    enable_enhanced_civic_answers=FLAG,
    speech_config=message(voice_config=_VOICE, multi_speaker_voice_config=_SPEAKERS, language_code=TEXT),
    thinking_config=message(
        include_thoughts=FLAG,
        thinking_budget=_WHOLE,
        thinking_level=enum(
            "ThinkingConfig.ThinkingLevel",
            *("THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH"),
            *("minimal", "low", "medium", "high"),
        ),
    ),
    image_config=message(aspect_ratio=TEXT, image_size=TEXT),
    media_resolution=enum("MediaResolution", *(f"MEDIA_RESOLUTION_{scale}" for scale in _SCALES)),
)
GENERATE = message(
    model=TEXT,
    contents=many(CONTENT),
    system_instruction=CONTENT,
    tools=many(TOOL),
    tool_config=TOOL_CONFIG,
    safety_settings=many(_SAFETY),
    generation_config=CONFIG,
    cached_content=TEXT,
    service_tier=TEXT,
    store=FLAG,
)
COUNT_TOKENS = message(contents=many(CONTENT), generate_content_request=GENERATE)
_TASKS = (
    *("TASK_TYPE_UNSPECIFIED", "RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT", "SEMANTIC_SIMILARITY", "CLASSIFICATION"),
    *("CLUSTERING", "QUESTION_ANSWERING", "FACT_VERIFICATION", "CODE_RETRIEVAL_QUERY"),
)
EMBED = message(
    model=TEXT,
    content=CONTENT,
    task_type=enum("TaskType", *_TASKS),
    title=TEXT,
    output_dimensionality=_WHOLE,
    auto_truncate=FLAG,
)
EMBED_BATCH = message(requests=many(EMBED))
