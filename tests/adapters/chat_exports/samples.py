"""Small exports in the forms of four programs, made by hand."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def said(
    id: str, parent: str | None, role: str, text: Any, children: tuple[str, ...] = (), **more: Any
) -> dict[str, Any]:
    """A node of ChatGPT's tree."""
    content = text if isinstance(text, dict) else {"content_type": "text", "parts": [text]}
    message = {"id": id, "author": {"role": role}, "create_time": 1700000000.5, "content": content, "recipient": "all"}
    return {"id": id, "message": {**message, **more}, "parent": parent, "children": list(children)}


PYTHON = {"role": "tool", "name": "python"}
FIRST = "00000000-0000-4000-8000-000000000000"
FOUND = [{"type": "text", "text": "found"}]
CHATGPT: list[dict[str, Any]] = [
    {
        "title": "Trains",
        "create_time": 1700000000.0,
        "update_time": 1700000100.0,
        "conversation_id": "c1",
        "current_node": "a2",
        "mapping": {
            "root": {"id": "root", "message": None, "parent": None, "children": ["s"]},
            "s": said("s", "root", "system", "Be brief.", ("u",)),
            "h": said("h", "s", "system", "hidden", metadata={"is_visually_hidden_from_conversation": True}),
            "u": said("u", "h", "user", "Which way?", ("a1", "a2")),
            "a1": said("a1", "u", "assistant", "Left.", metadata={"model_slug": "gpt-4"}),
            "a2": said("a2", "u", "assistant", "Right.", metadata={"model_slug": "gpt-4o"}),
        },
    },
    {
        "title": "",
        "create_time": 1700000200.0,
        "update_time": 1700000300.0,
        "id": "c2",
        "current_node": "e",
        "mapping": {
            "a": said(
                "a",
                None,
                "user",
                {
                    "content_type": "multimodal_text",
                    "parts": [
                        {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1"},
                        "Sum?",
                    ],
                },
            ),
            "b": said(
                "b", "a", "assistant", {"content_type": "code", "language": "python", "text": "1+1"}, recipient="python"
            ),
            "c": said(
                "c",
                "b",
                "tool",
                {"content_type": "execution_output", "text": "2"},
                author={"role": "tool", "name": "python"},
            ),
            "d": said(
                "d", "c", "assistant", {"content_type": "thoughts", "thoughts": [{"summary": "s", "content": "Two."}]}
            ),
            "e": said("e", "d", "assistant", "It is 2."),
        },
    },
]

CLAUDE: list[dict[str, Any]] = [
    {
        "uuid": "k1",
        "name": "Points",
        "created_at": "2025-01-02T03:04:05.000000Z",
        "updated_at": "2025-01-02T03:05:05.000000Z",
        "chat_messages": [
            {
                "uuid": "m1",
                "sender": "human",
                "text": "Read this",
                "content": [{"type": "text", "text": "Read this"}],
                "created_at": "2025-01-02T03:04:05Z",
                "attachments": [{"file_name": "a.txt", "extracted_content": "inside"}],
                "files": [{"file_name": "b.png"}],
            },
            {
                "uuid": "m2",
                "sender": "assistant",
                "text": "",
                "created_at": "2025-01-02T03:04:09Z",
                "content": [
                    {"type": "thinking", "thinking": "Hm."},
                    {"type": "tool_use", "id": "t1", "name": "search", "input": {"q": "x"}},
                    {
                        "type": "tool_result",
                        "tool_use_id": "t1",
                        "name": "search",
                        "content": [{"type": "text", "text": "found"}],
                    },
                    {"type": "text", "text": "Here it is."},
                ],
            },
        ],
    },
    {
        "uuid": "k2",
        "name": "Branches",
        "created_at": "2025-02-02T03:04:05Z",
        "updated_at": "2025-02-02T03:05:05Z",
        "chat_messages": [
            {
                "uuid": "n1",
                "sender": "human",
                "text": "Hi",
                "parent_message_uuid": "00000000-0000-4000-8000-000000000000",
            },
            {"uuid": "n2", "sender": "assistant", "text": "One", "parent_message_uuid": "n1"},
            {"uuid": "n3", "sender": "assistant", "text": "Two", "parent_message_uuid": "n1"},
        ],
    },
    {"uuid": "k3", "name": "Nothing", "created_at": "x", "updated_at": None, "chat_messages": []},
]

ANSWER = {"role": "assistant", "content": "B"}
OPEN_WEBUI: list[dict[str, Any]] = [
    {
        "id": "w1",
        "title": "Signals",
        "created_at": 1700000000,
        "updated_at": 1700000500,
        "meta": {"tags": ["rail"]},
        "chat": {
            "params": {"system": "Be kind."},
            "history": {
                "currentId": "y",
                "messages": {
                    "q": {"id": "q", "parentId": None, "role": "user", "content": "Red?", "timestamp": 1700000000},
                    "x": {
                        "id": "x",
                        "parentId": "q",
                        "role": "assistant",
                        "content": "Stop.",
                        "model": "llama3",
                        "timestamp": 1,
                    },
                    "y": {
                        "id": "y",
                        "parentId": "q",
                        "role": "assistant",
                        "content": "Halt",
                        "done": False,
                        "timestamp": 2,
                    },
                },
            },
        },
    },
    {
        "id": "w2",
        "chat": {"title": "Old", "messages": [{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}]},
    },
]


def write_logs(path: Path) -> None:
    """A `logs.db` with one conversation of two turns, a tool in the second, and an answer without a conversation."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            """
            create table conversations (id text primary key, name text, model text);
            create table responses (id text primary key, model text, prompt text, system text, response text,
                conversation_id text, duration_ms integer, datetime_utc text, input_tokens integer,
                output_tokens integer);
            create table fragments (id integer primary key, hash text, content text);
            create table prompt_fragments (response_id text, fragment_id integer, "order" integer);
            create table tool_calls (id integer primary key, response_id text, tool_id integer, name text,
                arguments text, tool_call_id text);
            create table tool_results (id integer primary key, response_id text, tool_id integer, name text,
                output text, tool_call_id text);
            insert into conversations values ('c', 'Levers', 'gpt-4o');
            insert into responses values
                ('r1', 'gpt-4o', 'Time?', 'Be short.', '', 'c', 1500, '2025-03-01T10:00:00', 5, 7),
                ('r2', 'gpt-4o', '', 'Be short.', 'Ten.', 'c', 500, '2025-03-01T10:00:02', 9, 2),
                ('r3', 'llama', 'Alone', null, 'Yes', null, 1, '2025-03-02T10:00:00', null, null);
            insert into fragments values (1, 'h', 'A long text');
            insert into prompt_fragments values ('r1', 1, 0);
            insert into tool_calls values (1, 'r1', 1, 'clock', '{"zone": "UTC"}', 'call_1');
            insert into tool_results values (1, 'r2', 1, 'clock', '10:00', 'call_1');
            """
        )
        database.commit()
