"""Which betas a request needs: the API takes some tools and sources only under a header. Data and its look-up.

A client of the gateway names its own betas, and they go on; what stands here is for what programs and other dialects
ask for. Source: platform.claude.com/docs, the pages of each tool and of the Files API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pointsman.core.chat.part import File, FileId, Image, Part, ToolResult
from pointsman.core.chat.request import ChatRequest
from pointsman.core.json import JsonObject, as_list, as_object, as_text

_FILES = "files-api-2025-04-14"
_TOOLS = (
    ("code_execution_20250522", "code-execution-2025-05-22"),
    ("code_execution_", "code-execution-2025-08-25"),
    ("computer_20250124", "computer-use-2025-01-24"),
    ("computer_20251124", "computer-use-2025-11-24"),
    ("web_fetch_20250910", "web-fetch-2025-09-10"),
    ("memory_", "context-management-2025-06-27"),
    ("mcp_toolset", "mcp-client-2025-11-20"),
    ("tool_search_tool_", "advanced-tool-use-2025-11-20"),
)
"""By the beginning of the type of a tool; the first that fits."""


def beta_header(request: ChatRequest, body: JsonObject) -> Mapping[str, str]:
    """The header with the betas of `body`, which was written for `request`; empty where it needs none."""
    kinds = [as_text(as_object(tool).get("type")) for tool in as_list(body.get("tools"))]
    betas = [beta for kind in kinds if (beta := _tool_beta(kind))]
    if any(_is_by_id(part) for message in request.messages for part in message.parts):
        betas.append(_FILES)
    return {"anthropic-beta": ",".join(dict.fromkeys(betas))} if betas else {}


def _tool_beta(kind: str) -> str | None:
    return next((beta for beginning, beta in _TOOLS if kind.startswith(beginning)), None)


def _is_by_id(part: Part) -> bool:
    parts: Iterator[object] = iter(part.content) if isinstance(part, ToolResult) else iter((part,))
    return any(isinstance(one, (Image, File)) and isinstance(one.source, FileId) for one in parts)
