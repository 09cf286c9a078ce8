"""Unpacking within a bound, and the text of a body by its type."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Failure, Result, Success

from pointsman.adapters.tools.fetch_content import Content, kind_of, text_of


def _content(encoding: str, limit: int) -> Content:
    content = Content.for_encoding(encoding, limit)
    assert content is not None
    return content


@settings(deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from([("", bytes), (" GZIP", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)]),
    st.integers(1, 300),
    st.integers(0, 250),
)
def test_what_is_unpacked_is_the_beginning_of_what_was_packed(
    data: bytes, packing: tuple[str, type[bytes]], piece: int, limit: int
) -> None:
    """In pieces of any size; and whether it was cut is known exactly."""
    content, packed = _content(packing[0], limit), packing[1](data)
    for at in range(0, len(packed), piece):
        if not content.feed(packed[at : at + piece]):
            break
    assert content.body == data[:limit]
    assert content.cut == (len(data) > limit)


def test_a_bomb_never_takes_more_memory_than_the_bound() -> None:
    bomb = gzip.compress(bytes(100_000_000))
    content = _content("gzip", 100_000)
    tracemalloc.start()
    try:
        assert not content.feed(bomb)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert (len(content.body), content.cut) == (100_000, True)


def test_what_is_packed_and_breaks_off_counts_as_cut() -> None:
    content = _content("gzip", 1000)
    assert content.feed(gzip.compress(b"hello" * 10)[:-8])
    assert content.cut


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "x"])
def test_other_packings_are_not_read(encoding: str) -> None:
    assert Content.for_encoding(encoding, 10) is None


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("text/html; charset=utf-8", "html"),
        ("APPLICATION/xhtml+xml", "html"),
        ("text/plain", "text"),
        ("text/csv", "text"),
        ("application/json", "text"),
        ("application/problem+json;x=y", "text"),
        ("application/rss+xml", "text"),
        ("", "text"),
        ("image/png", None),
        ("application/octet-stream", None),
        ("multipart/x-mixed-replace", None),
        ("application/zip; text/plain", None),
    ],
)
def test_types_are_text_html_or_not_read(content_type: str, kind: str | None) -> None:
    assert kind_of(content_type) == kind


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("ä".encode(), "text/plain", "ä"),
        (b"\xe4", "text/plain; charset=ISO-8859-1", "ä"),
        (b"\xe4\x80", 'text/plain; CHARSET="windows-1252"', "ä€"),
        (b"\xef\xbb\xbf\xc3\xa4", "text/plain; charset=latin1", "ä"),
        ("ä".encode("utf-16"), "text/plain", "ä"),
        ("本".encode("shift_jis"), "text/plain; charset=Shift_JIS", "本"),
        (b"<meta charset='iso-8859-15'><p>\xa4", "text/html", "€"),
        (b"<meta charset='iso-8859-15'><p>\xc3\xa4", "text/html; charset=utf-8", "ä"),
        (b"<meta charset=x>\xa4", "text/plain", "<meta charset=x>�"),
        (b"a\xff", "text/plain", "a�"),
        (b"\xc3\xa4", "text/plain; charset=punycode", "ä"),
        (b"\xc3\xa4", "text/plain; charset=unicode_escape", "ä"),
        (b"\xc3\xa4", "text/plain; charset=../../x", "ä"),
    ],
)
def test_the_charset_is_told_by_mark_header_or_page_else_it_is_utf_8(body: bytes, content_type: str, text: str) -> None:
    assert text_of(body, content_type, cut=False) == Success(text)


def test_a_character_that_was_cut_is_left_out() -> None:
    assert text_of("aä".encode()[:-1], "text/plain", cut=True) == Success("a")
    assert text_of("aä".encode()[:-1], "text/plain", cut=False) == Success("a�")


def test_what_is_not_text_is_refused() -> None:
    assert isinstance(text_of(b"a\0", "text/plain", cut=False), Failure)
    assert isinstance(text_of(b"<p>\0", "text/html", cut=False), Failure)


CHARSETS = ["utf-8", "utf-16", "utf-16le", "big5", "euc-kr", "gbk", "koi8-r", "iso-8859-8", "windows-1253", "x"]


@settings(deadline=None)
@given(st.binary(), st.sampled_from(CHARSETS), st.sampled_from(["text/html", "text/plain"]), st.booleans())
def test_no_content_makes_it_fail(body: bytes, charset: str, kind: str, cut: bool) -> None:
    assert isinstance(text_of(body, f"{kind}; charset={charset}", cut=cut), Result)
