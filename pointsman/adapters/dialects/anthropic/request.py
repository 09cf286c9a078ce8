"""A chat request as the body of `POST /v1/messages`, and the betas that it needs in a header. Knows no answer.

A client of the gateway names its own betas, and they go on; what stands here is for what programs and other dialects
ask for. Source: platform.claude.com/docs, the pages of each tool and of the Files API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile

import attrs
from returns.result import Result

from pointsman.adapters.dialects.anthropic.messages import write_system, write_turns
from pointsman.adapters.dialects.anthropic.parameters import PARAMETERS, default_max_tokens
from pointsman.adapters.dialects.anthropic.schema import write_strict
from pointsman.adapters.dialects.anthropic.tools import write_tools
from pointsman.adapters.dialects.dialect import Target, WireRequest, WriteFailure
from pointsman.adapters.dialects.freeform import as_function
from pointsman.adapters.dialects.parameters import is_given, join, join_extra, write_parameters
from pointsman.adapters.dialects.unsupported import Unsupported
from pointsman.core.chat.message import Message
from pointsman.core.chat.part import File, FileId, Image, Part, Text, ToolResult
from pointsman.core.chat.request import ChatRequest
from pointsman.core.chat.tool import AnyTool, Tool
from pointsman.core.json import Json, JsonObject, as_list, as_object, as_text, compact

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


VERSION = {"anthropic-version": "2023-06-01"}
PATH = "/v1/messages"
JSON_MODE = "Answer with one JSON object and nothing else."
"""The API has no JSON mode but with a schema; the model is asked for it."""


def write_request(request: ChatRequest, target: Target, stream: bool) -> Result[WireRequest, WriteFailure]:
    """The request on the wire, with a warning for each parameter that the API does not have."""
    unsupported = Unsupported(target)
    body = write_content(request, unsupported)
    join(body, write_parameters(PARAMETERS, request, unsupported))
    if "max_tokens" not in body and "max_tokens" not in request.extra:
        body["max_tokens"] = default_max_tokens(request, unsupported)
    if stream:
        body["stream"] = True
    return close(PATH, body, request, unsupported)


def close(
    path: str, body: JsonObject, request: ChatRequest, unsupported: Unsupported
) -> Result[WireRequest, WriteFailure]:
    """`body` with what a program put beside it, under the betas that it needs."""
    headers = {**VERSION, **beta_header(request, body)}
    return unsupported.close(request, WireRequest(path, join_extra(body, request.extra, unsupported), headers=headers))


def write_content(request: ChatRequest, unsupported: Unsupported) -> JsonObject:
    """What is asked: model, messages, tools, and the form of the answer."""
    for name in ("tools", "response_schema"):
        if name in unsupported.target.quirks.lacks and is_given(getattr(request, name)):
            unsupported.fail(name)
    request = attrs.evolve(request, tools=tuple(map(_as_function, request.tools)))
    strict: Mapping[str | None, JsonObject] = {} if unsupported.features else write_strict(request, unsupported)
    turns = write_turns(request.messages, unsupported)
    if not turns and not unsupported.features and "messages" not in request.extra:
        unsupported.reject("messages: at least one message of the user with content is needed")
    return compact(
        {
            "model": unsupported.target.model,
            "system": write_system(_add_instruction(request), unsupported),
            "messages": turns,
            "tools": write_tools(request, strict, unsupported),
            "output_config": _write_format(request, strict.get(None), unsupported),
        }
    )


def _as_function(tool: AnyTool) -> AnyTool:
    return as_function(tool) if isinstance(tool, Tool) else tool


def _add_instruction(request: ChatRequest) -> tuple[Message, ...]:
    """The messages; in JSON mode with its instruction at the end of those above the conversation."""
    messages = request.messages
    if not request.json_mode:
        return messages
    leading = len(list(takewhile(lambda message: message.role == "system", messages)))
    return (*messages[:leading], Message("system", (Text(JSON_MODE),)), *messages[leading:])


def _write_format(request: ChatRequest, written: JsonObject | None, unsupported: Unsupported) -> Json:
    if request.response_schema is not None and request.response_schema.description is not None:
        unsupported.drop("response_schema.description")
    return None if written is None else {"format": {"type": "json_schema", "schema": written}}
