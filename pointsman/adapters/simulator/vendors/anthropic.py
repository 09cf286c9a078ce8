"""Anthropic's Messages API: its words, and what no shape can say: betas, order, cache marks, pictures, thinking.

Source: platform.claude.com/docs/en/api; the messages of the 400s are those that its users have reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from pointsman.adapters.simulator.http_request import ReceivedRequest
from pointsman.adapters.simulator.reply import Reply, json_reply
from pointsman.adapters.simulator.vendors.anthropic_blocks import BLOCKS
from pointsman.adapters.simulator.vendors.anthropic_shapes import (
    BETA_BLOCKS,
    BETA_FIELDS,
    BETA_TOOLS,
    COUNT_TOKENS,
    MESSAGE,
    TOOLS,
)
from pointsman.adapters.simulator.vendors.body_schema import (
    Either,
    Flag,
    Items,
    Number,
    OneOf,
    Problem,
    Shape,
    Tag,
    Tagged,
    TextType,
    decode_base64,
)
from pointsman.adapters.simulator.vendors.media_bytes import picture_type
from pointsman.adapters.simulator.vendors.vendor import RawRequest, Vendor, VendorRefusal
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, float_or_none

MOST_MARKS = 4
"""How many cache marks a request may have."""
_TYPES = {400: "invalid_request_error", 404: "not_found_error", 405: "invalid_request_error"}
_BETA = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*-(?:\d{4}-\d{2}-\d{2}|\d{8})")


def refuse(message: str, status: int = 400) -> VendorRefusal:
    """A refusal of the usual kind."""
    return VendorRefusal(message=message, status=status, kind=_TYPES.get(status, "invalid_request_error"))


def say(problem: Problem) -> VendorRefusal:
    """`problem` in Anthropic's words: a path of dots, in which the chosen member of a union stands too."""
    path = ".".join(step.name if isinstance(step, Tag) else str(step) for step in _place_without_role(problem))
    return refuse(f"{path}: {_explain(problem)}" if path else _explain(problem))


def _place_without_role(problem: Problem) -> tuple[str | int | Tag, ...]:
    """The place as Anthropic tells it: the role of a message does not stand in it."""
    at = 2
    hidden = len(problem.place) > at and problem.place[0] == "messages" and isinstance(problem.place[at], Tag)
    return (*problem.place[:at], *problem.place[at + 1 :]) if hidden else problem.place


def _explain(problem: Problem) -> str:
    wanted = problem.wanted
    match problem.fault:
        case "unknown":
            return "Extra inputs are not permitted"
        case "missing":
            return "Field required"
        case "type":
            return f"Input should be {_kind(wanted)}"
        case "choice":
            return f"Input should be {_list_words(wanted.words if isinstance(wanted, OneOf) else ())}"
        case "tag":
            return _explain_tag(problem)
        case "below" | "above":
            return f"Input should be {_bound(problem)}"
        case "short" | "long":
            return _length(problem)
        case "pattern":
            return f"String should match pattern '^{wanted.pattern if isinstance(wanted, TextType) else ''}$'"
        case "base64":
            return "Invalid base64 data"
        case "deep":
            return "Input is nested too deeply"


def _kind(wanted: Shape | None) -> str:
    match wanted:
        case TextType():
            return "a valid string"
        case Number(_, _, whole):
            return "a valid integer" if whole else "a valid number"
        case Flag():
            return "a valid boolean"
        case Items():
            return "a valid list"
        case Either(options):
            return _kind(options[-1])
        case OneOf(words):
            return _list_words(words)
        case _:
            return "a valid dictionary"


def _list_words(words: tuple[str, ...]) -> str:
    quoted = [f"'{word}'" for word in words]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}" if len(quoted) > 1 else "".join(quoted)


def _explain_tag(problem: Problem) -> str:
    wanted = problem.wanted
    if not isinstance(wanted, Tagged) or wanted.tag == "role":
        return f"Input should be {_list_words(tuple(wanted.members) if isinstance(wanted, Tagged) else ())}"
    expected = ", ".join(f"'{name}'" for name in wanted.members)
    return f"Input tag '{problem.value}' found using '{wanted.tag}' does not match any of the expected tags: {expected}"


def _bound(problem: Problem) -> str:
    wanted = problem.wanted if isinstance(problem.wanted, Number) else Number()
    if problem.fault == "below":
        return f"greater than or equal to {wanted.least:g}"
    return f"less than or equal to {wanted.most:g}"


def _length(problem: Problem) -> str:
    wanted, least = problem.wanted, problem.fault == "short"
    if isinstance(wanted, TextType):
        return f"String should have at {f'least {wanted.least}' if least else f'most {wanted.most}'} characters"
    bound = wanted.most if isinstance(wanted, Items) else None
    return f"List should have at {'least 1' if least else f'most {bound}'} items after validation"


def write(refusal: VendorRefusal) -> Reply:
    """Anthropic's error object."""
    error: Json = {"type": refusal.kind or "invalid_request_error", "message": refusal.message}
    return json_reply({"type": "error", "error": error}, refusal.status)


def nowhere(call: ReceivedRequest) -> Reply:
    """The 404 of a path that does not exist."""
    return write(refuse("Not Found", 404))


def _not_json(problem: str) -> VendorRefusal:
    return refuse(f"The request body is not valid JSON: {problem}")


def _headers(raw: RawRequest) -> Iterator[VendorRefusal]:
    version = raw.call.headers.get("anthropic-version")
    if version is None:
        yield refuse("anthropic-version: header is required")
    elif not re.fullmatch(r"\d{4}-\d{2}-\d{2}", version):
        yield refuse(f'anthropic-version: "{version}" is not a valid version')
    unknown = [beta for beta in betas(raw.call) if not _BETA.fullmatch(beta)]
    if unknown:
        named = ", ".join(f"`{beta}`" for beta in unknown)
        consult = "Please consult our documentation at docs.claude.com or try again without the header."
        yield refuse(f"Unexpected value(s) {named} for the `anthropic-beta` header. {consult}")


def betas(call: ReceivedRequest) -> list[str]:
    """The betas that a request names."""
    return [beta.strip() for beta in call.headers.get("anthropic-beta", "").split(",") if beta.strip()]


def _lacks(raw: RawRequest, needed: tuple[str, ...]) -> bool:
    return not any(beta.startswith(f"{name}-2") for beta in betas(raw.call) for name in needed)


def beta_fields(raw: RawRequest) -> Iterator[VendorRefusal]:
    """What needs a beta is unknown to the vendor without it."""
    for path, needed in BETA_FIELDS.items():
        value: Json = raw.body
        for step in path.split("."):
            value = as_object(value).get(step)
        if value is not None and _lacks(raw, needed):
            yield refuse(f"{path}: Extra inputs are not permitted")
    for at, tool in enumerate(map(as_object, as_list(raw.body.get("tools")))):
        kind = as_text(tool.get("type"))
        if kind in BETA_TOOLS and _lacks(raw, BETA_TOOLS[kind]):
            yield refuse(f"tools.{at}: {_no_such(kind, [name for name in TOOLS if name not in BETA_TOOLS])}")
    for place, block in _blocks(raw):
        kind = as_text(block.get("type"))
        if kind in BETA_BLOCKS and _lacks(raw, BETA_BLOCKS[kind]):
            yield refuse(f"{place}: {_no_such(kind, [name for name in BLOCKS if name not in BETA_BLOCKS])}")


def _no_such(kind: str, expected: list[str]) -> str:
    names = ", ".join(f"'{name}'" for name in sorted(expected))
    return f"Input tag '{kind}' found using 'type' does not match any of the expected tags: {names}"


def _messages(raw: RawRequest) -> list[JsonObject]:
    return [as_object(message) for message in as_list(raw.body.get("messages"))]


def _blocks(raw: RawRequest) -> Iterator[tuple[str, JsonObject]]:
    """The blocks of all messages, with their paths."""
    for at, message in enumerate(_messages(raw)):
        for number, block in enumerate(map(as_object, as_list(message.get("content")))):
            yield f"messages.{at}.content.{number}", block


def order(raw: RawRequest) -> Iterator[VendorRefusal]:
    """The first message is the user's, none is empty but a last one of the assistant, and no text is blank."""
    messages = _messages(raw)
    if not messages:
        yield refuse("messages: at least one message is required")
    elif messages[0].get("role") == "assistant":
        yield refuse('messages: first message must use the "user" role')
    for at, message in enumerate(messages):
        last = at == len(messages) - 1 and message.get("role") == "assistant"
        if message.get("content") in ("", []) and not last:
            must = "all messages must have non-empty content except for the optional final assistant message"
            yield refuse(f"messages.{at}: {must}")
    if messages and messages[-1].get("role") == "assistant":
        yield from _check_prefill(messages[-1])
    for place, block in _blocks(raw):
        if block.get("type") == "text" and not as_text(block.get("text")).strip():
            empty = "non-empty" if not block.get("text") else "contain non-whitespace text"
            yield refuse(f"{place}: text content blocks must {'be ' if empty == 'non-empty' else ''}{empty}")


def _check_prefill(message: JsonObject) -> Iterator[VendorRefusal]:
    content = message.get("content")
    last = as_object(next(reversed(as_list(content)), {}))
    text = content if isinstance(content, str) else as_text(last.get("text"))
    if text != text.rstrip():
        yield refuse("messages: final assistant content cannot end with trailing whitespace")
    if as_text(last.get("type")) in ("thinking", "redacted_thinking"):
        yield refuse("messages: The final block in an assistant message cannot be `thinking`.")


def tool_order(raw: RawRequest) -> Iterator[VendorRefusal]:
    """Calls are answered at the beginning of the next message, answers have a call in the last, and ids are unique."""
    seen: set[str] = set()
    waiting: list[str] = []
    for at, message in enumerate(_messages(raw)):
        blocks = [as_object(block) for block in as_list(message.get("content"))]
        if message.get("role") == "system":
            continue
        first = takewhile(lambda block: block.get("type") == "tool_result", blocks)
        results = [as_text(block.get("tool_use_id")) for block in first]
        yield from _results(blocks, waiting, at)
        missing = [call for call in waiting if call not in results]
        if missing:
            yield refuse(_unanswered_message(missing, at - 1))
        waiting = [as_text(block.get("id")) for block in blocks if block.get("type") == "tool_use"]
        for number, block in enumerate(blocks):
            if block.get("type") in ("tool_use", "server_tool_use"):
                if as_text(block.get("id")) in seen:
                    yield refuse(f"messages.{at}.content.{number}: `tool_use` ids must be unique")
                seen.add(as_text(block.get("id")))
    if waiting:
        yield refuse(_unanswered_message(waiting, len(_messages(raw)) - 1))


def _results(blocks: list[JsonObject], waiting: list[str], at: int) -> Iterator[VendorRefusal]:
    answered: set[str] = set()
    for number, block in enumerate(blocks):
        if block.get("type") != "tool_result":
            continue
        call = as_text(block.get("tool_use_id"))
        if call not in waiting:
            each = "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            found = f"unexpected `tool_use_id` found in `tool_result` blocks: {call}."
            yield refuse(f"messages.{at}.content.{number}: {found} {each}")
        if call in answered:
            each = "each tool_use must have a single result. Found multiple `tool_result` blocks with id"
            yield refuse(f"messages.{at}.content.{number}: {each}: {call}")
        answered.add(call)


def _unanswered_message(calls: list[str], at: int) -> str:
    each = "Each `tool_use` block must have a corresponding `tool_result` block in the next message."
    found = "`tool_use` ids were found without `tool_result` blocks immediately after"
    return f"messages.{at}: {found}: {', '.join(calls)}. {each}"


def cache_marks(raw: RawRequest) -> Iterator[VendorRefusal]:
    """At most four marks, the long ones first, and none on an empty text."""
    marks = list(marks_of(raw.body))
    if len(marks) > MOST_MARKS:
        yield refuse(f"A maximum of {MOST_MARKS} blocks with cache_control may be provided. Found {len(marks)}.")
    short = False
    for place, ttl in marks:
        if ttl == "1h" and short:
            after = "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block."
            processed = "Note that blocks are processed in the following order: `tools`, `system`, `messages`."
            yield refuse(f"{place}.cache_control.ttl: {after} {processed}")
        short = short or ttl == "5m"


def marks_of(body: JsonObject) -> Iterator[tuple[str, str]]:
    """Every cache mark in the order of the prompt (tools, system, messages), as its place and its ttl."""
    for name in ("tools", "system"):
        for at, block in enumerate(as_list(body.get(name))):
            yield from _mark(block, f"{name}.{at}")
    for at, message in enumerate(as_list(body.get("messages"))):
        for number, block in enumerate(as_list(as_object(message).get("content"))):
            yield from _mark(block, f"messages.{at}.content.{number}")
            for inner, part in enumerate(as_list(as_object(block).get("content"))):
                yield from _mark(part, f"messages.{at}.content.{number}.content.{inner}")


def _mark(block: Json, place: str) -> Iterator[tuple[str, str]]:
    mark = as_object(as_object(block).get("cache_control"))
    if mark:
        yield place, as_text(mark.get("ttl")) or "5m"


def pictures(raw: RawRequest) -> Iterator[VendorRefusal]:
    """A picture is what its label says."""
    for place, block in _blocks(raw):
        yield from _picture(block, place)
        if block.get("type") == "tool_result":
            for at, part in enumerate(map(as_object, as_list(block.get("content")))):
                yield from _picture(part, f"{place}.tool_result.content.{at}")


def _picture(block: JsonObject, place: str) -> Iterator[VendorRefusal]:
    source = as_object(block.get("source"))
    if block.get("type") != "image" or source.get("type") != "base64":
        return
    data, label = decode_base64(as_text(source.get("data"))) or b"", as_text(source.get("media_type"))
    kind = picture_type(data)
    if not data:
        yield refuse(f"{place}.image.source.base64.data: image cannot be empty")
    elif kind is not None and kind != label:
        yield refuse(f"{place}.image.source.base64.data: Image does not match the provided media type {label}")


def thinking(raw: RawRequest) -> Iterator[VendorRefusal]:
    """Thinking has room in `max_tokens`, its own temperature, and no forced tool."""
    wanted = as_object(raw.body.get("thinking"))
    if wanted.get("type") not in ("enabled", "adaptive"):
        return
    budget, most = float_or_none(wanted.get("budget_tokens")), float_or_none(raw.body.get("max_tokens"))
    if budget is not None and most is not None and most <= budget and not _interleaves_thinking(raw):
        see = "Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking"
        yield refuse(f"`max_tokens` must be greater than `thinking.budget_tokens`. {see}")
    if raw.body.get("temperature") not in (None, 1):
        yield refuse("`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.")
    if raw.body.get("top_k") is not None:
        yield refuse("`top_k` must be unset when thinking is enabled or in adaptive mode.")
    top_p = float_or_none(raw.body.get("top_p"))
    if top_p is not None and top_p < 0.95:
        yield refuse("`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.")
    if as_object(raw.body.get("tool_choice")).get("type") in ("any", "tool"):
        yield refuse("Thinking may not be enabled when tool_choice forces tool use.")


def _interleaves_thinking(raw: RawRequest) -> bool:
    return any(beta.startswith("interleaved-thinking-") for beta in betas(raw.call))


def tool_choice(raw: RawRequest) -> Iterator[VendorRefusal]:
    """Names of tools are unique, a choice needs tools, and the one that is forced is among them."""
    names = [as_text(as_object(tool).get("name")) for tool in as_list(raw.body.get("tools"))]
    if len({name for name in names if name}) < len([name for name in names if name]):
        yield refuse("tools: Tool names must be unique.")
    wanted = as_object(raw.body.get("tool_choice"))
    if wanted.get("type") in ("auto", "any", "tool") and not names:
        yield refuse("tool_choice may only be specified while providing tools.")
    elif wanted.get("type") == "tool" and as_text(wanted.get("name")) not in names:
        yield refuse(f"Tool '{as_text(wanted.get('name'))}' not found in provided tools")


def _stops(raw: RawRequest) -> Iterator[VendorRefusal]:
    for at, text in enumerate(as_list(raw.body.get("stop_sequences"))):
        if not as_text(text).strip():
            yield refuse(f"stop_sequences.{at}: each stop sequence must contain non-whitespace")


_COMMON = (beta_fields, order, tool_order, cache_marks, pictures, tool_choice)
ANTHROPIC = Vendor(
    name="anthropic",
    paths={
        "chat": r"/v1/messages",
        "count": r"/v1/messages/count_tokens",
        "models": r"/v1/models",
        "model": r"/v1/models/[^/]+(/[^/]+)*",
    },
    shapes={"chat": MESSAGE, "count": COUNT_TOKENS},
    rules={"chat": (*_COMMON, thinking, _stops), "count": _COMMON},
    demands=_headers,
    tells_methods=True,
    says=say,
    writes=write,
    nowhere=nowhere,
    not_json=_not_json,
)
