"""A file that is changed keeps its encoding, its byte order mark and its line ends."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.core.healing.source_text import SourceText, read_source


def read(data: bytes) -> SourceText:
    found = read_source(data)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("data", "old", "new", "expected"),
    [
        (b"a\nb\n", "b", "c", b"a\nc\n"),
        (b"a\r\nb\r\n", "b\n", "c\nd\n", b"a\r\nc\r\nd\r\n"),
        (b"a\nb\r\nc\n", "b", "x\nb", b"a\nx\nb\r\nc\n"),
        (b"a\nb", "b", "c", b"a\nc"),
        (codecs.BOM_UTF8 + b"a\n", "a", "\u00e4", codecs.BOM_UTF8 + "ä\n".encode()),
        (
            codecs.BOM_UTF16_LE + "a\r\n".encode("utf-16-le"),
            "a",
            "b",
            codecs.BOM_UTF16_LE + "b\r\n".encode("utf-16-le"),
        ),
        (b"# -*- coding: latin-1 -*-\ns = '\xe4'\n", "s", "t", b"# -*- coding: latin-1 -*-\nt = '\xe4'\n"),
        (b"s = '\xe4'\n", "s", "t", b"t = '\xe4'\n"),
        (b"", "", "x\n", b"x\n"),
    ],
    ids=["lf", "crlf", "mixed", "no end", "utf-8 mark", "utf-16", "declared", "undeclared", "empty"],
)
def test_a_change_keeps_what_it_does_not_change(data: bytes, old: str, new: str, expected: bytes) -> None:
    source = read(data)
    assert "\r" not in source.text
    assert source.write(source.text.replace(old, new, 1)) == expected


def test_a_whole_file_of_an_answer_does_not_add_the_last_line_end_that_was_missing() -> None:
    assert read(b"a = 1\nb = 2").write("a = 1\nb = 3\n") == b"a = 1\nb = 3"


@pytest.mark.parametrize("data", [b"\x00\x01", b"\x7fELF\x02\x01\x01\x00", b"PK\x03\x04\x00"])
def test_what_is_no_text_is_nothing(data: bytes) -> None:
    assert read_source(data) is None


def test_a_letter_that_the_encoding_lacks_cannot_be_written() -> None:
    assert read(b"# coding: latin-1\nx = 1\n").write("x = '\u20ac'\n") is None


@given(st.text(alphabet=st.sampled_from("ab \n\r\t\u00e4"), max_size=200), st.sampled_from(("utf-8", "utf-16-le")))
def test_what_is_not_changed_is_written_as_it_was_read(text: str, encoding: str) -> None:
    mark = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else b""
    data = mark + text.encode(encoding)
    source = read(data)
    assert source.write(source.text) == data
