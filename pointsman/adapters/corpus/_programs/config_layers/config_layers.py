"""Settings from several layers (defaults, file, environment, command line): who wins, and where a value is from.

Topics: configuration, dicts, environment
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from setting_kinds import KINDS, BadValue, convert


@dataclass
class Layer:
    """Texts by dotted name, and what they are from."""

    source: str
    values: dict[str, str] = field(default_factory=dict)


def from_environment(environment: Mapping[str, str], prefix: str = "APP_") -> Layer:
    """`APP_DB__PORT=5` is `db.port`; other variables are left alone."""
    values = {
        name.removeprefix(prefix).lower().replace("__", "."): value
        for name, value in environment.items()
        if name.startswith(prefix) and name != prefix
    }
    return Layer("environment", values)


def from_arguments(arguments: Iterable[str], rest: list[str] | None = None) -> tuple[Layer, list[str]]:
    """`--db.port=5` and `--verbose` (which is true); all other words, and all after `--`, are the rest."""
    rest = [] if rest is None else rest
    layer = Layer("command line")
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest.extend(words)
        elif word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            layer.values[name] = value if equals else "true"
        else:
            rest.append(word)
    return layer, rest


class Settings:
    """Values of layers, the later ones win."""

    def __init__(self, *layers: Layer) -> None:
        self.layers = layers

    def find(self, name: str) -> tuple[str, str]:
        """Text and source; raises KeyError for a name that no layer has."""
        for layer in reversed(self.layers):
            if name in layer.values:
                return layer.values[name], layer.source
        raise KeyError(name)

    def get(self, name: str, kind: str = "text") -> object:
        """The converted value; raises BadValue with its source."""
        text, source = self.find(name)
        try:
            return convert(text, kind)
        except ValueError as error:
            raise BadValue(name, text, source) from error

    def unknown(self) -> list[str]:
        """Names of settings whose kind is not known, sorted."""
        return sorted({name for layer in self.layers for name in layer.values} - KINDS.keys())
