"""`-o KEY VALUE`: every parameter of a request, read by its name and checked by the request's own bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.chat.request import BOUNDS, EFFORTS, ChatRequest, Thinking, Verbosity, bounds_problem, effort_named
from pointsman.core.chat.tool import ForcedTool, ToolChoice
from pointsman.core.error import InvalidRequest, invalid_request
from pointsman.core.json import Json, loads
from pointsman.core.records.values import near

_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class _BadValue(ValueError):
    """The clause that says what is wrong with a value."""


def set_parameters(request: ChatRequest, given: Sequence[Sequence[str]]) -> Result[ChatRequest, InvalidRequest]:
    """`request` with the parameters that are `given`, a key and a value each; or all that is wrong with them."""
    changes: dict[str, Any] = {}  # a name and a value of its field: `_READERS` knows which
    problems: list[str] = []
    for key, text in given:
        try:
            name, value = _read(key.strip().lower().replace("-", "_"), text, request, changes)
            changes[name] = value
        except _BadValue as why:
            problems.append(f"-o {key}: {why}")
    if problems:
        return Failure(invalid_request(*problems))
    return Success(attrs.evolve(request, **changes) if changes else request)


def _read(key: str, text: str, request: ChatRequest, changes: Mapping[str, object]) -> tuple[str, object]:
    if key.startswith("extra.") and len(key) > len("extra."):
        before = changes.get("extra", request.extra)
        return "extra", {**(before if isinstance(before, dict) else {}), key.partition(".")[2]: _json_or_text(text)}
    if key == "stop":
        before = changes.get("stop", request.stop)
        return "stop", (*(before if isinstance(before, tuple) else ()), text.encode().decode("unicode_escape"))
    key = _SYNONYMS.get(key, key)
    if key in BOUNDS:
        return key, _number(key, text)
    if key not in _READERS:
        raise _BadValue(f"there is no such parameter{near(key, _NAMES)}; there are {', '.join(_NAMES)}")
    return key, _READERS[key](text)


def _number(key: str, text: str) -> float:
    try:
        value: float = int(text) if BOUNDS[key].whole else float(text)
    except ValueError:
        raise _BadValue(f"{text!r} is not a {'whole ' if BOUNDS[key].whole else ''}number") from None
    problem = bounds_problem(key, value)
    if problem is not None:
        raise _BadValue(problem.partition(": ")[2])
    return value


def _switch(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise _BadValue(f"{text!r} is neither true nor false")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _BadValue(f"{text!r} is not a number of seconds") from None
    if not value > 0:
        raise _BadValue(f"{text} is not above 0 seconds")
    return value


def _thinking(text: str) -> Thinking:
    effort = effort_named(text.lower())
    if effort is not None:
        return Thinking(effort=effort)
    if text.isascii() and text.isdigit():
        return Thinking(budget=int(text))
    raise _BadValue(f"{text!r} is neither a number of tokens nor one of {', '.join(EFFORTS)}")


def _tool_choice(text: str) -> ToolChoice:
    match text:
        case "auto" | "none" | "required":
            return text
        case _:
            return ForcedTool(text)


def _verbosity(text: str) -> str:
    if text not in get_args(Verbosity):
        raise _BadValue(f"{text!r} is not one of {', '.join(get_args(Verbosity))}")
    return text


def _object(text: str) -> dict[str, Json]:
    read = loads(text).value_or(None)
    if not isinstance(read, dict):
        raise _BadValue(f"{text!r} is not a JSON object")
    return read


def _biases(text: str) -> dict[str, float]:
    found = _object(text)
    numbers: dict[str, float] = {
        token: bias for token, bias in found.items() if isinstance(bias, (int, float)) and -100 <= bias <= 100
    }
    if len(numbers) < len(found):
        raise _BadValue("each token has a number from -100 to 100")
    return numbers


def _texts(text: str) -> dict[str, str]:
    return {name: value if isinstance(value, str) else str(value) for name, value in _object(text).items()}


def _on_unsupported(text: str) -> str:
    if text not in ("warn", "fail"):
        raise _BadValue(f"{text!r} is neither warn nor fail")
    return text


def _json_or_text(text: str) -> Json:
    return loads(text).value_or(text)


_READERS: Mapping[str, Callable[[str], object]] = {
    "thinking": _thinking,
    "verbosity": _verbosity,
    "service_tier": str,
    "tool_choice": _tool_choice,
    "parallel_tools": _switch,
    "json_mode": _switch,
    "timeout": _seconds,
    "logit_bias": _biases,
    "metadata": _texts,
    "on_unsupported": _on_unsupported,
}
_SYNONYMS = {"reasoning": "thinking", "reasoning_effort": "thinking", "max_completion_tokens": "max_tokens"}
_NAMES = (*BOUNDS, "stop", *_READERS, "extra.NAME")
