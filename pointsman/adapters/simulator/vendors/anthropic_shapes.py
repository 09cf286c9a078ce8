"""What stands in a body of Anthropic's Messages API, betas included, and which beta a field needs. Data alone.

Source: platform.claude.com/docs/en/api/messages, and the parameter types of the vendor's own SDK, beta and stable.
"""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.adapters.simulator.vendors.body_schema import (
    ANYTHING,
    COUNT,
    FLAG,
    OBJECT,
    TEXT,
    TEXTS,
    WHOLE,
    Base64,
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

PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
TOOL_NAME = TextType(pattern=r"[a-zA-Z0-9_-]{1,128}")
_CALL_ID = TextType(pattern=r"[a-zA-Z0-9_-]+")
_POSITIVE = Number(1, whole=True)
CACHE = maybe(union("type", ephemeral=record(ttl=choice("5m", "1h"))))
_SPAN: dict[str, Shape] = {"cited_text": TEXT, "document_index": COUNT, "document_title": maybe(TEXT)}
_CITATION = union(
    "type",
    char_location=record({**_SPAN, "start_char_index": COUNT, "end_char_index": COUNT}, file_id=maybe(TEXT)),
    page_location=record({**_SPAN, "start_page_number": COUNT, "end_page_number": COUNT}, file_id=maybe(TEXT)),
    content_block_location=record({**_SPAN, "start_block_index": COUNT, "end_block_index": COUNT}, file_id=maybe(TEXT)),
    web_search_result_location=record({"cited_text": TEXT, "encrypted_index": TEXT, "title": maybe(TEXT), "url": TEXT}),
    search_result_location=record(
        {
            "cited_text": TEXT,
            "start_block_index": COUNT,
            "end_block_index": COUNT,
            "search_result_index": COUNT,
            "source": TEXT,
            "title": maybe(TEXT),
        }
    ),
)
_TEXT = record({"text": TEXT}, cache_control=CACHE, citations=maybe(Items(_CITATION)))
_BY_URL, _BY_FILE = record({"url": TEXT}), record({"file_id": TEXT})
_IMAGE = record(
    {
        "source": union(
            "type",
            base64=record({"media_type": choice(*PICTURES), "data": Base64()}),
            url=_BY_URL,
            file=_BY_FILE,
        )
    },
    cache_control=CACHE,
    transformations=maybe(record(oversized_image=choice("downsize", "error"))),
)
_CITED = maybe(record(enabled=FLAG))
_DOCUMENT = record(
    {
        "source": union(
            "type",
            base64=record({"media_type": choice("application/pdf"), "data": Base64()}),
            text=record({"media_type": choice("text/plain"), "data": TEXT}),
            content=record({"content": Either((TEXT, Items(union("type", text=_TEXT, image=_IMAGE))))}),
            url=_BY_URL,
            file=_BY_FILE,
        )
    },
    cache_control=CACHE,
    citations=_CITED,
    context=maybe(TEXT),
    title=maybe(TEXT),
)
_SEARCH_RESULT = record(
    {"content": Items(union("type", text=_TEXT)), "source": TEXT, "title": TEXT},
    cache_control=CACHE,
    citations=_CITED,
)
_CALLER = maybe(
    union(
        "type",
        direct=record(),
        **{f"code_execution_{day}": record({"tool_id": TEXT}) for day in ("20250825", "20260120", "20260521")},
    )
)
_TOOL_REFERENCE = record({"tool_name": TEXT}, cache_control=CACHE)
_RESULT_PART = union(
    "type",
    text=_TEXT,
    image=_IMAGE,
    search_result=_SEARCH_RESULT,
    document=_DOCUMENT,
    tool_reference=_TOOL_REFERENCE,
    browser_state=record({"tabs": Items(OBJECT)}, cache_control=CACHE, state_changes=maybe(Items(OBJECT))),
)
_USED: dict[str, Shape] = {"id": _CALL_ID, "input": OBJECT}


def _server_result(content: Shape, caller: bool = False) -> Record:
    fields = {"caller": _CALLER} if caller else {}
    return record({"tool_use_id": TEXT, "content": content}, cache_control=CACHE, **fields)


def _error(name: str) -> dict[str, Record]:
    return {f"{name}_error": record({"error_code": TEXT}, error_message=maybe(TEXT))}


_FILE_MADE = record({"file_id": TEXT})


def _ran(name: str) -> Shape:
    """What came of code that ran at Anthropic."""
    outputs = Items(union("type", **{f"{name}_output": _FILE_MADE}))
    done: dict[str, Shape] = {"content": outputs, "return_code": WHOLE, "stderr": TEXT}
    results = {f"{name}_result": record({**done, "stdout": TEXT})}
    if name == "code_execution":
        results["encrypted_code_execution_result"] = record({**done, "encrypted_stdout": TEXT})
    return union("type", **results, **_error(f"{name}_tool_result"))


_EDITED = {name: maybe(WHOLE) for name in ("new_lines", "new_start", "old_lines", "old_start")}
_VIEWED = {name: maybe(WHOLE) for name in ("num_lines", "start_line", "total_lines")}
_EDITOR = "text_editor_code_execution"
_FOUND = union(
    "type",
    web_search_result=record({"encrypted_content": TEXT, "title": TEXT, "url": TEXT}, page_age=maybe(TEXT)),
)
_TOOL_CHANGE = union(
    "type",
    tool_reference=record({"name": TEXT}),
    mcp_tool_reference=record({"name": TEXT, "server_name": TEXT}),
    mcp_toolset_reference=record({"server_name": TEXT}),
    tool_definition=record({"definition": OBJECT}),
)
_SERVER_TOOLS = (
    *("advisor", "web_search", "web_fetch", "code_execution", "bash_code_execution", "text_editor_code_execution"),
    *("tool_search_tool_regex", "tool_search_tool_bm25"),
)
BLOCKS: dict[str, Record] = {
    "text": _TEXT,
    "image": _IMAGE,
    "document": _DOCUMENT,
    "search_result": _SEARCH_RESULT,
    "thinking": record({"signature": TEXT, "thinking": TEXT}),
    "redacted_thinking": record({"data": TEXT}),
    "tool_use": record(
        {**_USED, "name": TextType(least=1, most=200)}, cache_control=CACHE, caller=_CALLER, toolset_name=maybe(TEXT)
    ),
    "tool_result": record(
        {"tool_use_id": _CALL_ID},
        cache_control=CACHE,
        content=Either((TEXT, Items(_RESULT_PART))),
        is_error=FLAG,
        toolset_name=maybe(TEXT),
    ),
    "server_tool_use": record({**_USED, "name": choice(*_SERVER_TOOLS)}, cache_control=CACHE, caller=_CALLER),
    "web_search_tool_result": _server_result(
        Either((Items(_FOUND), union("type", **_error("web_search_tool_result")))), caller=True
    ),
    "web_fetch_tool_result": _server_result(
        union(
            "type",
            web_fetch_result=record(
                {"content": union("type", document=_DOCUMENT), "url": TEXT}, retrieved_at=maybe(TEXT)
            ),
            **_error("web_fetch_tool_result"),
        ),
        caller=True,
    ),
    "code_execution_tool_result": _server_result(_ran("code_execution")),
    "bash_code_execution_tool_result": _server_result(_ran("bash_code_execution")),
    f"{_EDITOR}_tool_result": _server_result(
        union(
            "type",
            **{
                f"{_EDITOR}_view_result": record(
                    {"content": TEXT, "file_type": choice("text", "image", "pdf")}, **_VIEWED
                ),
                f"{_EDITOR}_create_result": record({"is_file_update": FLAG}),
                f"{_EDITOR}_str_replace_result": record(lines=maybe(TEXTS), **_EDITED),
            },
            **_error(f"{_EDITOR}_tool_result"),
        )
    ),
    "tool_search_tool_result": _server_result(
        union(
            "type",
            tool_search_tool_search_result=record(
                {"tool_references": Items(union("type", tool_reference=_TOOL_REFERENCE))}
            ),
            **_error("tool_search_tool_result"),
        )
    ),
    "advisor_tool_result": _server_result(
        union(
            "type",
            advisor_result=record({"text": TEXT}, stop_reason=maybe(TEXT)),
            advisor_redacted_result=record({"encrypted_content": TEXT}, stop_reason=maybe(TEXT)),
            **_error("advisor_tool_result"),
        )
    ),
    "mcp_tool_use": record({**_USED, "name": TEXT, "server_name": TEXT}, cache_control=CACHE),
    "mcp_tool_result": record(
        {"tool_use_id": TEXT},
        cache_control=CACHE,
        content=Either((TEXT, Items(union("type", text=_TEXT)))),
        is_error=FLAG,
    ),
    "mcp_tool_listing": record({"mcp_server_name": TEXT, "tools": Items(OBJECT)}),
    "container_upload": record({"file_id": TEXT}, cache_control=CACHE),
    "compaction": record(
        cache_control=CACHE,
        content=maybe(TEXT),
        encrypted_content=maybe(TEXT),
        signature=maybe(TEXT),
        tool_changes=maybe(Items(OBJECT)),
    ),
    "tool_addition": record({"tool": _TOOL_CHANGE}, cache_control=CACHE),
    "tool_removal": record({"tool": _TOOL_CHANGE}, cache_control=CACHE),
    "fallback": record({"from": OBJECT, "to": OBJECT}, trigger=ANYTHING),
}
_CALLERS = Items(choice("direct", "code_execution_20250825", "code_execution_20260120", "code_execution_20260521"))
_TOOL: dict[str, Shape] = {"allowed_callers": _CALLERS, "cache_control": CACHE, "defer_loading": FLAG, "strict": FLAG}
_EXAMPLES = {"input_examples": Items(OBJECT)}
_DOMAINS: dict[str, Shape] = {
    "allowed_domains": maybe(TEXTS),
    "blocked_domains": maybe(TEXTS),
    "max_uses": maybe(_POSITIVE),
}
_WHERE = maybe(
    union("type", approximate=record(**dict.fromkeys(("city", "country", "region", "timezone"), maybe(TEXT))))
)
_SCREEN = {"display_height_px": _POSITIVE, "display_width_px": _POSITIVE}


def _named_tool(name: str, need: Mapping[str, Shape] | None = None, /, **more: Shape) -> Record:
    return record({"name": choice(name), **(need or {})}, **_TOOL, **more)


def _fetch(**more: Shape) -> Record:
    return _named_tool(
        "web_fetch", **_DOMAINS, citations=_CITED, max_content_tokens=maybe(WHOLE), url_sources=maybe(OBJECT), **more
    )


def _search(**more: Shape) -> Record:
    return _named_tool("web_search", **_DOMAINS, user_location=_WHERE, **more)


_INCLUSION = choice("full", "excluded")
_LISTED = record(defer_loading=FLAG, enabled=FLAG)
TOOLS: dict[str, Record] = {
    "custom": record(
        {"name": TOOL_NAME, "input_schema": Record({"type": choice("object")}, ("type",), open=True)},
        type=maybe(choice("custom")),
        description=TEXT,
        eager_input_streaming=maybe(FLAG),
        **_TOOL,
        **_EXAMPLES,
    ),
    **{f"bash_{day}": _named_tool("bash", **_EXAMPLES) for day in ("20241022", "20250124")},
    **{
        f"code_execution_{day}": _named_tool("code_execution")
        for day in ("20250522", "20250825", "20260120", "20260521")
    },
    **{
        f"computer_{day}": _named_tool("computer", _SCREEN, display_number=maybe(COUNT), enable_zoom=FLAG, **_EXAMPLES)
        for day in ("20241022", "20250124", "20251124")
    },
    "computer_toolset_20260801": record(cache_control=CACHE, configs=maybe(OBJECT)),
    "browser_toolset_20260801": record(cache_control=CACHE, configs=maybe(OBJECT)),
    "memory_20250818": _named_tool("memory", **_EXAMPLES),
    **{f"text_editor_{day}": _named_tool("str_replace_editor", **_EXAMPLES) for day in ("20241022", "20250124")},
    "text_editor_20250429": _named_tool("str_replace_based_edit_tool", **_EXAMPLES),
    "text_editor_20250728": _named_tool("str_replace_based_edit_tool", max_characters=maybe(_POSITIVE), **_EXAMPLES),
    **{f"web_search_{day}": _search() for day in ("20250305", "20260209")},
    "web_search_20260318": _search(response_inclusion=_INCLUSION),
    **{f"web_fetch_{day}": _fetch() for day in ("20250910", "20260209")},
    "web_fetch_20260309": _fetch(use_cache=FLAG),
    "web_fetch_20260318": _fetch(use_cache=FLAG, response_inclusion=_INCLUSION),
    "advisor_20260301": _named_tool(
        "advisor", {"model": TEXT}, caching=CACHE, max_tokens=maybe(_POSITIVE), max_uses=maybe(_POSITIVE)
    ),
    **{
        name: _named_tool(f"tool_search_tool_{kind}")
        for kind in ("bm25", "regex")
        for name in (f"tool_search_tool_{kind}", f"tool_search_tool_{kind}_20251119")
    },
    "mcp_toolset": record(
        {"mcp_server_name": TEXT},
        cache_control=CACHE,
        configs=maybe(Table(_LISTED)),
        default_config=_LISTED,
        tools=maybe(Items(OBJECT)),
    ),
}
_SHOWN = maybe(choice("summarized", "omitted", "updates"))
_BINDING = maybe(record(prefix_mismatch_behavior=maybe(choice("error", "drop_block"))))
_THINKING = union(
    "type",
    enabled=record({"budget_tokens": Number(1024, whole=True)}, display=_SHOWN, block_binding=_BINDING),
    adaptive=record(display=_SHOWN, block_binding=_BINDING),
    between_tools=record(),
    disabled=record(),
)
_EFFORT = maybe(choice("low", "medium", "high", "xhigh", "max"))
_OUTPUT = record(
    effort=_EFFORT,
    format=maybe(union("type", json_schema=record({"schema": OBJECT}))),
    task_budget=maybe(union("type", tokens=record({"total": _POSITIVE}, remaining=maybe(COUNT)))),
)
_TOKENS = union("type", input_tokens=record({"value": COUNT}))
_USES = record({"value": COUNT})
_EDITS = union(
    "type",
    clear_tool_uses_20250919=record(
        clear_at_least=maybe(_TOKENS),
        clear_tool_inputs=maybe(Either((FLAG, TEXTS))),
        exclude_tools=maybe(TEXTS),
        keep=union("type", tool_uses=_USES),
        trigger=union("type", input_tokens=_USES, tool_uses=_USES),
    ),
    clear_thinking_20251015=record(keep=Either((choice("all"), union("type", thinking_turns=_USES, all=record())))),
    compact_20260112=record(instructions=maybe(TEXT), pause_after_compaction=FLAG, trigger=maybe(_TOKENS)),
)
_PARALLEL = {"disable_parallel_tool_use": FLAG}
_TOOL_CHOICE = union(
    "type",
    auto=record(**_PARALLEL),
    any=record(**_PARALLEL),
    tool=record({"name": TEXT}, **_PARALLEL),
    none=record(),
)
_SYSTEM = Either((TEXT, Items(union("type", text=_TEXT))))
_SAID = Either((TEXT, Items(union("type", **BLOCKS))))
_MESSAGE = Tagged(
    "role",
    {
        "user": record({"role": choice("user"), "content": _SAID}),
        "assistant": record({"role": choice("assistant"), "content": _SAID}),
        "system": record(
            {"role": choice("system"), "content": _SAID},
            clear_at=maybe(choice("next_user_message", "never")),
            output_config=maybe(record(effort=_EFFORT)),
        ),
    },
)
_COUNTED: dict[str, Shape] = {
    "cache_control": CACHE,
    "context_management": maybe(record(edits=Items(_EDITS))),
    "mcp_servers": Items(
        union(
            "type",
            url=record(
                {"name": TEXT, "url": TEXT},
                authorization_token=maybe(TEXT),
                tool_configuration=maybe(record(allowed_tools=maybe(TEXTS), enabled=maybe(FLAG))),
            ),
        ),
        most=20,
    ),
    "output_config": _OUTPUT,
    "speed": maybe(choice("fast", "standard")),
    "system": _SYSTEM,
    "thinking": _THINKING,
    "tool_choice": _TOOL_CHOICE,
    "tools": Items(union("type", "custom", **TOOLS)),
}
_MAIN: dict[str, Shape] = {"model": TextType(least=1), "messages": Items(_MESSAGE)}
COUNT_TOKENS = record(_MAIN, **_COUNTED)
MESSAGE = record(
    {**_MAIN, "max_tokens": _POSITIVE},
    **_COUNTED,
    billing_policy=maybe(union("type", billing_policy=record(bill_to=choice("self", "user_profile")))),
    compaction=maybe(union("type", summarize=record(instructions=maybe(TEXT)))),
    container=maybe(Either((TEXT, record(id=maybe(TEXT), skills=maybe(Items(OBJECT)))))),
    diagnostics=maybe(record(previous_message_id=maybe(TEXT))),
    fallback_credit_token=maybe(Either((TEXT, OBJECT))),
    fallbacks=maybe(Either((choice("default"), Items(OBJECT)))),
    inference_geo=maybe(TEXT),
    metadata=record(user_id=maybe(TextType(most=512))),
    service_tier=choice("auto", "standard_only"),
    stop_sequences=Items(TEXT),
    stream=FLAG,
    temperature=Number(0, 1),
    thread=maybe(union("type", create=record(), **{"continue": record({"previous_message_id": TEXT})})),
    top_k=Number(0, whole=True),
    top_p=Number(0, 1),
    user_profile_id=TEXT,
    workspace_id=TEXT,
)

_MCP, _COMPACT, _FALLBACK = ("mcp-client",), ("compact",), ("server-side-fallback",)
_CHANGES = ("mid-conversation-tool-changes", "inline-tools")
BETA_FIELDS: Mapping[str, tuple[str, ...]] = {
    "billing_policy": ("user-profiles-billing",),
    "compaction": _COMPACT,
    "context_management": ("context-management", *_COMPACT),
    "fallback_credit_token": ("fallback-credit",),
    "fallbacks": _FALLBACK,
    "mcp_servers": _MCP,
    "thread": ("message-threads",),
    "output_config.task_budget": ("task-budgets",),
    "thinking.block_binding": ("thinking-binding-controls",),
}
"""Fields that are refused unless one of these betas (without its date) is named. What the stable SDK has needs none."""
BETA_TOOLS: Mapping[str, tuple[str, ...]] = {
    "bash_20241022": ("computer-use",),
    "text_editor_20241022": ("computer-use",),
    **{f"computer_{day}": ("computer-use",) for day in ("20241022", "20250124", "20251124")},
    "advisor_20260301": ("advisor-tool",),
    "mcp_toolset": _MCP,
}
BETA_BLOCKS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("mcp_tool_use", "mcp_tool_result", "mcp_tool_listing"), _MCP),
    **dict.fromkeys(("tool_addition", "tool_removal"), _CHANGES),
    "compaction": _COMPACT,
    "fallback": _FALLBACK,
    "advisor_tool_result": ("advisor-tool",),
}
