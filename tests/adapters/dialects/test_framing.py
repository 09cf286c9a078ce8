"""Framing: any chunking of the same bytes gives the same frames, and no bytes raise anything but FrameTooLarge."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pointsman.adapters.dialects.framing import FrameTooLarge, NdjsonDecoder, SseDecoder, SseEvent

LIMIT = 64
PIECES = (
    *(b"data: ", b"data:", b"data", b"event: ", b"event:", b"event", b": ping", b"id: 7", b"retry: 5", b"\xef\xbb\xbf"),
    *(b"\n", b"\r", b"\r\n", b"\n\n", b" ", b"x", b'{"a":1}', "\u2028\u0085é".encode(), b"\xff", b"\0"),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join) | st.binary(max_size=200)


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """`data` in pieces of these sizes, and the rest."""
    chunks, at = [], 0
    for size in sizes:
        chunks.append(data[at : at + size])
        at += size
    return [*chunks, data[at:]]


def sse(chunks: list[bytes], limit: int = 2**20) -> list[SseEvent]:
    """All events of `chunks`."""
    decoder = SseDecoder(limit)
    return [event for chunk in chunks for event in decoder.feed(chunk)] + decoder.close()


def ndjson(chunks: list[bytes], limit: int = 2**20) -> list[bytes]:
    """All lines of `chunks`."""
    decoder = NdjsonDecoder(limit)
    return [line for chunk in chunks for line in decoder.feed(chunk)] + decoder.close()


def by_the_book(data: bytes) -> list[SseEvent]:
    """The WHATWG rules, slowly: whole text in, all events out, the last one too if it has data."""
    text = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    found, name, buffer = [], b"", b""
    lines = text.split(b"\n")
    for at, line in enumerate([*lines[:-1], *([lines[-1]] if lines[-1] else []), b""]):
        if not line:
            at_end = at >= len(lines) - 1
            if buffer and (buffer != b"\n" or not at_end):
                found.append(SseEvent(name.decode("utf-8", "replace"), buffer[:-1]))
            name, buffer = b"", b""
            continue
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            buffer += value + b"\n"
        elif field == b"event":
            name = value
    return found


@given(TEXTS, st.lists(st.integers(0, 12), max_size=40))
@example(b"data: a\r\n\r\ndata: b\r\r", [8])
@example(b"data: a\n\ndata: b\n\n", [])
@example(b"data: a\rdata: b\n\n", [])
@example(b"event: e\ndata: b\n\n", [9])
@example(b"\n\xef\xbb\xbfdata: not a mark\n\n", [1])
def test_any_chunking_gives_the_events_of_the_standard(data: bytes, sizes: list[int]) -> None:
    """Whole, cut anywhere, or byte by byte."""
    expected = by_the_book(data)
    assert sse([data]) == expected
    assert sse(cut(data, sizes)) == expected
    assert sse([bytes([byte]) for byte in data]) == expected


@given(TEXTS, st.lists(st.integers(0, 12), max_size=40))
@example(b'{"a":\r1}\n{"b":2}', [5])
def test_any_chunking_gives_the_same_lines(data: bytes, sizes: list[int]) -> None:
    """Only LF ends a line."""
    expected = [stripped for line in data.split(b"\n") if (stripped := line.strip())]
    assert ndjson(cut(data, sizes)) == expected
    assert ndjson([bytes([byte]) for byte in data]) == expected


def outcome(read: Callable[[list[bytes], int], object], chunks: list[bytes]) -> object:
    """What `read` gives under a small limit, or the limit it ran into."""
    try:
        return read(chunks, LIMIT)
    except FrameTooLarge as problem:
        return problem.limit


@given(TEXTS.flatmap(lambda text: st.integers(1, 30).map(lambda times: text * times)), st.lists(st.integers(0, 90)))
@example(b"data:\n" * 70 + b"\n", [])
@example(b": " + b"x" * LIMIT + b"\n", [5])
@example(b"data: " + b"x" * (LIMIT - 6) + b"\n\n", [5])
@example(b"data: " + b"x" * (LIMIT - 5) + b"\n\n", [5])
def test_the_bound_does_not_depend_on_the_chunking(data: bytes, sizes: list[int]) -> None:
    """A frame is too large however it comes."""
    assert outcome(sse, cut(data, sizes)) == outcome(sse, [data])
    assert outcome(ndjson, cut(data, sizes)) == outcome(ndjson, [data])


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"data: 1\n\n", [("", b"1")]),
        (b"data:1\n\n", [("", b"1")]),
        (b"data:  1\n\n", [("", b" 1")]),
        (b"data: 1\ndata: 2\n\n", [("", b"1\n2")]),
        (b"event: delta\ndata: 1\n\ndata: 2\n\n", [("delta", b"1"), ("", b"2")]),
        (b"event: lonely\n\ndata: 2\n\n", [("", b"2")]),
        (b": keepalive 1/1\n\ndata: 1\n\n: keepalive\n\n", [("", b"1")]),
        (b"\xef\xbb\xbfdata: 1\n\n", [("", b"1")]),
        (b"data:\n\n", [("", b"")]),
        (b"id: 1\nretry: 10\nnonsense\ndata: 1\n\n", [("", b"1")]),
        (b"data: 1\n\ndata: [DONE]", [("", b"1"), ("", b"[DONE]")]),
        (b"data: 1\n\ndata:", [("", b"1")]),
        ("data: a\u2028b\u0085c\n\n".encode(), [("", "a\u2028b\u0085c".encode())]),
    ],
)
def test_events(data: bytes, events: list[tuple[str, bytes]]) -> None:
    """One rule a row."""
    assert sse([data]) == events
    assert sse([bytes([byte]) for byte in data]) == events


def test_an_event_is_given_as_soon_as_its_blank_line_has_come() -> None:
    """Even if that is a CR which an LF may still follow."""
    decoder = SseDecoder()
    assert decoder.feed(b"data: 1\r\n\r") == [("", b"1")]
    assert decoder.feed(b"\ndata: 2\n") == []
    assert decoder.feed(b"\n") == [("", b"2")]


def test_an_endless_line_is_refused_before_it_ends() -> None:
    """It is not held in memory until a line end comes."""
    sse_decoder, ndjson_decoder = SseDecoder(LIMIT), NdjsonDecoder(LIMIT)
    for decoder in (sse_decoder, ndjson_decoder):
        decoder.feed(b"x" * LIMIT)
        with pytest.raises(FrameTooLarge, match="64 bytes"):
            decoder.feed(b"x")


def test_a_large_event_byte_by_byte_is_whole() -> None:
    """One MB in a million pieces: quadratic work would run into the timeout."""
    data = b"x" * 2**20
    decoder = SseDecoder()
    found = [event for byte in b"data: " + data + b"\n\n" for event in decoder.feed(bytes([byte]))]
    assert found == [("", data)]


@pytest.mark.parametrize("data", [b"data:\n" * 70, b"data: " + b"x" * (LIMIT - 5) + b"\n\n"])
def test_what_is_too_large(data: bytes) -> None:
    """Many empty data lines are an event that grows too; one line is bounded with its field's name."""
    with pytest.raises(FrameTooLarge):
        SseDecoder(LIMIT).feed(data)
