"""What a tool of an MCP server answered, as the model is given it. Pure; imports the SDK's types."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64

import mcp_types as wire
from returns.result import Failure, Result, Success

from pointsman.core.chat.part import Bytes, Image
from pointsman.core.json import Json, dumps_text, loads
from pointsman.services.ports.tools import Content


def content_of(result: wire.CallToolResult) -> Result[Content, str]:
    """Texts and images in their order; structured content as JSON, unless a text says the same. What the tool calls
    an error is a failure."""
    parts = tuple(part for part in map(_part, result.content) if part != "")
    texts = [part for part in parts if isinstance(part, str)]
    structured: Json = result.structured_content
    if structured is not None and not _is_said(structured, texts):
        parts, texts = (*parts, dumps_text(structured)), [*texts, dumps_text(structured)]
    if result.is_error:
        return Failure("\n".join(texts).strip() or "The tool failed and did not say why.")
    return Success(parts or ("(no output)",))


def _part(block: wire.ContentBlock) -> str | Image:
    match block:
        case wire.TextContent(text=text):
            return text
        case wire.ImageContent(data=data, mime_type=kind):
            return _media(data, kind)
        case wire.AudioContent(data=data, mime_type=kind):
            return _media(data, kind)
        case wire.ResourceLink(uri=uri, name=name, description=about):
            return f"{name}: {uri}" + (f" ({about})" if about else "")
        case wire.EmbeddedResource(resource=inner):
            return inner.text if isinstance(inner, wire.TextResourceContents) else _media(inner.blob, inner.mime_type)


def _media(data: str, kind: str | None) -> str | Image:
    """A picture; of what else there is, only that it was there."""
    try:
        raw = b64decode(data, validate=True)
    except NotBase64:
        return f"({kind or 'data'} that is not base64)"
    if kind is not None and kind.startswith("image/"):
        return Image(Bytes(raw, kind))
    return f"({kind or 'data'} of {len(raw)} bytes, which cannot be shown)"


def _is_said(structured: Json, texts: list[str]) -> bool:
    """Whether the texts say it already: servers repeat structured content, plain values and lists without a wrapping
    object."""
    said = [loads(text).value_or(text) for text in texts]
    wanted = [structured]
    if isinstance(structured, dict) and list(structured) == ["result"]:
        wanted.append(structured["result"])
    return any(value in said or value in texts or (isinstance(value, list) and value == said) for value in wanted)
