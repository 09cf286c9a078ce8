"""Server side: parses a `generateContent` request. What has no place in our types is reported, never dropped."""

from __future__ import annotations

from returns.result import Failure, Result

from pointsman.adapters.dialects.dialect import ChatCall, Inbound, InboundCall
from pointsman.adapters.dialects.gemini.messages import read_conversation
from pointsman.adapters.dialects.gemini.parameters import PARAMETERS
from pointsman.adapters.dialects.gemini.request import JSON
from pointsman.adapters.dialects.gemini.schema import as_json_schema
from pointsman.adapters.dialects.gemini.tools import read_tools
from pointsman.adapters.dialects.object_reader import ObjectReader, ReadLog, invalid_request
from pointsman.adapters.dialects.parameters import read_parameters
from pointsman.core.chat.request import ChatRequest, check
from pointsman.core.chat.tool import ResponseSchema
from pointsman.core.error import InvalidRequest

_ESSENTIAL = ("cachedContent", "responseModalities", "speechConfig", "imageConfig", "responseFormat")
"""State at the vendor's, and fields that change what is answered, and not only how."""
_SCHEMAS = ("responseJsonSchema", "_responseJsonSchema", "responseSchema")


def read_request(inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    """What a client asks of a server, or everything that is wrong with it."""
    return read_body(ObjectReader(inbound.body, "", ReadLog(), camel=True), inbound)


def read_body(body: ObjectReader, inbound: Inbound) -> Result[ChatCall, InvalidRequest]:
    """As `read_request`, of a body that may stand within another."""
    model = read_model(body, inbound)
    json_mode, schema = _read_format(body)
    request = ChatRequest(
        model,
        read_conversation(body),
        tools=read_tools(body),
        response_schema=schema,
        json_mode=json_mode,
        **read_parameters(PARAMETERS, body),
    )
    body.close(_ESSENTIAL)
    if body.log.problems:
        return Failure(invalid_request(body.log, model))
    untranslated = body.log.list_untranslated
    return check(request).map(lambda sound: InboundCall(sound, bool(inbound.stream), untranslated=untranslated))


def read_model(body: ObjectReader, inbound: Inbound) -> str:
    """The model in the path, or in the body; a tuned one keeps its collection."""
    named = body.text("model")
    model = bare(inbound.model or named or "")
    if not model:
        body.problem("model", "the path names no model")
    return model


def bare(model: str) -> str:
    """The model's id without the `models/` that lists put before it; `tunedModels/` goes after the provider's name."""
    collection, _, name = model.removeprefix("models/").partition("/")
    if collection != "tunedModels" or "/" not in name:
        return model.removeprefix("models/")
    provider, _, tuned = name.partition("/")
    return f"{provider}/tunedModels/{tuned}"


def _read_format(body: ObjectReader) -> tuple[bool, ResponseSchema | None]:
    """Whether any JSON is wanted, and the schema where one is."""
    if "generationConfig" not in body:
        return False, None
    config = body.inner("generationConfig")
    if config.value.get("responseModalities", config.value.get("response_modalities")) == ["TEXT"]:
        config.skip("responseModalities")  # it says no more than silence does
    kind = config.text("responseMimeType") or ""
    if kind not in ("", JSON, "text/plain"):
        body.log.add_untranslated(config.place("responseMimeType"), essential=True)
    schema = next((config.raw(name) for name in _SCHEMAS if name in config), None)
    if schema is None:
        return kind == JSON, None
    if not isinstance(schema, dict):
        config.problem("responseSchema", "it is not an object")
        return False, None
    own = not any(name in config for name in _SCHEMAS[:2])
    return False, ResponseSchema(as_json_schema(schema) if own else schema)
