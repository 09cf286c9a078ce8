"""How OpenAI refuses: its envelope, and a `Problem` of the schema language in its words. Knows no API of OpenAI's.

Source: platform.openai.com/docs/guides/error-codes, and the messages of its 400s as its users have reported them.
"""

from __future__ import annotations

import json

from pointsman.adapters.simulator.http_request import ReceivedRequest
from pointsman.adapters.simulator.reply import Reply, json_reply
from pointsman.adapters.simulator.vendors.body_schema import (
    Items,
    Kind,
    Number,
    OneOf,
    Problem,
    Step,
    Table,
    Tagged,
    TextType,
    kind_of,
    kinds,
)
from pointsman.adapters.simulator.vendors.vendor import VendorRefusal
from pointsman.core.json import Json

_A: dict[Kind, str] = {
    "null": "null",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a decimal",
    "string": "a string",
    "array": "an array",
    "object": "an object",
}


def refuse(message: str, param: str | None = None, code: str | None = None, status: int = 400) -> VendorRefusal:
    """A refusal of the usual kind."""
    return VendorRefusal(message=message, status=status, kind="invalid_request_error", param=param, code=code)


def path_of(steps: tuple[Step, ...]) -> str:
    """`messages[0].content` as OpenAI writes it."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")


def say(problem: Problem) -> VendorRefusal:
    """`problem` in OpenAI's words."""
    path = path_of(problem.steps)
    match problem.fault:
        case "unknown":
            return refuse(f"Unknown parameter: '{path}'.", path, "unknown_parameter")
        case "missing":
            return refuse(f"Missing required parameter: '{path}'.", path, "missing_required_parameter")
        case "type":
            return refuse(f"Invalid type for '{path}': {_expectation(problem)}", path, "invalid_type")
        case "choice" | "tag":
            supported = f"Supported values are: {_list_words(_words(problem))}."
            return refuse(f"Invalid value: {_quote(problem.value)}. {supported}", path, "invalid_value")
        case "below" | "above":
            return _out_of_bounds(problem, path)
        case "short" | "long":
            return _of_wrong_length(problem, path)
        case "pattern":
            wanted = problem.wanted.pattern if isinstance(problem.wanted, TextType) else ""
            detail = f"string does not match pattern. Expected a string that matches the pattern '{wanted}'."
            return refuse(f"Invalid '{path}': {detail}", path, "invalid_value")
        case "base64":
            return refuse(f"Invalid '{path}': the value is not valid base64.", path, "invalid_base64")
        case "deep":
            return refuse(f"Invalid '{path[:200]}': nested too deeply.", None, None)


def _expectation(problem: Problem) -> str:
    wanted = [] if problem.wanted is None else [_A[kind] for kind in kinds(problem.wanted)]
    one = wanted[0] if len(wanted) == 1 else f"one of {', '.join(wanted[:-1])} or {wanted[-1]}" if wanted else "nothing"
    return f"expected {one}, but got {_A[kind_of(problem.value)]} instead."


def _words(problem: Problem) -> tuple[str, ...]:
    wanted = problem.wanted
    return wanted.words if isinstance(wanted, OneOf) else tuple(wanted.members) if isinstance(wanted, Tagged) else ()


def _list_words(words: tuple[str, ...]) -> str:
    quoted = [f"'{word}'" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])}, and {quoted[-1]}" if quoted else "none"


def _quote(value: Json) -> str:
    return f"'{value}'" if isinstance(value, str) else json.dumps(value, default=str)


def _out_of_bounds(problem: Problem, path: str) -> VendorRefusal:
    wanted = problem.wanted if isinstance(problem.wanted, Number) else Number()
    kind = "integer" if wanted.whole else "decimal"
    below = problem.fault == "below"
    bound = wanted.least if below else wanted.most
    least, sign = ("below minimum", ">=") if below else ("above maximum", "<=")
    detail = f"{kind} {least} value. Expected a value {sign} {bound:g}, but got {problem.value} instead."
    return refuse(f"Invalid '{path}': {detail}", path, f"{kind}_{'below_min' if below else 'above_max'}_value")


def _of_wrong_length(problem: Problem, path: str) -> VendorRefusal:
    short, value = problem.fault == "short", problem.value
    what = "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"
    wanted = problem.wanted
    bounds = (wanted.least, wanted.most) if isinstance(wanted, (TextType, Items)) else (0, _most(wanted))
    length = len(value) if isinstance(value, (str, list, dict)) else 0
    got = f"an empty {what}" if not length else f"{'an' if what[0] in 'ao' else 'a'} {what} with length {length}"
    if short and not length:
        head, code = f"empty {what}", f"empty_{what}"
    else:
        head, code = (
            f"{what} too {'short' if short else 'long'}",
            f"{what}_{'below_min' if short else 'above_max'}_length",
        )
    bound = f"{'minimum' if short else 'maximum'} length {bounds[0] if short else bounds[1]}"
    article = "a" if what == "string" else "an"
    return refuse(
        f"Invalid '{path}': {head}. Expected {article} {what} with {bound}, but got {got} instead.", path, code
    )


def _most(wanted: object) -> int | None:
    return wanted.most if isinstance(wanted, Table) else None


def write(refusal: VendorRefusal) -> Reply:
    """OpenAI's error object."""
    error: Json = {
        "message": refusal.message,
        "type": refusal.kind or "invalid_request_error",
        "param": refusal.param,
        "code": refusal.code,
    }
    return json_reply({"error": error}, refusal.status)


def nowhere(call: ReceivedRequest) -> Reply:
    """The 404 of a path that does not exist."""
    return write(refuse(f"Invalid URL ({call.method} {call.path})", status=404))


def not_json(problem: str) -> VendorRefusal:
    """The 400 of a body that is no JSON object."""
    hint = "(HINT: This likely means you aren't using your HTTP library correctly.)"
    return refuse(f"We could not parse the JSON body of your request: {problem}. {hint}")
