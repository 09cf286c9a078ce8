"""JSON values read as numbers."""

from __future__ import annotations

from pointsman.core.json import int_or_none


def test_a_number_too_long_to_be_exact_is_no_whole_number() -> None:
    assert [int_or_none(value) for value in (3.0, -(2.0**53), 1e20, float("inf"))] == [3, -(2**53), None, None]
