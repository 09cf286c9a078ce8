"""The blocks of content that messages of Anthropic's Messages API may hold, betas included. Data alone."""

from __future__ import annotations

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
    TextType,
    choice,
    maybe,
    record,
    union,
)

PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_CALL_ID = TextType(pattern=r"[a-zA-Z0-9_-]+")
POSITIVE = Number(1, whole=True)
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
TEXT_BLOCK = record({"text": TEXT}, cache_control=CACHE, citations=maybe(Items(_CITATION)))
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
CITED = maybe(record(enabled=FLAG))
_DOCUMENT = record(
    {
        "source": union(
            "type",
            base64=record({"media_type": choice("application/pdf"), "data": Base64()}),
            text=record({"media_type": choice("text/plain"), "data": TEXT}),
            content=record({"content": Either((TEXT, Items(union("type", text=TEXT_BLOCK, image=_IMAGE))))}),
            url=_BY_URL,
            file=_BY_FILE,
        )
    },
    cache_control=CACHE,
    citations=CITED,
    context=maybe(TEXT),
    title=maybe(TEXT),
)
_SEARCH_RESULT = record(
    {"content": Items(union("type", text=TEXT_BLOCK)), "source": TEXT, "title": TEXT},
    cache_control=CACHE,
    citations=CITED,
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
    text=TEXT_BLOCK,
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
    "text": TEXT_BLOCK,
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
        content=Either((TEXT, Items(union("type", text=TEXT_BLOCK)))),
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
