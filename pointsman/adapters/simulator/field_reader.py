"""Reads a settings object field by field and keeps a list of everything wrong with it, each with its place."""

from __future__ import annotations

import attrs

from pointsman.core.json import Json, JsonObject, as_object, float_or_none, int_or_none


@attrs.define
class Findings:
    """The fields of one object at `place`; `problems` is shared with the objects inside it."""

    fields: JsonObject
    place: str
    problems: list[str]

    @classmethod
    def of(cls, value: Json, place: str, known: tuple[str, ...], problems: list[str] | None = None) -> Findings:
        """Begin to read `value`: it should be an object with none but the `known` fields."""
        found = cls(as_object(value), place, [] if problems is None else problems)
        if not isinstance(value, dict):
            found.problem("must be an object")
        for name in found.fields:
            if name not in known:
                found.problem(f"unknown field `{name}`; there are {', '.join(known)}")
        return found

    def problem(self, text: str) -> None:
        """Note something wrong here."""
        self.problems.append(f"{self.place}: {text}")

    def text(self, name: str) -> str | None:
        """The text `name`, or None if it is absent."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            self.problem(f"`{name}` must be a text")
        return value if isinstance(value, str) else None

    def flag(self, name: str) -> bool | None:
        """The boolean `name`, or None if it is absent."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, bool):
            self.problem(f"`{name}` must be true or false")
        return value if isinstance(value, bool) else None

    def count(self, name: str) -> int | None:
        """The whole number `name` of at least 1, or None if it is absent."""
        value = self.fields.get(name)
        number = int_or_none(value)
        if value is not None and (number is None or number < 1):
            self.problem(f"`{name}` must be a whole number of at least 1")
        return number

    def number(self, name: str, least: float, most: float) -> float | None:
        """The number `name` between `least` and `most`, or None if it is absent."""
        value = self.fields.get(name)
        number = float_or_none(value)
        if value is not None and (number is None or not least <= number <= most):
            self.problem(f"`{name}` must be a number from {least:g} to {most:g}")
        return number

    def child(self, name: str, known: tuple[str, ...]) -> Findings:
        """The object `name`, empty if it is absent."""
        return Findings.of(self.fields.get(name, {}), f"{self.place}.{name}", known, self.problems)

    def items(self, name: str, known: tuple[str, ...]) -> list[Findings]:
        """The objects in the list `name`, none if it is absent."""
        value = self.fields.get(name, [])
        if not isinstance(value, list):
            self.problem(f"`{name}` must be a list")
            return []
        return [
            Findings.of(each, f"{self.place}.{name}[{number}]", known, self.problems)
            for number, each in enumerate(value, 1)
        ]
