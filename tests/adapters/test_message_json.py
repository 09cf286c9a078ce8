"""What is written of a usual message without the converter is what the converter writes, and is read the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.adapters.codec import converter, decode, decode_message, encode_message
from pointsman.adapters.message_json import read_usual, write_usual
from pointsman.core.chat.message import Message, Role
from pointsman.core.chat.part import (
    Audio,
    Bytes,
    CacheControl,
    Citation,
    Image,
    Opaque,
    Part,
    Reasoning,
    ResultPart,
    Text,
    ToolCall,
    ToolResult,
    Url,
)
from pointsman.core.json import dumps, loads

_words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_text = st.builds(Text, _words)
_detail = st.sampled_from((None, "low", "high", "auto"))
_image = st.builds(Image, st.builds(Bytes, st.binary(max_size=9), st.just("image/png")), _detail)
_content: st.SearchStrategy[tuple[ResultPart, ...]] = st.lists(st.one_of(_text, _image), max_size=2).map(tuple)
_call = st.builds(ToolCall, _words, _words, _words, freeform=st.booleans())
_result = st.builds(ToolResult, _words, _words, _content, st.booleans())
_parts: st.SearchStrategy[tuple[Part, ...]] = st.lists(st.one_of(_text, _image, _call, _result), max_size=3).map(tuple)
_roles: st.SearchStrategy[Role] = st.sampled_from(("system", "user", "assistant", "tool"))
_UNUSUAL: tuple[Part, ...] = (
    Text("x", citations=(Citation(title="a"),)),
    Text("x", cache_control=CacheControl()),
    Image(Url("https://a.example/b.png")),
    ToolCall("1", "f", "{}", state=Opaque("gemini", "signature", "s")),
    ToolResult("1", "f", (Text("x", cache_control=CacheControl()),)),
    Audio(Bytes(b"x", "audio/wav")),
    Reasoning("so"),
)


@given(st.builds(Message, _roles, _parts, st.none() | _words))
def test_a_usual_message_is_written_and_read_as_by_the_converter(message: Message) -> None:
    """Byte for byte: a file that was written before can be read now, and the other way round."""
    written = write_usual(message)

    assert written == dumps(converter().unstructure(message, Message))
    assert read_usual(written or b"") == message


@pytest.mark.parametrize("part", _UNUSUAL, ids=lambda part: type(part).__name__)
def test_an_unusual_part_is_left_to_the_converter(part: Part) -> None:
    """Nothing of it is lost on the short way."""
    message = Message("user", (Text("before"), part))

    assert write_usual(message) is None
    assert read_usual(encode_message(message)) is None
    assert decode_message(encode_message(message)).unwrap() == message


@given(st.builds(Message, _roles, _parts, st.none() | _words), st.data())
def test_what_is_damaged_is_read_as_the_converter_reads_it_or_left_to_it(message: Message, data: st.DataObject) -> None:
    """A field that is missing, or of another type, is never guessed."""
    told = loads(encode_message(message)).unwrap()
    assert isinstance(told, dict)
    named = told["parts"]
    assert isinstance(named, list)
    place = data.draw(st.sampled_from([told, *(one for one in named if isinstance(one, dict))]))
    field = data.draw(st.sampled_from(sorted(place)))
    if data.draw(st.booleans()):
        del place[field]
    else:
        place[field] = data.draw(st.none() | st.integers() | _words | st.just([]) | st.just({}))

    usual = read_usual(dumps(told))

    assert usual is None or usual == decode(dumps(told), Message).value_or(None)


def test_text_that_utf8_cannot_carry_does_not_break_what_is_kept_beside_a_part_of_the_converter() -> None:
    """A lone surrogate is replaced in both ways of writing."""
    message = Message("user", (Text("a\ud800b", cache_control=CacheControl()),))

    assert decode_message(encode_message(message)).unwrap().text == "a?b"
