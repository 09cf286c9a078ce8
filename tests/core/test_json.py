"""JSON values read as numbers."""

from __future__ import annotations

import sys

import pytest
from returns.result import Failure, Success

from pointsman.core.json import Json, dumps, int_or_none, is_writable, loads, may_nest_deeply

MOST = sys.float_info.max


def test_a_number_too_long_to_be_exact_is_no_whole_number() -> None:
    assert [int_or_none(value) for value in (3.0, -(2.0**53), 1e20, float("inf"))] == [3, -(2**53), None, None]


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_what_cannot_be_written_may_nest_deeply(opening: str) -> None:
    closing = "]" if opening == "[" else "}"
    for levels in (1, 200, 254, 255, 900):
        data = (opening * levels + "1" + closing * levels).encode()
        assert is_writable(loads(data).unwrap()) == (levels <= 254) == (not may_nest_deeply(data)), levels


def test_a_long_text_nests_nowhere_deeply() -> None:
    assert not may_nest_deeply(dumps({"text": "a" * 10**6}))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb'"\ud83d"', "\ufffd"),
        (rb'"a\udE00b"', "a\ufffdb"),
        (rb'"\uD83D\uDE00\ud83d"', "\U0001f600\ufffd"),
        (rb'"\ud83d\ud83d\ude00"', "\ufffd\U0001f600"),
        (rb'"\\ud83d \ud83d"', "\\ud83d \ufffd"),
        (rb'"\\\ud83d\\"', "\\\ufffd\\"),
        (rb'{"\ud83d": [1]}', {"\ufffd": [1]}),
    ],
)
def test_half_of_a_surrogate_pair_reads_as_a_mark_that_something_is_missing(written: bytes, read: Json) -> None:
    assert loads(written) == Success(read)
    assert loads(written.decode()) == Success(read)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("[1E400, -1e+999, 1e-400]", [MOST, -MOST, 0.0]),
        (f'{{"a": {"9" * 400}.5}}', {"a": MOST}),
        ('{"1e400 \\\\": ["1e400", "\\\\\\"1e400"], "b": 1e400}', {"1e400 \\": ["1e400", '\\"1e400'], "b": MOST}),
    ],
)
def test_a_number_beyond_a_double_reads_as_the_largest_one(written: str, read: Json) -> None:
    assert loads(written) == loads(written.encode()) == Success(read)


@pytest.mark.parametrize("written", ["[01e400]", "[1.e400]", "[1e400", "1e400 2", "[+1e400]", "[1e400_0]"])
def test_what_is_no_number_is_none_however_large(written: str) -> None:
    assert isinstance(loads(written), Failure)


@pytest.mark.parametrize("written", [rb'"\ud8"', rb'"\ud83d', rb"\ud83d", b'"\xff\\ud83d"'])
def test_what_is_no_json_beside_half_a_pair_stays_none(written: bytes) -> None:
    assert isinstance(loads(written), Failure)
