"""JSON values read as numbers."""

from __future__ import annotations

import pytest

from pointsman.core.json import dumps, int_or_none, is_writable, loads, may_nest_deeply


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
