"""What stands in the `input` and the `tools` of OpenAI's Responses API. Data alone.

Source: platform.openai.com/docs/api-reference/responses/create, and the parameter types of the vendor's own SDK.
"""

from __future__ import annotations

from pointsman.adapters.simulator.vendors.body_schema import (
    ANYTHING,
    COUNT,
    FLAG,
    NUMBER,
    OBJECT,
    TEXT,
    TEXTS,
    WHOLE,
    Either,
    Items,
    Later,
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
from pointsman.adapters.simulator.vendors.openai_chat_shapes import CACHE_POINT, LOCATION, TOOL_NAME

_STATUS = maybe(choice("in_progress", "completed", "incomplete"))
_ID = maybe(TextType(most=64))
_CALL_ID = TextType(least=1, most=64)
_DETAIL = maybe(choice("low", "high", "auto", "original"))
_POINT = maybe(CACHE_POINT)
_CALLER = maybe(union("type", direct=record(), program=record({"caller_id": TEXT})))
_PHASE = maybe(choice("commentary", "final_answer"))
_WORDS = record({"text": TEXT}, prompt_cache_breakpoint=_POINT)
_PICTURE = record(detail=_DETAIL, file_id=maybe(TEXT), image_url=maybe(TEXT), prompt_cache_breakpoint=_POINT)
_FILE = record(
    detail=choice("auto", "low", "high"),
    file_data=maybe(TEXT),
    file_id=maybe(TEXT),
    file_url=maybe(TEXT),
    filename=maybe(TEXT),
    prompt_cache_breakpoint=_POINT,
)
_CITATION = union(
    "type",
    file_citation=record({"file_id": TEXT, "index": COUNT}, filename=TEXT),
    url_citation=record({"start_index": COUNT, "end_index": COUNT, "url": TEXT, "title": TEXT}),
    container_file_citation=record(
        {"container_id": TEXT, "file_id": TEXT, "start_index": COUNT, "end_index": COUNT}, filename=TEXT
    ),
    file_path=record({"file_id": TEXT, "index": COUNT}),
)
INPUT_PART = union("type", input_text=_WORDS, input_image=_PICTURE, input_file=_FILE)
OUTPUT_PART = union(
    "type",
    output_text=record({"text": TEXT}, annotations=Items(_CITATION), logprobs=Items(OBJECT)),
    refusal=record({"refusal": TEXT}),
)
_ASKED = Either((TEXT, Items(INPUT_PART)))
MESSAGE = Tagged(
    "role",
    {
        role: record(
            {"content": content},
            role=choice(role),
            type=choice("message"),
            id=_ID,
            status=_STATUS,
            phase=_PHASE,
        )
        for role, content in (
            ("user", _ASKED),
            ("system", _ASKED),
            ("developer", _ASKED),
            ("assistant", Either((TEXT, Items(OUTPUT_PART)))),
        )
    },
)
"""A message; OpenAI takes what was said by the assistant as output parts alone."""

_OUTPUT = Either((TEXT, Items(INPUT_PART)))
_CALL: dict[str, Shape] = {"call_id": _CALL_ID, "name": TEXT}
_SHELL_OUTPUT = record(
    {
        "stdout": TEXT,
        "stderr": TEXT,
        "outcome": union("type", timeout=record(), exit=record({"exit_code": WHOLE})),
    }
)
_DOMAINS = record(allowed_domains=TEXTS, domain_secrets=Items(record(dict.fromkeys(("domain", "name", "value"), TEXT))))
_NETWORK = union("type", disabled=record(), allowlist=_DOMAINS)
_CONTAINER = record(
    file_ids=TEXTS, memory_limit=maybe(choice("1g", "4g", "16g", "64g")), network_policy=_NETWORK, skills=Items(OBJECT)
)
_LOCAL = record(skills=Items(record(dict.fromkeys(("name", "description", "path"), TEXT))))
_REFERENCE = record({"container_id": TEXT})
_TOOL_LIST = Items(record({"name": TEXT, "input_schema": ANYTHING}, annotations=ANYTHING, description=maybe(TEXT)))

_CALLERS = maybe(Items(choice("direct", "programmatic")))
_WHERE = maybe(record(type=choice("approximate"), **LOCATION))
_CONTEXT_SIZE = choice("low", "medium", "high")
_FUNCTION = record(
    {"name": TOOL_NAME},
    parameters=maybe(OBJECT),
    strict=maybe(FLAG),
    description=maybe(TEXT),
    allowed_callers=_CALLERS,
    defer_loading=FLAG,
    output_schema=maybe(OBJECT),
)
_CUSTOM = record(
    {"name": TOOL_NAME},
    description=TEXT,
    format=union("type", text=record(), grammar=record({"definition": TEXT, "syntax": choice("lark", "regex")})),
    allowed_callers=_CALLERS,
    defer_loading=FLAG,
)
_FUNCTION = Record({**_FUNCTION.fields, "async": FLAG}, _FUNCTION.required)
_CUSTOM = Record({**_CUSTOM.fields, "async": FLAG}, _CUSTOM.required)
_COMPARED: dict[str, Shape] = {"key": TEXT, "value": Either((TEXT, NUMBER, FLAG, Items(Either((TEXT, NUMBER)))))}
FILTER: Shape = union(
    "type",
    **{name: record(_COMPARED) for name in ("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin")},
    **{name: record({"filters": Items(Later(lambda: FILTER))}) for name in ("and", "or")},
)
_SEARCH = record(
    external_web_access=FLAG,
    search_content_types=Items(choice("text", "image")),
    filters=maybe(record(allowed_domains=maybe(TEXTS))),
    search_context_size=_CONTEXT_SIZE,
    user_location=_WHERE,
)
_PREVIEW = record(
    search_content_types=Items(choice("text", "image")), search_context_size=_CONTEXT_SIZE, user_location=_WHERE
)
_MCP_NAMES = record(read_only=FLAG, tool_names=TEXTS)
_MCP = record(
    {"server_label": TEXT},
    allowed_callers=_CALLERS,
    allowed_tools=maybe(Either((TEXTS, _MCP_NAMES))),
    authorization=TEXT,
    connector_id=TEXT,
    defer_loading=FLAG,
    headers=maybe(Table(TEXT)),
    require_approval=maybe(Either((choice("always", "never"), record(always=_MCP_NAMES, never=_MCP_NAMES)))),
    server_description=TEXT,
    server_url=TEXT,
    tunnel_id=TEXT,
)
_EFFORTS = choice("none", "minimal", "low", "medium", "high", "xhigh", "max")
_PICTURES_MADE = record(
    action=choice("generate", "edit", "auto"),
    background=choice("transparent", "opaque", "auto"),
    complexity=_CONTEXT_SIZE,
    frame_count=WHOLE,
    frame_duration_ms=WHOLE,
    input_fidelity=maybe(choice("high", "low")),
    input_image_mask=record(file_id=TEXT, image_url=TEXT),
    model=TEXT,
    moderation=choice("auto", "low"),
    output_compression=Number(0, 100, whole=True),
    output_format=choice("png", "webp", "jpeg", "gif", "svg"),
    partial_images=Number(0, 3, whole=True),
    quality=choice("low", "medium", "high", "xhigh", "max", "auto"),
    size=TEXT,
    svg=record({"model": TEXT}, reasoning=maybe(record(effort=_EFFORTS))),
)
_TOOLS: dict[str, Record] = {
    "function": _FUNCTION,
    "custom": _CUSTOM,
    "namespace": record(
        {"name": TEXT, "description": TEXT, "tools": Items(union("type", function=_FUNCTION, custom=_CUSTOM))}
    ),
    "file_search": record(
        {"vector_store_ids": TEXTS},
        filters=maybe(FILTER),
        max_num_results=Number(1, 50, whole=True),
        ranking_options=record(
            hybrid_search=record(dict.fromkeys(("embedding_weight", "text_weight"), NUMBER)),
            ranker=TEXT,
            score_threshold=Number(0, 1),
        ),
    ),
    "computer": record(),
    "computer_use_preview": record({"display_height": WHOLE, "display_width": WHOLE, "environment": TEXT}),
    "web_search": _SEARCH,
    "web_search_2025_08_26": _SEARCH,
    "web_search_preview": _PREVIEW,
    "web_search_preview_2025_03_11": _PREVIEW,
    "mcp": _MCP,
    "code_interpreter": record({"container": Either((TEXT, union("type", auto=_CONTAINER)))}, allowed_callers=_CALLERS),
    "programmatic_tool_calling": record(),
    "image_generation": _PICTURES_MADE,
    "local_shell": record(),
    "shell": record(
        allowed_callers=_CALLERS,
        environment=maybe(union("type", container_auto=_CONTAINER, local=_LOCAL, container_reference=_REFERENCE)),
    ),
    "tool_search": record(description=maybe(TEXT), execution=choice("server", "client"), parameters=maybe(OBJECT)),
    "apply_patch": record(allowed_callers=_CALLERS),
}
TOOL = union("type", **_TOOLS)
_ITEMS: dict[str, Record] = {
    "reasoning": record(
        {"summary": Items(union("type", summary_text=record({"text": TEXT})))},
        id=_ID,
        content=maybe(Items(union("type", reasoning_text=record({"text": TEXT})))),
        encrypted_content=maybe(TEXT),
        status=_STATUS,
    ),
    "function_call": Record(
        {
            **dict(_CALL, arguments=TEXT, id=_ID, caller=_CALLER, namespace=maybe(TEXT), status=_STATUS),
            "async": FLAG,
        },
        ("call_id", "name", "arguments"),
    ),
    "function_call_output": record(
        {"call_id": maybe(_CALL_ID), "output": _OUTPUT},
        id=_ID,
        caller=_CALLER,
        name=maybe(TEXT),
        namespace=maybe(TEXT),
        status=_STATUS,
    ),
    "custom_tool_call": Record(
        {**dict(_CALL, input=TEXT, id=_ID, caller=_CALLER, namespace=maybe(TEXT), status=_STATUS), "async": FLAG},
        ("call_id", "name", "input"),
    ),
    "custom_tool_call_output": record({"call_id": _CALL_ID, "output": _OUTPUT}, id=_ID, caller=_CALLER, status=_STATUS),
    "web_search_call": record(
        id=_ID,
        status=maybe(TEXT),
        action=union(
            "type",
            search=record(query=TEXT, queries=TEXTS, sources=maybe(Items(union("type", url=record({"url": TEXT}))))),
            open_page=record(url=maybe(TEXT)),
            find_in_page=record({"pattern": TEXT}, url=maybe(TEXT)),
        ),
    ),
    "file_search_call": record({"id": TEXT, "queries": TEXTS}, status=maybe(TEXT), results=maybe(Items(OBJECT))),
    "computer_call": record(
        {"call_id": _CALL_ID, "pending_safety_checks": Items(OBJECT)},
        id=_ID,
        status=_STATUS,
        action=OBJECT,
        actions=Items(OBJECT),
    ),
    "computer_call_output": record(
        {"call_id": _CALL_ID, "output": OBJECT},
        id=_ID,
        status=_STATUS,
        acknowledged_safety_checks=maybe(Items(OBJECT)),
    ),
    "tool_search_call": record(
        {"arguments": ANYTHING}, id=_ID, call_id=_ID, execution=choice("server", "client"), status=_STATUS
    ),
    "tool_search_output": record(
        {"tools": Items(TOOL)}, id=_ID, call_id=_ID, execution=choice("server", "client"), status=_STATUS
    ),
    "additional_tools": record({"role": choice("developer"), "tools": Items(TOOL)}, id=_ID),
    "configuration_update": record(id=_ID, reasoning=record(effort=maybe(_EFFORTS)), text=record(format=OBJECT)),
    "compaction": record({"encrypted_content": TEXT}, id=_ID),
    "compaction_trigger": record(id=_ID),
    "image_generation_call": record(
        {"id": TEXT, "result": maybe(TEXT), "status": TEXT},
        action=maybe(TEXT),
        background=maybe(TEXT),
        error=OBJECT,
        output_format=maybe(TEXT),
        quality=maybe(TEXT),
        revised_prompt=maybe(TEXT),
        size=maybe(TEXT),
        svg_usage=OBJECT,
    ),
    "code_interpreter_call": record(
        {"id": TEXT, "code": maybe(TEXT), "container_id": TEXT, "outputs": maybe(Items(OBJECT))},
        status=maybe(TEXT),
    ),
    "local_shell_call": record({"call_id": _CALL_ID, "action": OBJECT}, id=_ID, status=_STATUS),
    "local_shell_call_output": record({"output": TEXT}, id=_ID, call_id=_ID, status=_STATUS),
    "shell_call": record(
        {"call_id": _CALL_ID, "action": OBJECT}, id=_ID, caller=_CALLER, environment=maybe(OBJECT), status=_STATUS
    ),
    "shell_call_output": record(
        {"call_id": _CALL_ID, "output": Items(_SHELL_OUTPUT)},
        id=_ID,
        caller=_CALLER,
        max_output_length=maybe(WHOLE),
        status=_STATUS,
    ),
    "apply_patch_call": record(
        {
            "call_id": _CALL_ID,
            "status": choice("in_progress", "completed"),
            "operation": union(
                "type",
                create_file=record({"path": TEXT, "diff": TEXT}),
                update_file=record({"path": TEXT, "diff": TEXT}),
                delete_file=record({"path": TEXT}),
            ),
        },
        id=_ID,
        caller=_CALLER,
    ),
    "apply_patch_call_output": record(
        {"call_id": _CALL_ID, "status": choice("completed", "failed")}, id=_ID, caller=_CALLER, output=maybe(TEXT)
    ),
    "mcp_list_tools": record({"id": TEXT, "server_label": TEXT, "tools": _TOOL_LIST}, error=maybe(TEXT)),
    "mcp_approval_request": record(dict.fromkeys(("id", "arguments", "name", "server_label"), TEXT)),
    "mcp_approval_response": record({"approval_request_id": TEXT, "approve": FLAG}, id=_ID, reason=maybe(TEXT)),
    "mcp_call": record(
        dict.fromkeys(("id", "arguments", "name", "server_label"), TEXT),
        approval_request_id=maybe(TEXT),
        error=ANYTHING,
        output=maybe(TEXT),
        status=maybe(TEXT),
    ),
    "item_reference": record({"id": TEXT}),
    "program": record(dict.fromkeys(("id", "call_id", "code", "fingerprint"), TEXT)),
    "program_output": record(dict.fromkeys(("id", "call_id", "result", "status"), TEXT)),
}
OTHER_ITEM = union("type", **_ITEMS)
"""An item that is no message, by its type."""
