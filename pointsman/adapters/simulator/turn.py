"""What a scenario can see of a request, read from the raw body of any dialect: the tools offered, and whose turn it is.

Total, and independent of the dialects' readers: what those do not know yet is seen here too.
"""

from __future__ import annotations

from collections.abc import Iterator

from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text

_DECLARED = ("functionDeclarations", "function_declarations")
_ANSWERED = ("functionResponse", "function_response")


def offered_tools(body: JsonObject) -> tuple[str, ...]:
    """The names of all tools in `body`; one of the vendor's own goes by its name, or else by its type."""
    lists = [body.get("tools"), *(as_object(item).get("tools") for item in as_list(body.get("input")))]
    return tuple(dict.fromkeys(name for tools in lists for tool in as_list(tools) for name in _names(tool)))


def _names(tool: Json) -> Iterator[str]:
    fields = as_object(tool)
    inner = [as_object(fields.get(key)) for key in ("function", "custom")]
    named = next((as_text(one.get("name")) for one in (fields, *inner) if one.get("name")), as_text(fields.get("type")))
    if named:
        yield named
    for declared in (*_DECLARED, "tools"):
        for each in as_list(fields.get(declared)):
            yield from _names(each)
    if not named:
        yield from (key for key in fields if key not in _DECLARED)


def ends_with_results(body: JsonObject) -> bool:
    """Whether `body` ends with what tools answered, so that it is the model's turn to go on."""
    turns = next((as_list(body.get(key)) for key in ("messages", "input", "contents") if as_list(body.get(key))), [])
    said = [turn for turn in map(as_object, turns) if turn.get("role") not in ("system", "developer")]
    last = as_object(next(reversed(said), {}))
    if last.get("role") == "tool" or as_text(last.get("type")).endswith("_output"):
        return True
    parts = [as_object(part) for part in (*as_list(last.get("content")), *as_list(last.get("parts")))]
    return any(part.get("type") == "tool_result" or any(key in part for key in _ANSWERED) for part in parts)


def hosted_search(body: JsonObject) -> bool:
    """Whether the vendor's own search of the web is offered."""
    return any(as_text(as_object(tool).get("type")).startswith("web_search") for tool in as_list(body.get("tools")))
