"""The OpenAPI document, from the same table of endpoints and the same types that serve them."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable

import attrs

from pointsman.adapters.web.api_endpoint import ApiEndpoint
from pointsman.adapters.web.envelope import ErrorView
from pointsman.adapters.web.readiness import PlainPath
from pointsman.core.json import Json, JsonObject, as_list, as_object
from pointsman.core.schema.of_type import schema_of

_REF = re.compile(r"^#/\$defs/")


def document(endpoints: Iterable[ApiEndpoint], version: str, plain: Iterable[PlainPath] = ()) -> JsonObject:
    """The whole description, OpenAPI 3.1: of the API, and of `plain` paths beside it."""
    endpoints = tuple(endpoints)
    schemas: dict[str, Json] = {}
    paths: dict[str, Json] = {}
    error = _schema(ErrorView, schemas)
    for endpoint in endpoints:
        held = as_object(paths.setdefault(endpoint.path, {}))
        held[endpoint.method.lower()] = _operation(endpoint, schemas, error)
    for one in plain:
        paths[one.path] = {"get": _plain_operation(one, schemas)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pointsman",
            "version": version,
            "description": "One interface to every language model. Answers stand in an envelope: `success`, and `data` "
            "or `error`. The gateway's own paths (`/v1/…`, `/v1beta/…`, `/api/chat` …) are those of the vendors.",
        },
        "tags": _groups(endpoints),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "a virtual key, `pm-…`"},
                "session": {"type": "apiKey", "in": "cookie", "name": "pointsman_session"},
            },
        },
    }


def _group(endpoint: ApiEndpoint) -> str:
    """The module that an endpoint stands in, whose endpoints belong together."""
    return endpoint.run.__module__.rpartition(".")[2].removeprefix("api_").replace("_", " ")


def _groups(endpoints: tuple[ApiEndpoint, ...]) -> list[Json]:
    """Every group once, with the first line of what its module says of itself."""
    modules = {_group(one): one.run.__module__ for one in endpoints}
    lines = {name: (sys.modules[module].__doc__ or "").partition("\n")[0] for name, module in modules.items()}
    return [{"name": name, "description": line} for name, line in lines.items()]


def _operation(endpoint: ApiEndpoint, schemas: dict[str, Json], error: Json) -> JsonObject:
    stem = "_".join(re.findall(r"\w+", endpoint.path.removeprefix("/api/")))
    operation: JsonObject = {
        "operationId": f"{endpoint.method.lower()}_{stem}",
        "tags": [_group(endpoint)],
        "summary": endpoint.summary,
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint)],
        "responses": {
            "200": {"description": "It went well.", "content": _content(endpoint, schemas)},
            "default": {"description": "It did not.", "content": {"application/json": {"schema": _failure(error)}}},
        },
    }
    if endpoint.scope is not None:
        anybody: list[Json] = [{}] if endpoint.as_gateway else []
        operation["security"] = [*anybody, {"key": []}, {"session": []}]
        operation["description"] = f"Needs the scope `{endpoint.scope}`."
    if endpoint.signature.body is not None:
        schema = _schema(endpoint.signature.body, schemas)
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    elif endpoint.files:
        operation["requestBody"] = {"required": True, "content": {kind: {} for kind in endpoint.files}}
    return operation


def _plain_operation(plain: PlainPath, schemas: dict[str, Json]) -> JsonObject:
    """Of a path that answers without an envelope."""
    content: JsonObject = {plain.media: {} if plain.gives is None else {"schema": _schema(plain.gives, schemas)}}
    responses: JsonObject = {str(one): {"description": _MEANING[one], "content": content} for one in plain.statuses}
    name = f"get_{plain.path.strip('/')}"
    return {"operationId": name, "tags": ["server"], "summary": plain.summary, "responses": responses}


_MEANING = {200: "It is well.", 503: "It is not to be asked now."}


def _content(endpoint: ApiEndpoint, schemas: dict[str, Json]) -> Json:
    if endpoint.media != "application/json":
        return {media: {} for media in endpoint.media.split(", ")}
    anything: JsonObject = {"type": "object"}
    data = _schema(endpoint.signature.answer, schemas) if endpoint.signature.answer is not None else anything
    whole: Json = {
        "type": "object",
        "properties": {"success": {"const": True}, "data": data},
        "required": ["success", "data"],
    }
    found: dict[str, Json] = {"application/json": {"schema": data if endpoint.bare else whole}}
    if endpoint.streams:
        text: JsonObject = {"type": "string"}
        event: JsonObject = {"type": "object", "properties": {"event": text, "data": text}}
        found["text/event-stream"] = {"schema": event}
    return found


def _failure(error: Json) -> Json:
    return {
        "type": "object",
        "properties": {"success": {"const": False}, "error": error},
        "required": ["success", "error"],
    }


def _path_parameters(endpoint: ApiEndpoint) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", endpoint.path)
    ]


def _query_parameters(endpoint: ApiEndpoint) -> list[Json]:
    if endpoint.signature.query is None:
        return []
    found = as_object(schema_of(endpoint.signature.query).value_or({}))
    properties = as_object(found.get("properties"))
    return [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]


def _schema(kind: type, schemas: dict[str, Json]) -> Json:
    """A reference to the schema of `kind`, which is put among `schemas` with all it refers to."""
    found = schema_of(kind).unwrap()
    definitions = as_object(found.pop("$defs", {}))
    for name, definition in definitions.items():
        schemas[name] = _move_references(definition)
    name = kind.__name__ if inspect.isclass(kind) and attrs.has(kind) else ""
    if not name:
        return _move_references(found)
    schemas[name] = _move_references(found)
    return {"$ref": f"#/components/schemas/{name}"}


def _move_references(value: Json) -> Json:
    """`value` with its references as OpenAPI has them."""
    if isinstance(value, dict):
        moved: JsonObject = {key: _move_references(one) for key, one in value.items()}
        if isinstance(ref := moved.get("$ref"), str):
            moved["$ref"] = _REF.sub("#/components/schemas/", ref)
        return moved
    if isinstance(value, list):
        return [_move_references(one) for one in as_list(value)]
    return value
