"""What a tool answered, as the model is given it: nothing twice, nothing lost in silence."""

from __future__ import annotations

from typing import Any

import mcp_types as wire
import pytest

from pointsman.adapters.mcp.result import content_of
from pointsman.core.chat.part import Bytes, Image


def result(*texts: str, **fields: Any) -> wire.CallToolResult:
    return wire.CallToolResult(content=[wire.TextContent(text=text) for text in texts], **fields)


@pytest.mark.parametrize(
    ("texts", "structured", "given"),
    [
        (["5"], None, ("5",)),
        ([], None, ("(no output)",)),
        ([""], None, ("(no output)",)),
        ([], {"count": 3}, ('{"count":3}',)),
        (["three"], {"count": 3}, ("three", '{"count":3}')),
        (['{ "count": 3 }'], {"count": 3}, ('{ "count": 3 }',)),
        (["5"], {"result": 5}, ("5",)),
        (["five"], {"result": "five"}, ("five",)),
        (["5"], {"result": "5"}, ("5",)),
        (["1", "two"], {"result": [1, "two"]}, ("1", "two")),
        (["1"], {"result": [1, 2]}, ("1", '{"result":[1,2]}')),
        (["1"], {"result": 1, "more": 2}, ("1", '{"result":1,"more":2}')),
        (["nothing"], [], ("nothing", "[]")),
        ([], False, ("false",)),
    ],
)
def test_structured_content_is_json_unless_a_text_says_it(texts: list[str], structured: Any, given: Any) -> None:
    assert content_of(result(*texts, structured_content=structured)).unwrap() == given


def test_what_a_tool_calls_an_error_is_told_as_one() -> None:
    assert content_of(result("no", "such train", is_error=True)).failure() == "no\nsuch train"
    assert content_of(result(is_error=True)).failure() == "The tool failed and did not say why."
    assert content_of(result(is_error=True, structured_content={"why": 1})).failure() == '{"why":1}'


def test_an_embedded_picture_is_one_and_other_data_is_told_of() -> None:
    def embedded(kind: str | None) -> wire.CallToolResult:
        blob = wire.BlobResourceContents(uri="a://b", blob="eA==", mime_type=kind)
        return wire.CallToolResult(content=[wire.EmbeddedResource(resource=blob)])

    assert content_of(embedded("image/gif")).unwrap() == (Image(Bytes(b"x", "image/gif")),)
    assert content_of(embedded("application/zip")).unwrap() == ("(application/zip of 1 bytes, which cannot be shown)",)
    assert content_of(embedded(None)).unwrap() == ("(data of 1 bytes, which cannot be shown)",)
