"""Rules for a field of a form."""

import re
from collections.abc import Callable
from dataclasses import dataclass


class RuleError(ValueError):
    """What is wrong; `final` if the other rules make no sense then."""

    def __init__(self, text: str, final: bool = False) -> None:
        super().__init__(text)
        self.final = final


@dataclass(frozen=True)
class Rule:
    """Gives the value, perhaps converted, or raises RuleError; `needed` rules mind an empty field."""

    apply: Callable[[object], object]
    needed: bool = False


REQUIRED = Rule(lambda value: value, needed=True)


def _number(value: object) -> object:
    try:
        return int(str(value))
    except ValueError as error:
        raise RuleError("is no number", final=True) from error


NUMBER = Rule(_number)


def between(low: int, high: int) -> Rule:
    """A number from low to high, or a text of such a length."""

    def apply(value: object) -> object:
        size = value if isinstance(value, int) else len(str(value))
        if not low <= size <= high:
            raise RuleError(f"is not between {low} and {high}")
        return value

    return Rule(apply)


def like(pattern: str) -> Rule:
    """A text that the pattern fits from start to end."""

    def apply(value: object) -> object:
        if re.fullmatch(pattern, str(value)) is None:
            raise RuleError("has the wrong form")
        return value

    return Rule(apply)
