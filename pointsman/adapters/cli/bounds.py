"""Readers of numbers and names on the command line, each with its bounds. They know no command."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from returns.methods import unwrap_or_failure

from pointsman.core.evaluation.sandbox_names import SANDBOXES
from pointsman.core.money.amount import read_amount
from pointsman.core.shared_address import cluster_problem

Number: TypeAlias = Callable[[str], float | int]
"""Reads a number, or raises argparse's own error."""


def _number_between(low: float, high: float | None, unit: str, whole: bool) -> Number:
    def read(text: str) -> float | int:
        try:
            value = int(text) if whole else float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {unit}") from None
        if not value >= low or (high is not None and value > high):
            bounds = f"between {low:g} and {high:g}" if high is not None else f"at least {low:g}"
            raise argparse.ArgumentTypeError(f"{text} is not {bounds}")
        return value

    return read


temperature: Number = _number_between(0, 2, "a number", whole=False)
share: Number = _number_between(0, 1, "a number", whole=False)
count: Number = _number_between(1, None, "a whole number", whole=True)
seconds: Number = _number_between(0.001, None, "a number of seconds", whole=False)
number: Number = _number_between(0, None, "a number", whole=False)
port: Number = _number_between(0, 65535, "a port number", whole=True)
seed: Number = _number_between(0, None, "a whole number", whole=True)


_LAST_PAGE = 100_000


def pages(text: str) -> frozenset[int]:
    """Page numbers, as in `1-3` or `2,5-7`."""
    chosen: set[int] = set()
    for part in text.replace("–", "-").split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        ends = (first, last if dash else first)
        if not all(end.isascii() and end.isdigit() and 1 <= int(end[:7]) <= _LAST_PAGE for end in ends):
            raise argparse.ArgumentTypeError(f"{text!r} is no list of pages such as 1-3 or 2,5-7")
        chosen.update(range(int(ends[0]), int(ends[1]) + 1))
    if not chosen:
        raise argparse.ArgumentTypeError(f"{text!r} has no page in it")
    return frozenset(chosen)


def sandbox(text: str) -> str:
    """The name of a sandbox; docker's may have an image after it."""
    if text in SANDBOXES or text.startswith("docker:"):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(SANDBOXES)}")


def cluster(text: str) -> str:
    """The address of the scheduler of a cluster."""
    problem = cluster_problem(text)
    if problem is not None:
        raise argparse.ArgumentTypeError(problem)
    return text


def dollars(text: str) -> Decimal:
    """An amount of dollars."""
    amount = unwrap_or_failure(read_amount(text))
    if isinstance(amount, Decimal):
        return amount
    raise argparse.ArgumentTypeError(amount)
