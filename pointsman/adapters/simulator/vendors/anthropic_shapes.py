"""What stands in a body of Anthropic's Messages API, betas included, and which beta a field needs. Data alone.

Source: platform.claude.com/docs/en/api/messages, and the parameter types of the vendor's own SDK, beta and stable.
"""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.adapters.simulator.vendors.anthropic_blocks import BLOCKS, CACHE, CITED, POSITIVE, TEXT_BLOCK
from pointsman.adapters.simulator.vendors.body_schema import (
    COUNT,
    FLAG,
    OBJECT,
    TEXT,
    TEXTS,
    WHOLE,
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

TOOL_NAME = TextType(pattern=r"[a-zA-Z0-9_-]{1,128}")


_CALLERS = Items(choice("direct", "code_execution_20250825", "code_execution_20260120", "code_execution_20260521"))
_TOOL: dict[str, Shape] = {"allowed_callers": _CALLERS, "cache_control": CACHE, "defer_loading": FLAG, "strict": FLAG}
_EXAMPLES = {"input_examples": Items(OBJECT)}
_DOMAINS: dict[str, Shape] = {
    "allowed_domains": maybe(TEXTS),
    "blocked_domains": maybe(TEXTS),
    "max_uses": maybe(POSITIVE),
}
_WHERE = maybe(
    union("type", approximate=record(**dict.fromkeys(("city", "country", "region", "timezone"), maybe(TEXT))))
)
_SCREEN = {"display_height_px": POSITIVE, "display_width_px": POSITIVE}


def _named_tool(name: str, need: Mapping[str, Shape] | None = None, /, **more: Shape) -> Record:
    return record({"name": choice(name), **(need or {})}, **_TOOL, **more)


def _fetch(**more: Shape) -> Record:
    return _named_tool(
        "web_fetch", **_DOMAINS, citations=CITED, max_content_tokens=maybe(WHOLE), url_sources=maybe(OBJECT), **more
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
    "text_editor_20250728": _named_tool("str_replace_based_edit_tool", max_characters=maybe(POSITIVE), **_EXAMPLES),
    **{f"web_search_{day}": _search() for day in ("20250305", "20260209")},
    "web_search_20260318": _search(response_inclusion=_INCLUSION),
    **{f"web_fetch_{day}": _fetch() for day in ("20250910", "20260209")},
    "web_fetch_20260309": _fetch(use_cache=FLAG),
    "web_fetch_20260318": _fetch(use_cache=FLAG, response_inclusion=_INCLUSION),
    "advisor_20260301": _named_tool(
        "advisor", {"model": TEXT}, caching=CACHE, max_tokens=maybe(POSITIVE), max_uses=maybe(POSITIVE)
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
    task_budget=maybe(union("type", tokens=record({"total": POSITIVE}, remaining=maybe(COUNT)))),
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
_SYSTEM = Either((TEXT, Items(union("type", text=TEXT_BLOCK))))
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
    {**_MAIN, "max_tokens": POSITIVE},
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
