"""Runs each of a client's tasks and prints what came of it: one JSON object, of which the test reads every member."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable

warnings.simplefilter("ignore")
ARGUMENTS = json.loads(sys.argv[1])
ADDRESS, MODEL, KIND = ARGUMENTS["address"], ARGUMENTS["model"], ARGUMENTS["kind"]
EMBEDDING_MODEL, MISSING_MODEL = ARGUMENTS["embeddingModel"], ARGUMENTS["missingModel"]
MODES = ARGUMENTS.get("modes", [])
KEY = "sk-of-the-client"
QUESTION, TOOL_QUESTION, SYSTEM = "Which way?", "Use get_weather for Bern.", "You are a signalman."
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "degrees": {"type": "integer"}},
    "required": ["city", "degrees"],
    "additionalProperties": False,
}
TOOL_RESULT = "12 degrees"


def report(**tasks: Callable[[], object]) -> None:
    """Print the outcome of each task: its value, or the failure it raised."""
    results: dict[str, object] = {}
    for name, task in tasks.items():
        try:
            results[name] = task()
        except Exception as problem:  # whatever a client raises is what the test wants to see
            results[name] = {"failure": f"{type(problem).__name__}: {problem}"[:600]}
    print(json.dumps(results), flush=True)
    os._exit(0)  # some clients leave threads behind


def error_of(task: Callable[[], object]) -> dict[str, object]:
    """The error that `task` raises, which it must."""
    try:
        task()
    except Exception as problem:
        status = getattr(problem, "status_code", getattr(problem, "code", None))
        return {"type": type(problem).__name__, "status": status, "message": str(problem)[:600]}
    return {"failure": "no error was raised"}
