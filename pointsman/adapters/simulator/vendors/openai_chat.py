"""OpenAI's Chat Completions, completions and embeddings: what their bodies hold, and what no shape can say.

Source: platform.openai.com/docs/api-reference/chat; the messages of the 400s are those that its users have reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointsman.adapters.simulator.vendors.body_schema import (
    ANYTHING,
    FLAG,
    NUMBER,
    OBJECT,
    TEXT,
    WHOLE,
    Either,
    Items,
    Number,
    Record,
    Shape,
    Table,
    Tagged,
    TextType,
    choice,
    maybe,
    record,
    union,
)
from pointsman.adapters.simulator.vendors.media_bytes import data_url, picture_type
from pointsman.adapters.simulator.vendors.openai_words import not_json, nowhere, refuse, say, write
from pointsman.adapters.simulator.vendors.vendor import RawRequest, Vendor, VendorRefusal
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, dumps_text

TOOL_NAME = TextType(pattern=r"[a-zA-Z0-9_-]+", most=64)
METADATA = maybe(Table(TextType(most=512), most=16))
EFFORT = maybe(choice("none", "minimal", "low", "medium", "high", "xhigh", "max"))
TIERS = ("auto", "default", "flex", "scale", "priority", "fast")
CACHE_POINT = record({"mode": choice("explicit")}, ttl=choice("30m", "12h"))
LOCATION = dict.fromkeys(("city", "country", "region", "timezone"), maybe(TEXT))
TEMPERATURE = maybe(Number(0, 2))
SHARE = maybe(Number(0, 1))
LEVEL = maybe(choice("low", "medium", "high"))
MODERATION = record({"model": TEXT}, policy=maybe(OBJECT))
FORMATS = ("png", "jpeg", "gif", "webp")
_PENALTY = maybe(Number(-2, 2))
_CALL_ID = TextType(least=1, most=40)
_NAME = TextType(pattern=r"[^\s<|\\/>]+", least=1, most=64)
_COUNT = maybe(Number(1, whole=True))

_PICTURE = record(
    {"image_url": record({"url": TEXT}, detail=choice("auto", "low", "high", "original"))},
    prompt_cache_breakpoint=CACHE_POINT,
)
_FILE = record({"file": record(file_data=TEXT, file_id=TEXT, filename=TEXT)}, prompt_cache_breakpoint=CACHE_POINT)
_WORDS = record({"text": TEXT}, prompt_cache_breakpoint=CACHE_POINT)
_REFUSED = record({"refusal": TEXT})


def _parts(**more: Record) -> Either:
    """A text or parts. Pictures are looked for by a rule, for OpenAI refuses them in its own words."""
    return Either((TEXT, Items(union("type", text=_WORDS, image_url=_PICTURE, **more), least=1)))


_FUNCTION_CALLED = record({"name": TEXT, "arguments": TEXT})
_CALLED = union(
    "type",
    function=record({"id": _CALL_ID, "function": _FUNCTION_CALLED}),
    custom=record({"id": _CALL_ID, "custom": record({"name": TEXT, "input": TEXT})}),
)


def message(sound: Shape) -> Tagged:
    """A message; `sound` are the formats of sound that a user's may hold."""
    heard = record({"input_audio": record({"data": TEXT, "format": sound})}, prompt_cache_breakpoint=CACHE_POINT)
    return union(
        "role",
        developer=record({"content": _parts()}, name=_NAME),
        system=record({"content": _parts()}, name=_NAME),
        user=record({"content": _parts(input_audio=heard, file=_FILE)}, name=_NAME),
        assistant=record(
            content=maybe(_parts(refusal=_REFUSED)),
            refusal=maybe(TEXT),
            name=_NAME,
            audio=maybe(record({"id": TEXT})),
            function_call=maybe(_FUNCTION_CALLED),
            tool_calls=Items(_CALLED, least=1),
        ),
        tool=record({"content": _parts(), "tool_call_id": TextType(most=40)}),
        function=record({"content": maybe(TEXT), "name": _NAME}),
    )


_FUNCTION = record({"name": TOOL_NAME}, description=TEXT, parameters=OBJECT, strict=maybe(FLAG))
GRAMMAR = union(
    "type",
    text=record(),
    grammar=record({"grammar": record({"definition": TEXT, "syntax": choice("lark", "regex")})}),
)
TOOL = union(
    "type",
    function=record({"function": _FUNCTION}),
    custom=record({"custom": record({"name": TOOL_NAME}, description=TEXT, format=GRAMMAR)}),
)
_NAMED = record({"name": TEXT})
TOOL_CHOICE = Either(
    (
        choice("none", "auto", "required"),
        union(
            "type",
            function=record({"function": _NAMED}),
            custom=record({"custom": _NAMED}),
            allowed_tools=record(
                {"allowed_tools": record({"mode": choice("auto", "required"), "tools": Items(OBJECT)})}
            ),
        ),
    )
)
ANSWER_FORMAT = union(
    "type",
    text=record(),
    json_object=record(),
    json_schema=record(
        {"json_schema": record({"name": TOOL_NAME}, description=TEXT, schema=OBJECT, strict=maybe(FLAG))}
    ),
)
_STREAM_OPTIONS = maybe(record(include_usage=FLAG, include_obfuscation=FLAG))
_STOP = maybe(Either((TEXT, Items(TEXT, most=4))))

CHAT = record(
    {"messages": Items(message(choice("wav", "mp3")), least=1)},
    audio=maybe(
        record(
            {
                "format": choice("wav", "aac", "mp3", "flac", "opus", "pcm16"),
                "voice": Either((TEXT, record({"id": TEXT}))),
            }
        )
    ),
    frequency_penalty=_PENALTY,
    function_call=Either((choice("none", "auto"), _NAMED)),
    functions=Items(record({"name": TOOL_NAME}, description=TEXT, parameters=OBJECT), least=1, most=128),
    logit_bias=maybe(Table(Number(-100, 100))),
    logprobs=maybe(FLAG),
    max_completion_tokens=_COUNT,
    max_tokens=_COUNT,
    metadata=METADATA,
    model=TEXT,
    modalities=maybe(Items(choice("text", "audio"))),
    moderation=maybe(MODERATION),
    n=maybe(Number(1, 128, whole=True)),
    parallel_tool_calls=FLAG,
    prediction=maybe(record({"type": choice("content"), "content": _parts()})),
    presence_penalty=_PENALTY,
    prompt_cache_key=maybe(TEXT),
    prompt_cache_options=record(mode=choice("implicit", "explicit"), ttl=choice("30m")),
    prompt_cache_retention=maybe(choice("in_memory", "24h")),
    reasoning_effort=EFFORT,
    response_format=ANSWER_FORMAT,
    safety_identifier=maybe(TextType(most=64)),
    seed=maybe(WHOLE),
    service_tier=maybe(choice(*TIERS)),
    stop=_STOP,
    store=maybe(FLAG),
    stream=maybe(FLAG),
    stream_options=_STREAM_OPTIONS,
    temperature=TEMPERATURE,
    tool_choice=TOOL_CHOICE,
    tools=Items(TOOL, least=1, most=128),
    top_logprobs=maybe(Number(0, 20, whole=True)),
    top_p=SHARE,
    user=TEXT,
    verbosity=LEVEL,
    web_search_options=record(
        search_context_size=choice("low", "medium", "high"),
        user_location=maybe(record({"type": choice("approximate"), "approximate": record(**LOCATION)})),
    ),
)
_TOKENS = Items(WHOLE)
COMPLETION: Shape = record(
    {"prompt": maybe(Either((TEXT, Items(ANYTHING))))},
    best_of=maybe(Number(1, 20, whole=True)),
    echo=maybe(FLAG),
    frequency_penalty=_PENALTY,
    logit_bias=maybe(Table(Number(-100, 100))),
    logprobs=maybe(Number(0, 5, whole=True)),
    max_tokens=maybe(Number(0, whole=True)),
    model=TEXT,
    n=maybe(Number(1, 128, whole=True)),
    presence_penalty=_PENALTY,
    seed=maybe(WHOLE),
    stop=_STOP,
    stream=maybe(FLAG),
    stream_options=_STREAM_OPTIONS,
    suffix=maybe(TEXT),
    temperature=TEMPERATURE,
    top_p=SHARE,
    user=TEXT,
)
EMBEDDING: Shape = record(
    {"input": Either((TEXT, Items(Either((TEXT, NUMBER, _TOKENS)), least=1, most=2048)))},
    dimensions=Number(1, whole=True),
    encoding_format=choice("float", "base64"),
    model=TEXT,
    user=TEXT,
)


def _messages(raw: RawRequest) -> list[JsonObject]:
    return [as_object(message) for message in as_list(raw.body.get("messages"))]


def _calls(message: JsonObject) -> list[str]:
    return [as_text(as_object(call).get("id")) for call in as_list(message.get("tool_calls"))]


def tool_order(raw: RawRequest) -> Iterator[VendorRefusal]:
    """Every call is answered right after it, every answer has a call, and no id stands twice."""
    waiting: dict[str, int] = {}
    answers: dict[str, int] = {}
    caller = 0
    for at, message in enumerate(_messages(raw)):
        if message.get("role") == "tool":
            yield from _answer(as_text(message.get("tool_call_id")), at, waiting, answers)
            continue
        yield from _refuse_unanswered(waiting, answers, caller, at)
        waiting, answers, caller = {}, {}, at
        for number, call in enumerate(_calls(message)):
            if call in waiting:
                said = f"Invalid parameter: Duplicate value for 'tool_call_id' of '{call}'."
                yield refuse(said, f"messages.[{at}].tool_calls.[{number}].id")
            waiting[call] = at
    yield from _refuse_unanswered(waiting, answers, caller, len(_messages(raw)))


def _answer(call: str, at: int, waiting: dict[str, int], answers: dict[str, int]) -> Iterator[VendorRefusal]:
    if call not in waiting:
        after = "must be a response to a preceeding message with 'tool_calls'."
        yield refuse(f"Invalid parameter: messages with role 'tool' {after}", f"messages.[{at}].role")
    elif call in answers:
        where = f"in messages[{answers[call]}] and messages[{at}]."
        said = f"Invalid parameter: Duplicate value for 'tool_call_id' of '{call}', {where}"
        yield refuse(said, f"messages.[{at}].tool_call_id")
    answers[call] = at


def _refuse_unanswered(
    waiting: dict[str, int], answers: dict[str, int], caller: int, at: int
) -> Iterator[VendorRefusal]:
    missing = [call for call in waiting if call not in answers]
    if missing:
        must = "must be followed by tool messages responding to each 'tool_call_id'."
        which = f"The following tool_call_ids did not have response messages: {', '.join(missing)}"
        yield refuse(f"An assistant message with 'tool_calls' {must} {which}", f"messages.[{at}].role")


def pictures(raw: RawRequest) -> Iterator[VendorRefusal]:
    """Pictures stand in user messages alone, and are such as OpenAI reads."""
    for at, message in enumerate(_messages(raw)):
        role = as_text(message.get("role"))
        for number, part in enumerate(map(as_object, as_list(message.get("content")))):
            if part.get("type") != "image_url":
                continue
            if role != "user":
                only = f"only allowed for messages with role 'user', but this message with role '{role}' contains an"
                said = f"Invalid 'messages[{at}]'. Image URLs are {only} image URL."
                yield refuse(said, f"messages[{at}]", "invalid_value")
            url = as_text(as_object(part.get("image_url")).get("url"))
            yield from readable_picture(url, f"messages[{at}].content[{number}].image_url.url")


def readable_picture(url: str, param: str) -> Iterator[VendorRefusal]:
    """What is wrong with the picture at `url`: no address, no base64, or a format that OpenAI does not read."""
    embedded = data_url(url)
    if embedded is None:
        if not re.match(r"https?://", url):
            said = f"Invalid '{param}'. Expected a valid URL, but got a value with an invalid format."
            yield refuse(said, param, "invalid_value")
    elif embedded.data is None:
        yield refuse("Invalid base64 image_url.", param, "invalid_base64")
    elif not embedded.media_type.startswith("image/"):
        yield refuse("Invalid MIME type. Only image types are supported.", param, "invalid_image_format")
    elif (kind := picture_type(embedded.data)) is not None and kind.removeprefix("image/") not in FORMATS:
        formats = f"Please make sure your image has of one the following formats: {list(FORMATS)!r}."
        yield refuse(f"You uploaded an unsupported image. {formats}", param, "invalid_image_format")


def _together(raw: RawRequest) -> Iterator[VendorRefusal]:
    """Fields that need or exclude one another."""
    body = raw.body
    if body.get("tools") is None:
        if body.get("tool_choice") not in (None, "none", "auto"):
            only = "'tool_choice' is only allowed when 'tools' are specified."
            yield refuse(f"Invalid value for 'tool_choice': {only}", "tool_choice")
        if "parallel_tool_calls" in body:
            only = "'parallel_tool_calls' is only allowed when 'tools' are specified."
            yield refuse(f"Invalid value for 'parallel_tool_calls': {only}", "parallel_tool_calls")
    if body.get("stream_options") is not None and body.get("stream") is not True:
        only = "parameter is only allowed when 'stream' is enabled."
        yield refuse(f"The 'stream_options' {only}", "stream_options")
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        both = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        yield refuse(both, None, "invalid_parameter_combination")
    if body.get("top_logprobs") is not None and body.get("logprobs") is not True:
        yield refuse("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", "top_logprobs")


def _says_json(raw: RawRequest) -> Iterator[VendorRefusal]:
    wanted = as_object(raw.body.get("response_format")).get("type")
    if wanted == "json_object" and "json" not in dumps_text(raw.body.get("messages")).lower():
        must = "'messages' must contain the word 'json' in some form"
        yield refuse(f"{must}, to use 'response_format' of type 'json_object'.", "messages")


def _has_content(raw: RawRequest) -> Iterator[VendorRefusal]:
    for at, message in enumerate(_messages(raw)):
        bare = message.get("role") == "assistant" and message.get("content") is None
        if bare and not any(message.get(name) for name in ("tool_calls", "function_call", "refusal", "audio")):
            yield refuse("Invalid value for 'content': expected a string, got null.", f"messages.[{at}].content")


def _tool_choice(raw: RawRequest) -> Iterator[VendorRefusal]:
    """A tool that is forced has to be offered."""
    forced = as_object(raw.body.get("tool_choice"))
    kind = as_text(forced.get("type"))
    if kind not in ("function", "custom"):
        return
    name = as_text(as_object(forced.get(kind)).get("name"))
    if name not in {as_text(_tool(tool).get("name")) for tool in as_list(raw.body.get("tools"))}:
        yield refuse(f"Tool choice '{name}' not found in 'tools' parameter.", "tool_choice")


def _tool(tool: Json) -> JsonObject:
    return as_object(as_object(tool).get(as_text(as_object(tool).get("type"))))


def thinks(model: str) -> bool:
    """Whether `model` is one of OpenAI's reasoning models by its name."""
    return bool(re.match(r"(o\d|gpt-[5-9])(?!.*chat)", model.rsplit("/", 1)[-1]))


def _reasoning_model(raw: RawRequest) -> Iterator[VendorRefusal]:
    if not thinks(raw.model):
        return
    if raw.body.get("max_tokens") is not None:
        instead = "is not supported with this model. Use 'max_completion_tokens' instead."
        yield refuse(f"Unsupported parameter: 'max_tokens' {instead}", "max_tokens", "unsupported_parameter")
    warmth = raw.body.get("temperature")
    if warmth not in (None, 1) and re.match(r"(o\d|gpt-5)(-|$)", raw.model):
        only = f"does not support {warmth} with this model. Only the default (1) value is supported."
        yield refuse(f"Unsupported value: 'temperature' {only}", "temperature", "unsupported_value")


_AZURE = r"/openai/deployments/[^/]+"
_DATED = r"/openai/(?!v1/)"
"""What Azure serves under a dated version of its API: deployments, the list of models, and responses."""


def _needs_model(raw: RawRequest) -> Iterator[VendorRefusal]:
    """A model is named, but where it is a deployment in the path."""
    if "model" not in raw.body and not re.match(_AZURE, raw.call.path):
        yield refuse("Missing required parameter: 'model'.", "model", "missing_required_parameter")


def _needs_version(raw: RawRequest) -> Iterator[VendorRefusal]:
    """Whatever Azure does not serve by its v1 API is asked with an api-version."""
    if re.match(_DATED, raw.call.path) and "api-version" not in raw.call.query:
        yield VendorRefusal(message="Resource not found", status=404, kind="invalid_request_error", code="404")


OPENAI_CHAT = Vendor(
    name="openai-chat",
    paths={
        "chat": rf"(/v1|/openai/v1|{_AZURE})/chat/completions",
        "complete": rf"(/v1|/openai/v1|{_AZURE})/completions",
        "embed": rf"(/v1|/openai/v1|{_AZURE})/embeddings",
        "transcribe": rf"(/v1|/openai/v1|{_AZURE})/audio/transcriptions",
        "models": r"(/v1|/openai/v1|/openai)/models",
        "model": r"(/v1|/openai/v1|/openai)/models/[^/]+(/[^/]+)*",
    },
    shapes={"chat": CHAT, "complete": COMPLETION, "embed": EMBEDDING},
    rules={
        "chat": (
            _needs_model,
            tool_order,
            pictures,
            _has_content,
            _together,
            _tool_choice,
            _says_json,
            _reasoning_model,
        ),
        "complete": (_needs_model,),
        "embed": (_needs_model,),
    },
    demands=_needs_version,
    tells_methods=True,
    says=say,
    writes=write,
    nowhere=nowhere,
    not_json=not_json,
)
