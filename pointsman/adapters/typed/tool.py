"""Python functions as tools: the schema from the signature, the arguments by cattrs, what goes wrong as a sentence."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast, get_type_hints

import anyio.to_thread
from returns.io import IOResult
from returns.result import Failure, Result, Success

from pointsman.adapters.typed.structure import converter, structure
from pointsman.core.chat.part import Image
from pointsman.core.chat.tool import Tool
from pointsman.core.error import ConfigurationError, configuration_error
from pointsman.core.json import Json, JsonObject, dumps_text, loads
from pointsman.core.schema.of_type import annotated_of, parameters_of
from pointsman.core.schema.read_back import read_back
from pointsman.services.ports.tools import Approval, Content, ToolFunction
from pointsman.services.tasks.user_code import run_user_code


def tool_of(
    function: Callable[..., object],
    *,
    name: str = "",
    timeout: float = 30.0,
    approval: Approval = "always",
    strict: bool = False,
) -> Result[ToolFunction, ConfigurationError]:
    """`function` as a tool; a `ConfigurationError` says which parameter cannot be described.

    Its docstring tells the model what it is for, an `Annotated[..., "text"]` what a parameter is. A function that is
    not async runs in a thread, which is left to itself when its time is over. It may return text, an `Image`, anything
    that is JSON, or a `Result` (also as an effect) whose failure the model is told; an exception is told as a failure
    too. With `strict` the provider makes sure that the arguments fit, where it can; a signature that it has no words
    for is an `UnsupportedFeature` of the request.
    """
    called = name or getattr(function, "__name__", type(function).__name__)
    described = parameters_of(function)
    if isinstance(described, Failure):
        problem = f"the function {called!r} cannot be a tool: {described.failure()}"
        return Failure(configuration_error(problem))
    doc = textwrap.dedent(inspect.getdoc(function) or "").strip()
    schema = described.unwrap()
    spec = Tool(called, doc, schema, strict=True, rewritable=True) if strict else Tool(called, doc, schema)
    run = partial(_run, function, get_type_hints(annotated_of(function)), schema)
    return Success(ToolFunction(spec, run, timeout, approval))


async def _run(
    function: Callable[..., Any], hints: dict[str, Any], schema: JsonObject, text: str
) -> Result[Content, str]:
    arguments = _arguments(inspect.signature(function), hints, schema, text)
    if isinstance(arguments, Failure):
        return Failure(arguments.failure())
    call = partial(function, **arguments.unwrap())

    async def answer() -> Result[Content, str]:
        if inspect.iscoroutinefunction(function):
            given = await call()
        else:
            given = await anyio.to_thread.run_sync(call, abandon_on_cancel=True)
        return _content(await given if inspect.isawaitable(given) else given)

    return (await run_user_code(answer)).bind(lambda content: content)


def _arguments(
    signature: inspect.Signature, hints: dict[str, Any], schema: JsonObject, text: str
) -> Result[dict[str, Any], str]:
    """The arguments as the function takes them; or everything that is wrong with them, in one text.

    Those of a strict tool are read back by its `schema`.
    """
    read = loads(text or "{}")
    if isinstance(read, Failure):
        return Failure(f"The arguments are {read.failure()}.")
    given = read_back(schema, read.unwrap())
    if not isinstance(given, dict):
        return Failure("The arguments are not a JSON object.")
    known, found = signature.parameters, dict[str, Any]()
    problems = [f"there is no parameter {key!r}" for key in given.keys() - known.keys()]
    for name, parameter in known.items():
        if name not in given:
            if parameter.default is parameter.empty:
                problems.append(f"the parameter {name!r} is missing")
            continue
        value = structure(given[name], hints[name])
        if isinstance(value, Failure):
            problems += [f"{name}: {problem}" for problem in value.failure()]
        else:
            found[name] = value.unwrap()
    if problems:
        return Failure(f"The arguments do not fit: {'; '.join(problems)}.")
    return Success(found)


def _content(answer: Any) -> Result[Content, str]:
    if isinstance(answer, IOResult):
        answer = answer._inner_value
    if isinstance(answer, Result):
        if isinstance(answer, Failure):
            return Failure(str(answer.failure()))
        answer = answer.unwrap()
    if isinstance(answer, (list, tuple)) and any(isinstance(part, Image) for part in answer):
        parts: Content = ()
        for part in map(_part, answer):
            if isinstance(part, Failure):
                return Failure(part.failure())
            parts = (*parts, part.unwrap())
        return Success(parts)
    return _part(answer).map(lambda part: (part,))


def _part(value: Any) -> Result[str | Image, str]:
    """A text or a picture as it is, all else as JSON."""
    if isinstance(value, (str, Image)):
        return Success(value)
    plain = converter().unstructure(value)
    unsayable = _unsayable(plain)
    if unsayable is not None:
        return Failure(f"It gave {unsayable}, which a model cannot be shown; give text, an Image or JSON.")
    return Success(dumps_text(cast(Json, plain)))


def _unsayable(value: Any) -> str | None:
    """What in `value` has no words of its own: bytes, generators, functions and the like."""
    if isinstance(value, Mapping):
        return next(filter(None, map(_unsayable, value.values())), None)
    if isinstance(value, (list, tuple)):
        return next(filter(None, map(_unsayable, value)), None)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"{len(value)} bytes"
    kind: Any = type(value)
    has_words = kind.__str__ is not object.__str__ or inspect.isfunction(kind.__repr__)
    return None if has_words or value is None or isinstance(value, (bool, int, float)) else f"a {kind.__name__}"
