"""What `--schema` may be, and `pointsman schemas`: schemas as JSON, as a file, in short, or kept under a name."""

from __future__ import annotations

import re

from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.cli.context import CliContext, Command
from pointsman.adapters.cli.exit_codes import OK, report_failure, report_missing, report_usage
from pointsman.adapters.cli.model_list import table
from pointsman.adapters.cli.opened import KeptTexts
from pointsman.adapters.home import expand_home
from pointsman.core.chat.tool import ResponseSchema
from pointsman.core.error import InvalidRequest, invalid_request
from pointsman.core.json import JsonObject, as_object, dumps_text, loads
from pointsman.core.schema.check_schema import schema_problems
from pointsman.core.schema.short_schema import is_short_schema, read_short_schema
from pointsman.core.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_KNOWN = {"type", "properties", "anyOf", "oneOf", "allOf", "$ref", "enum", "const", "$defs"}


def read_schema(text: str, kept: KeptTexts | None = None) -> Result[ResponseSchema, InvalidRequest]:
    """The schema that `text` is, or is the path of, or in short, or the name of; checked."""
    named = kept.read(text) if kept is not None and _NAME.fullmatch(text) else None
    if named is not None:
        text = named
    if not text.lstrip().startswith("{"):
        if not expand_home(text).is_file() and is_short_schema(text):
            return read_short_schema(text).bind(_check).lash(_wrong)
        try:
            text = expand_home(text).read_text("utf-8-sig")
        except (OSError, ValueError, RuntimeError) as problem:
            why = getattr(problem, "strerror", None) or "not text"
            return _wrong(f"the schema file {text!r} cannot be read: {why.lower()}")
    return loads(text).bind(_object).bind(_check).lash(_wrong)


def _object(value: object) -> Result[JsonObject, str]:
    if not isinstance(value, dict):
        return Failure("it is not a JSON object")
    schema: JsonObject = value
    if not _KNOWN & schema.keys():
        return Failure("it is not a JSON Schema: it has none of type, properties, enum, anyOf")
    return Success(schema)


def _check(schema: JsonObject) -> Result[ResponseSchema, str]:
    problems = schema_problems(schema)
    return Failure("; ".join(problems[:3])) if problems else Success(ResponseSchema(schema))


def _wrong(problem: str) -> Failure[InvalidRequest]:
    told = problem if problem.startswith("the schema") else f"the schema is no good: {problem}"
    return Failure(invalid_request(told))


@Command
async def schemas(context: CliContext) -> int:
    """Do what is asked with the schemas that are kept."""
    options, terminal = context.options, context.terminal
    settings = unwrap_or_failure(context.read_settings_alone())
    if not isinstance(settings, Settings):
        return report_failure(settings, terminal)
    kept = context.wiring.kept_texts(settings, "schemas")
    match options.action, options.words:
        case "list", []:
            return _list(kept, context)
        case "save", [name, *words] if words:
            return _save(kept, name, " ".join(words), context)
        case "show", [name]:
            text = kept.read(name)
            if text is None:
                return report_missing(f"no schema is called {name!r}; `pointsman schemas` lists them", terminal)
            terminal.say(text.rstrip())
            return OK
        case "delete", [name]:
            return _delete(kept, name, context)
        case _:
            return report_usage("say what is to be done: schemas save NAME 'name, age int'", terminal)


def _list(kept: KeptTexts, context: CliContext) -> int:
    found = {name: as_object(loads(kept.read(name) or "{}").value_or({})) for name in kept.names()}
    if context.options.json:
        context.terminal.say_json(dumps_text(found))
        return OK
    if not found:
        context.terminal.note("No schema is kept; keep one: pointsman schemas save dog 'name, age int'")
    rows = [(name, ", ".join(as_object(schema.get("properties")))) for name, schema in found.items()]
    table(("SCHEMA", "FIELDS"), rows, context.terminal)
    return OK


def _save(kept: KeptTexts, name: str, text: str, context: CliContext) -> int:
    read = unwrap_or_failure(read_schema(text))
    if not isinstance(read, ResponseSchema):
        return report_failure(read, context.terminal)
    written = kept.keep(name, dumps_text(read.schema) + "\n")
    if isinstance(written, Failure):
        return report_failure(written.failure(), context.terminal)
    context.terminal.say(f"{name} is kept; use it by --schema {name}.")
    return OK


def _delete(kept: KeptTexts, name: str, context: CliContext) -> int:
    gone = unwrap_or_failure(kept.drop(name))
    if not isinstance(gone, bool):
        return report_failure(gone, context.terminal)
    if not gone:
        return report_missing(f"no schema is called {name!r}; `pointsman schemas` lists them", context.terminal)
    context.terminal.say(f"{name} is deleted.")
    return OK
