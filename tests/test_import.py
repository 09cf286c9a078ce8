"""Importing pointsman is light: no heavy module, no socket, no thread."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import pointsman

HEAVY = (
    "httpx",
    "httpcore",
    "cattrs",
    "cryptography",
    "rich",
    "pydantic",
    "ssl",
    "h11",
    "sqlite3",
    "openai",
)
PROGRAM = """
import socket, sys, threading
made = []
class Watched(socket.socket):
    def __init__(self, *a, **k):
        made.append(1)
        super().__init__(*a, **k)
socket.socket = Watched
before = set(sys.modules)
import pointsman
names = {name.partition(".")[0] for name in set(sys.modules) - before}
print(",".join(sorted(names)), len(made), threading.active_count())
"""


def test_importing_pointsman_is_light() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    names, sockets, threads = done.stdout.split()
    assert {"attr", "returns"} <= set(names.split(","))
    assert not set(HEAVY) & set(names.split(","))
    assert (sockets, threads) == ("0", "1")


HELP = """
import sys
from pointsman.__main__ import run
from pointsman.adapters.cli.terminal import standard
try:
    run(["--help"], standard())
except SystemExit as end:
    print(end.code, *sys.modules, file=sys.stderr)
"""


def test_the_help_loads_no_service_no_layer_and_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    code, *modules = done.stderr.split()
    assert "usage: pointsman" in done.stdout
    assert code == "0"
    assert "pointsman.adapters.cli.parser" in modules
    assert not {"pointsman.services", "pointsman.layers", "anyio", *HEAVY} & set(modules)


def test_every_name_that_is_loaded_on_demand_is_there() -> None:
    source = ast.parse(Path(pointsman.__file__).read_text("utf-8"))
    (typed,) = (node for node in source.body if isinstance(node, ast.If))
    told = {alias.name: node.module for node in typed.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert told == pointsman._ON_DEMAND
    assert told.keys() <= set(dir(pointsman))
    for name, module in told.items():
        assert getattr(pointsman, name) is getattr(importlib.import_module(str(module)), name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = pointsman.nothing


GENERATE = """
import sys
sys.argv = ["pointsman", "generate", "-p", "ollama", "-u", "http://127.0.0.1:9", "-m", "none", "Which way?"]
from pointsman.__main__ import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


NOT_ASKED_FOR = (
    "adapters.chat_exports.export_file",
    "adapters.cli.conversations",
    "adapters.cli.model_list",
    "adapters.cli.opened",
    "adapters.memory.conversation_store",
    "adapters.sql.collection_store",
    "adapters.sql.evidence_store",
    "adapters.sql.key_rotation",
    "adapters.sql.key_store",
    "adapters.sql.memory_store",
    "adapters.sql.session_store",
    "adapters.sql.user_store",
    "core.documents.document",
    "core.documents.document_error",
    "core.healing.error_kind",
    "core.memory",
    "core.models.gguf",
    "core.security.user",
    "services.collections",
    "services.conversations.encrypted_store",
    "services.documents.document_reader",
    "services.memory.memory_learning",
    "services.middleware.call_tracing",
    "services.middleware.experiment",
    "services.middleware.hedge",
    "services.middleware.hooks",
    "services.middleware.prompt",
    "services.middleware.semantic_cache",
    "services.middleware.tool_loop",
    "services.persona",
    "services.ports.sandbox",
    "services.shared.availability",
    "services.typed.typed_answer",
)
"""A sample of every room that a plain question has no use for."""
MOST_OF_OURS = 385
"""Each costs half a millisecond of CPU, and each of its attrs classes as much again, in every command."""


def test_a_question_loads_nothing_that_only_draws_or_serves(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", GENERATE],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    loaded = set(done.stderr.splitlines()[-1].split())
    modules = {name.partition(".")[0] for name in loaded}
    assert "httpx" in modules
    ours = {name for name in loaded if name.partition(".")[0] == "pointsman"}
    assert "pointsman.adapters.sql.ledger" in ours
    assert not ours & {f"pointsman.{name}" for name in NOT_ASKED_FOR}
    assert len(ours) <= MOST_OF_OURS, "what a plain question does not use is loaded where it is asked for"
    assert not modules & {"rich", "click", "pygments", "markdown_it", "starlette", "uvicorn", "cryptography", "numpy"}
