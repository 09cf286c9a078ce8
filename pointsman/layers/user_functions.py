"""The Python functions of a user's own file, as tools. The file runs here, with all that the user may do."""

from __future__ import annotations

import inspect
import sys
from types import ModuleType

from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home
from pointsman.adapters.typed.tool import tool_of
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.services.ports.tools import ToolFunction
from pointsman.services.tasks.user_code import call_user_code

_MODULE = "pointsman_functions"


def load_functions(source: str) -> Result[tuple[ToolFunction, ...], ConfigurationError]:
    """A tool for each public function in `source`: the path of a Python file, or Python code."""
    code = _code(source)
    if isinstance(code, Failure):
        return Failure(code.failure())
    text, name = code.unwrap()
    module = ModuleType(_MODULE)
    module.__file__ = name
    sys.modules[_MODULE] = module  # type hints are looked up there
    ran = call_user_code(lambda: exec(compile(text, name, "exec"), module.__dict__))
    if isinstance(ran, Failure):
        return _wrong(f"the functions of {name} cannot be loaded: {ran.failure()}")
    found = [
        value
        for key, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == _MODULE and not key.startswith("_")
    ]
    if not found:
        return _wrong(f"there is no public function in {name}")
    tools = []
    for function in found:
        tool = tool_of(function)
        if isinstance(tool, Failure):
            return Failure(tool.failure())
        tools.append(tool.unwrap())
    return Success(tuple(tools))


def _code(source: str) -> Result[tuple[str, str], ConfigurationError]:
    """The code and what it is called."""
    if "\n" in source or "def " in source:
        return Success((source, "--functions"))
    try:
        return Success((expand_home(source).read_text("utf-8-sig"), source))
    except (OSError, ValueError) as problem:
        why = (getattr(problem, "strerror", None) or "it is not text").lower()
        return _wrong(f"the functions of {source} cannot be read: {why}")


def _wrong(problem: str) -> Failure[ConfigurationError]:
    return Failure(configuration_error(problem, remedy=""))
