"""Google's Gemini API: its words, and what no shape can say: turns, functions and their answers, bounds, media.

Source: ai.google.dev/gemini-api/docs/troubleshooting, ai.google.dev/api; the messages of the 400s are those that its
users have reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from pointsman.adapters.simulator.http_request import ReceivedRequest
from pointsman.adapters.simulator.reply import Reply, json_reply, text_reply
from pointsman.adapters.simulator.vendors.body_schema import (
    Base64,
    Either,
    Flag,
    Items,
    Number,
    OneOf,
    Problem,
    Shape,
    Step,
    TextType,
)
from pointsman.adapters.simulator.vendors.gemini_shapes import (
    COUNT_TOKENS,
    DATA,
    EMBED,
    EMBED_BATCH,
    GENERATE,
    PICTURES,
    camel,
)
from pointsman.adapters.simulator.vendors.vendor import RawRequest, Vendor, VendorRefusal
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, dumps_text, float_or_none

_BASES = r"/(v1beta|v1alpha|v1)"
_PAGE = "<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)</title>\n<p><b>404.</b> That’s an error.\n"


def refuse(message: str, status: int = 400) -> VendorRefusal:
    """A refusal of the usual kind."""
    return VendorRefusal(message=message, status=status, kind="INVALID_ARGUMENT" if status == 400 else "NOT_FOUND")


def path_of(steps: tuple[Step, ...]) -> str:
    """`contents[0].parts[1]` as Google writes it."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def say(problem: Problem) -> VendorRefusal:
    """`problem` in the words of Google's parser of JSON."""
    path = path_of(problem.steps)
    head = "Invalid JSON payload received. Unknown name"
    match problem.fault:
        case "unknown":
            holder, name = path_of(problem.steps[:-1]), problem.steps[-1]
            at = f" at '{holder}'" if holder else ""
            return refuse(f'{head} "{name}"{at}: Cannot find field.')
        case "type" if isinstance(problem.value, list) and problem.steps:
            holder, name = path_of(problem.steps[:-1]), problem.steps[-1]
            at = f" at '{holder}'" if holder else ""
            return refuse(f'{head} "{name}"{at}: Proto field is not repeating, cannot start list.')
        case "base64":
            return refuse(
                f"Invalid value at '{path}' (TYPE_BYTES), Base64 decoding failed for {_excerpt(problem.value)}"
            )
        case "pattern":
            rule = "Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_),"
            rest = "dots (.), colons (:), or dashes (-), with a maximum length of 128."
            return refuse(f"* GenerateContentRequest.{path}: Invalid function name. {rule} {rest}")
        case "deep":
            return refuse("Invalid JSON payload received. Message too deep. Max recursion depth reached.")
        case _:
            return refuse(f"Invalid value at '{path}' ({_type(problem.wanted)}), {_excerpt(problem.value)}")


def _excerpt(value: Json) -> str:
    text = dumps_text(value)
    return text if len(text) < 200 else f"{text[:200]}..."


def _type(wanted: Shape | None) -> str:
    match wanted:
        case Either(options):
            return _type(options[-1])
        case Items(of):
            return _type(of)
        case TextType():
            return "TYPE_STRING"
        case Flag():
            return "TYPE_BOOL"
        case Base64():
            return "TYPE_BYTES"
        case Number(_, _, whole):
            return "TYPE_INT32" if whole else "TYPE_FLOAT"
        case OneOf(_, name):
            return name
        case _:
            return "TYPE_MESSAGE"


def write(refusal: VendorRefusal) -> Reply:
    """A google.rpc.Status, with the fields that are wrong where the parser found them."""
    error: JsonObject = {"code": refusal.status, "message": refusal.message, "status": refusal.kind}
    if refusal.message.startswith("Invalid"):
        violations: list[Json] = [{"description": line} for line in refusal.message.split("\n")]
        details: Json = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}
        error["details"] = [details]
    return json_reply({"error": error}, refusal.status)


def nowhere(call: ReceivedRequest) -> Reply:
    """The web page that Google sends for a path that does not exist."""
    path = call.path.replace("&", "&amp;").replace("<", "&lt;")
    return text_reply(
        f"{_PAGE}<p>The requested URL <code>{path}</code> was not found on this server.\n", "text/html", 404
    )


def _not_json(problem: str) -> VendorRefusal:
    return refuse(f"Invalid JSON payload received. {problem}")


def _get(value: Json, name: str) -> Json:
    """The field `name` in either spelling."""
    fields = as_object(value)
    return fields.get(name, fields.get(camel(name)))


def _many(value: Json) -> list[Json]:
    """A repeated field, also where one value stands alone."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _contents(raw: RawRequest) -> list[JsonObject]:
    return [as_object(content) for content in _many(raw.body.get("contents"))]


def _parts(content: JsonObject) -> list[JsonObject]:
    return [as_object(part) for part in _many(content.get("parts"))]


def turns(raw: RawRequest) -> Iterator[VendorRefusal]:
    """There are contents, of known roles, with parts of one datum each."""
    contents = _contents(raw)
    if not contents:
        yield refuse("* GenerateContentRequest.contents: contents is not specified\n")
    for at, content in enumerate(contents):
        if content.get("role") not in (None, "", "user", "model", "function"):
            yield refuse("Please use a valid role: user, model.")
        if not _parts(content):
            yield refuse(f"* GenerateContentRequest.contents[{at}].parts: contents.parts must not be empty.\n")
        for number, part in enumerate(_parts(content)):
            yield from _one_datum(part, f"contents[{at}].parts[{number}]")


def _one_datum(part: JsonObject, place: str) -> Iterator[VendorRefusal]:
    data = [name for name in DATA if _get(part, name) is not None]
    if not data and _get(part, "thought_signature") is None:
        missing = "required oneof field 'data' must have one initialized field"
        yield refuse(f"* GenerateContentRequest.{place}.data: {missing}\n")
    for name in data[1:]:
        shown = f"Invalid value at '{place}' (oneof), oneof field 'data' is already set. Cannot set '{camel(name)}'"
        yield refuse(shown)


def functions(raw: RawRequest) -> Iterator[VendorRefusal]:
    """As many answers as calls, right after them, and both with a name."""
    calls = 0
    for content in _contents(raw):
        answers = sum(_get(part, "function_response") is not None for part in _parts(content))
        if calls and answers != calls:
            equal = "the number of function response parts is equal to the number of function call parts"
            yield refuse(f"Please ensure that {equal} of the function call turn.")
        elif answers and not calls:
            yield refuse("Please ensure that function response turn comes immediately after a function call turn.")
        calls = sum(_get(part, "function_call") is not None for part in _parts(content))
    yield from _function_names(raw)


def _function_names(raw: RawRequest) -> Iterator[VendorRefusal]:
    for at, content in enumerate(_contents(raw)):
        for number, part in enumerate(_parts(content)):
            for kind in ("function_call", "function_response"):
                if _get(part, kind) is not None and not as_object(_get(part, kind)).get("name"):
                    place = f"contents[{at}].parts[{number}].{kind}.name"
                    yield refuse(f"* GenerateContentRequest.{place}: Name cannot be empty.\n")


_BOUNDS = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "candidate_count": (1, 8),
    "max_output_tokens": (1, None),
    "top_k": (1, None),
    "logprobs": (0, 20),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
}


def bounds(raw: RawRequest) -> Iterator[VendorRefusal]:
    """The bounds of the generation's settings."""
    config = _get(raw.body, "generation_config")
    for name, (least, most) in _BOUNDS.items():
        value = float_or_none(_get(config, name))
        if value is None:
            continue
        place = f"* GenerateContentRequest.generation_config.{name}"
        if most is not None and not least <= value <= most:
            yield refuse(f"{place}: {name} must be in the range [{least}, {most}].")
        elif value < least:
            yield refuse(f"{place}: {name} must be positive.")
    if len(_many(_get(config, "stop_sequences"))) > 5:
        yield refuse("* GenerateContentRequest.generation_config.stop_sequences: at most 5 stop sequences are allowed.")


def schemas(raw: RawRequest) -> Iterator[VendorRefusal]:
    """A schema is said in one way, and belongs to JSON."""
    config = _get(raw.body, "generation_config")
    both = [name for name in ("response_schema", "response_json_schema") if _get(config, name) is not None]
    if len(both) > 1:
        yield refuse("Only one of response_schema and response_json_schema may be set.")
    kind = _get(config, "response_mime_type")
    if both and kind not in ("application/json", "text/x.enum"):
        yield refuse(f"{both[0]} can only be set together with response_mime_type 'application/json'.")
    for at, tool in enumerate(_many(raw.body.get("tools"))):
        for number, function in enumerate(_many(_get(tool, "function_declarations"))):
            place = f"tools[{at}].function_declarations[{number}]"
            if not as_object(function).get("name"):
                yield refuse(f"* GenerateContentRequest.{place}.name: Invalid function name. Name cannot be empty.")
            if _get(function, "parameters") is not None and _get(function, "parameters_json_schema") is not None:
                yield refuse(f"* GenerateContentRequest.{place}: parameters and parameters_json_schema are exclusive.")


def media(raw: RawRequest) -> Iterator[VendorRefusal]:
    """Pictures are of the types that Gemini reads: GIF is not among them."""
    for at, content in enumerate(_contents(raw)):
        for number, part in enumerate(_parts(content)):
            inner = _many(_get(_get(part, "function_response"), "parts"))
            for blob in (_get(holder, "inline_data") for holder in (part, *inner)):
                kind = as_text(_get(blob, "mime_type"))
                if blob is not None and not kind:
                    place = f"contents[{at}].parts[{number}].inline_data.mime_type"
                    yield refuse(f"* GenerateContentRequest.{place}: mime_type must not be empty.")
                elif kind.startswith("image/") and kind not in PICTURES:
                    yield refuse(f"Unsupported MIME type: {kind}")


def allowed_names(raw: RawRequest) -> Iterator[VendorRefusal]:
    """The functions that are allowed are declared, and named only where one has to be called."""
    config = _get(_get(raw.body, "tool_config"), "function_calling_config")
    allowed = [as_text(name) for name in _many(_get(config, "allowed_function_names"))]
    declared = [
        as_object(function).get("name")
        for tool in _many(raw.body.get("tools"))
        for function in _many(_get(tool, "function_declarations"))
    ]
    if allowed and _get(config, "mode") not in ("ANY", "VALIDATED"):
        yield refuse("allowed_function_names can only be set when the mode is ANY or VALIDATED.")
    for name in allowed:
        if name not in declared:
            yield refuse(f"allowed_function_names: {name} is not among the function declarations.")


def _content_to_embed(raw: RawRequest) -> Iterator[VendorRefusal]:
    requests = [raw.body] if "requests" not in raw.body else [as_object(one) for one in as_list(raw.body["requests"])]
    for at, one in enumerate(requests):
        if not _parts(as_object(one.get("content"))):
            place = f"requests[{at}]." if "requests" in raw.body else ""
            yield refuse(f"* EmbedContentRequest.{place}content: content is empty.")


_METHODS = "generateContent|streamGenerateContent"
_CHAT = (turns, functions, bounds, schemas, media, allowed_names)
_MODEL = rf"{_BASES}/(models|tunedModels)/[^/:]+(/[^/:]+)*"
GEMINI = Vendor(
    name="gemini",
    paths={
        "chat": rf"{_MODEL}:({_METHODS})",
        "count": rf"{_MODEL}:countTokens",
        "embed": rf"{_MODEL}:(embedContent|batchEmbedContents)",
        "models": rf"{_BASES}/models",
        "model": _MODEL,
    },
    shapes={"chat": GENERATE, "count": COUNT_TOKENS, "embedContent": EMBED, "batchEmbedContents": EMBED_BATCH},
    rules={"chat": _CHAT, "embed": (_content_to_embed,)},
    says=say,
    writes=write,
    nowhere=nowhere,
    not_json=_not_json,
    tells_all=True,
)
