"""The laws of `Random`. A law takes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from pointsman.services.ports.clock import Random

Law: TypeAlias = Callable[[Random], None]


def a_fraction_is_at_least_zero_and_below_one(random: Random) -> None:
    assert all(0 <= random.uniform() < 1 for _ in range(1000))


def no_token_comes_twice(random: Random) -> None:
    assert len({random.new_id() for _ in range(1000)}) == 1000


def a_token_is_a_name_that_may_stand_anywhere(random: Random) -> None:
    """In a path, a header, a query and a log line."""
    for token in (random.new_id() for _ in range(100)):
        assert token.isascii()
        assert token.replace("-", "").replace("_", "").isalnum()
        assert len(token) <= 64


LAWS: tuple[Law, ...] = (
    a_fraction_is_at_least_zero_and_below_one,
    no_token_comes_twice,
    a_token_is_a_name_that_may_stand_anywhere,
)
