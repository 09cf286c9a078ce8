"""Readers of numbers on the command line, each with its bounds. They know no command."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def _ranged(low: float, high: float | None, unit: str, whole: bool) -> Callable[[str], float | int]:
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


temperature = _ranged(0, 2, "a number", whole=False)
share = _ranged(0, 1, "a number", whole=False)
count = _ranged(1, None, "a whole number", whole=True)
seconds = _ranged(0.001, None, "a number of seconds", whole=False)
number = _ranged(0, None, "a number", whole=False)
port = _ranged(0, 65535, "a port number", whole=True)
seed = _ranged(0, None, "a whole number", whole=True)
