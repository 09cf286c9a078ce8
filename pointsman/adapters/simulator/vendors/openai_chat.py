"""What OpenAI refuses in chat, completions and embeddings beside what their shapes say.

Source: platform.openai.com/docs/api-reference/chat; the messages of the 400s are those that its users have reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointsman.adapters.simulator.vendors.media_bytes import data_url, picture_type
from pointsman.adapters.simulator.vendors.openai_chat_shapes import CHAT, COMPLETION, EMBEDDING
from pointsman.adapters.simulator.vendors.openai_words import not_json, nowhere, refuse, say, write
from pointsman.adapters.simulator.vendors.vendor import RawRequest, Vendor, VendorRefusal
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, dumps_text

FORMATS = ("png", "jpeg", "gif", "webp")


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
