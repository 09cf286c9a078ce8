"""Ollama's own API: what its Go structs take, and what the server refuses after that. Unknown fields it ignores.

Source: api/types.go and server/routes.go of the server; the messages are those of Go's JSON and of the server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pointsman.adapters.simulator.http_request import ReceivedRequest
from pointsman.adapters.simulator.reply import Reply, json_reply, text_reply
from pointsman.adapters.simulator.vendors.body_schema import (
    ANYTHING,
    FLAG,
    NUMBER,
    OBJECT,
    TEXT,
    Base64,
    Either,
    Flag,
    Items,
    Number,
    Problem,
    Record,
    Shape,
    Table,
    TextType,
    kind_of,
    maybe,
)
from pointsman.adapters.simulator.vendors.vendor import RawRequest, Vendor, VendorRefusal
from pointsman.core.json import Json, as_object

_INTEGERS = (
    *("num_keep", "seed", "num_predict", "top_k", "repeat_last_n", "num_ctx", "num_batch", "num_gpu", "main_gpu"),
    *("num_thread", "draft_num_predict"),
)
_FLOATS = (
    *("top_p", "min_p", "typical_p", "temperature", "repeat_penalty", "presence_penalty", "frequency_penalty", "tfs_z"),
    *("mirostat_tau", "mirostat_eta"),
)
_FLAGS = ("use_mmap", "numa", "penalize_newline", "low_vram")
_THOUGHTS = ("high", "medium", "low", "max")
_DURATION = re.compile(r"[-+]?(?:0|(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+|-?\d+")
_GO_KINDS = {"boolean": "bool", "integer": "number"}


def struct(**fields: Shape) -> Record:
    """A Go struct: each field may be absent or null, and what it has no field for is ignored."""
    return Record({name: maybe(shape) for name, shape in fields.items()}, open=True)


_IMAGES = Items(Base64())
_CALLED = struct(id=TEXT, function=struct(index=Number(whole=True), name=TEXT, arguments=OBJECT))
_MESSAGE = struct(
    role=TEXT,
    content=TEXT,
    thinking=TEXT,
    images=_IMAGES,
    tool_calls=Items(_CALLED),
    tool_name=TEXT,
    tool_call_id=TEXT,
)
_PROPERTY = struct(type=Either((TEXT, Items(TEXT))), description=TEXT, enum=Items(ANYTHING))
_PARAMETERS = struct(type=TEXT, required=Items(TEXT), properties=Table(maybe(_PROPERTY)))
_TOOL = struct(type=TEXT, function=struct(name=TEXT, description=TEXT, parameters=_PARAMETERS))
_RUNNING: dict[str, Shape] = {
    "model": TEXT,
    "stream": FLAG,
    "format": ANYTHING,
    "keep_alive": Either((TEXT, NUMBER)),
    "options": OBJECT,
    "think": Either((FLAG, TEXT)),
    "truncate": FLAG,
    "shift": FLAG,
    "logprobs": FLAG,
    "top_logprobs": Number(whole=True),
}
CHAT = struct(**_RUNNING, messages=Items(_MESSAGE), tools=Items(_TOOL))
GENERATE = struct(
    **_RUNNING,
    prompt=TEXT,
    suffix=TEXT,
    system=TEXT,
    template=TEXT,
    context=Items(Number(whole=True)),
    raw=FLAG,
    images=_IMAGES,
)
EMBED = struct(
    model=TEXT,
    input=Either((TEXT, Items(TEXT))),
    truncate=FLAG,
    dimensions=Number(whole=True),
    keep_alive=Either((TEXT, NUMBER)),
    options=OBJECT,
)
_GO_TYPES = {
    "messages": "[]api.Message",
    "tools": "[]api.Tool",
    "arguments": "api.ToolCallFunctionArguments",
    "options": "map[string]interface {}",
    "tool_calls": "[]api.ToolCall",
    "images": "[]api.ImageData",
    "required": "[]string",
    "context": "[]int",
}


def refuse(message: str, status: int = 400) -> VendorRefusal:
    """A refusal: Ollama tells a text and nothing else."""
    return VendorRefusal(message=message, status=status)


def say(problem: Problem) -> VendorRefusal:
    """`problem` as Go's JSON says it."""
    names = [step for step in problem.steps if isinstance(step, str)]
    if problem.fault == "base64":
        return refuse(f"illegal base64 data at input byte {_first_bad(problem.value)}")
    if names[-1:] == ["think"]:
        return refuse('think must be a boolean or string ("high", "medium", "low", true, or false)')
    if names[-1:] == ["input"] or names[:1] == ["input"]:
        return refuse("invalid input type")
    kind = kind_of(problem.value)
    wanted = _GO_TYPES.get(names[-1] if names else "") or _go_type(problem.wanted)
    place = ".".join(("Request", *names))
    return refuse(f"json: cannot unmarshal {_GO_KINDS.get(kind, kind)} into Go struct field {place} of type {wanted}")


def _first_bad(value: Json) -> int:
    found = re.search(r"[^A-Za-z0-9+/]", value) if isinstance(value, str) else None
    return found.start() if found else len(value) if isinstance(value, str) else 0


def _go_type(wanted: Shape | None) -> str:
    match wanted:
        case Either(options):
            return _go_type(options[-1])
        case TextType():
            return "string"
        case Flag():
            return "bool"
        case Number(_, _, whole):
            return "int" if whole else "float64"
        case _:
            return "api.Message"


def write(refusal: VendorRefusal) -> Reply:
    """Ollama's error object."""
    return json_reply({"error": refusal.message}, refusal.status)


def nowhere(call: ReceivedRequest) -> Reply:
    """The 404 of a path, or of a method at a path, that does not exist."""
    return text_reply("404 page not found", "text/plain", 404)


def _not_json(problem: str) -> VendorRefusal:
    return refuse("missing request body" if "null" in problem or "object" in problem else f"invalid JSON: {problem}")


def needs_model(raw: RawRequest) -> Iterator[VendorRefusal]:
    """A model is named."""
    if not raw.body.get("model"):
        yield refuse("model is required")


def options(raw: RawRequest) -> Iterator[VendorRefusal]:
    """Options that it knows have their type; others are ignored with a line in its log."""
    for name, value in as_object(raw.body.get("options")).items():
        kind = kind_of(value)
        if name in _INTEGERS and kind not in ("integer", "number", "null"):
            yield refuse(f'option "{name}" must be of type integer', 500)
        elif name in _FLOATS and kind not in ("integer", "number", "null"):
            yield refuse(f'option "{name}" must be of type float32', 500)
        elif name in _FLAGS and kind not in ("boolean", "null"):
            yield refuse(f'option "{name}" must be of type boolean', 500)
        elif name == "stop" and kind not in ("array", "null"):
            yield refuse('option "stop" must be of type array', 500)


def words(raw: RawRequest) -> Iterator[VendorRefusal]:
    """The format is JSON's or a schema, thought has a known size, and a time is a time."""
    form, think, alive = raw.body.get("format"), raw.body.get("think"), raw.body.get("keep_alive")
    if not (isinstance(form, dict) or form in (None, "", "json")):
        shown = f'"{form}"' if isinstance(form, str) else str(form)
        yield refuse(f'invalid format: {shown}; expected "json" or a valid JSON Schema object', 500)
    if isinstance(think, str) and think not in _THOUGHTS:
        yield refuse(f'invalid think value: "{think}" (must be "high", "medium", "low", "max", true, or false)')
    if isinstance(alive, str) and not _DURATION.fullmatch(alive):
        yield refuse(f'time: invalid duration "{alive}"')


_RULES = (needs_model, options, words)
OLLAMA = Vendor(
    name="ollama",
    paths={
        "chat": "/api/chat",
        "complete": "/api/generate",
        "embed": "/api/embed(dings)?",
        "models": "/api/tags",
        "model": "/api/show",
        "running": "/api/ps",
        "version": "/api/version",
    },
    shapes={"chat": CHAT, "complete": GENERATE, "embed": EMBED},
    rules={"chat": _RULES, "complete": _RULES, "embed": (needs_model, options)},
    says=say,
    writes=write,
    nowhere=nowhere,
    not_json=_not_json,
)
