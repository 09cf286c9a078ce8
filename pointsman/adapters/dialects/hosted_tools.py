"""What another vendor's own tools are set to, in one form for all vendors. Pure; it may not know how any is written."""

from __future__ import annotations

from pointsman.core.chat.tool import ProviderTool
from pointsman.core.json import Json, JsonObject, as_object

_WRAPPERS = ("approximate", "filters")
"""Objects that one vendor has around what others have without."""
_NAMES = ("type", "name")


def hosted_settings(tool: ProviderTool) -> JsonObject:
    """What a tool of another vendor says beside what it is, domains and places without what stands around them.

    Sources: platform.claude.com/docs (web search tool), platform.openai.com/docs/guides/tools-web-search,
    ai.google.dev/api/caching#GoogleSearch.
    """
    only = next(iter(tool.wire.values())) if len(tool.wire) == 1 else None
    wire = only if isinstance(only, dict) else tool.wire
    settings: JsonObject = {name: item for name, item in wire.items() if name not in _NAMES and item is not None}
    place = settings.get("user_location")
    if isinstance(place, dict):
        settings["user_location"] = _unwrap(as_object(place))
    return _unwrap(settings)


def _unwrap(fields: JsonObject) -> JsonObject:
    flat: dict[str, Json] = {name: value for name, value in fields.items() if name not in _WRAPPERS}
    for name in _WRAPPERS:
        flat.update(as_object(fields.get(name)))
    return flat
