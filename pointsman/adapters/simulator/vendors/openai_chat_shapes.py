"""What stands in a body of OpenAI's Chat Completions, completions and embeddings. Data alone.

Source: platform.openai.com/docs/api-reference/chat.
"""

from __future__ import annotations

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
        # that the tool has no `name` here is documented, but OpenAI's own examples had one, and no refusal is known
        tool=record({"content": _parts(), "tool_call_id": TextType(most=40)}, name=TEXT),
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
