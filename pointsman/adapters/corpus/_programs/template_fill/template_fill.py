"""Templates with `{name}`, `{name|filter}` and `{name:default}`; what is missing is listed all at once.

Topics: text, templates, validation
"""

import re
from collections.abc import Callable, Mapping

FIELD = re.compile(r"\{(\w+)(?:\|(\w+))?(?::([^{}]*))?\}")

FILTERS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "title": str.title,
    "quote": lambda text: '"' + text.replace('"', '\\"') + '"',
    "first": lambda text: text.split(maxsplit=1)[0] if text.strip() else "",
}


class TemplateError(ValueError):
    """Names that have no value, and filters that are not known."""

    def __init__(self, missing: list[str], unknown: list[str]) -> None:
        super().__init__(f"missing: {', '.join(missing) or '-'}; unknown: {', '.join(unknown) or '-'}")
        self.missing = missing
        self.unknown = unknown


def names(template: str) -> list[str]:
    """The names in the template, each once, in their order."""
    return list(dict.fromkeys(match[1] for match in FIELD.finditer(template)))


def fill(template: str, values: Mapping[str, object], filters: dict[str, Callable[[str], str]] | None = None) -> str:
    """The text; `{{` and `}}` stand for braces. Raises TemplateError."""
    known = FILTERS if filters is None else {**FILTERS, **filters}
    missing: list[str] = []
    unknown: list[str] = []

    def value(match: re.Match[str]) -> str:
        name, wanted, default = match.groups()
        if name not in values and default is None:
            missing.append(name)
            return ""
        text = str(values.get(name, default))
        if wanted is None:
            return text
        try:
            return known[wanted](text)
        except KeyError:
            unknown.append(wanted)
            return text

    parts = re.split(r"(\{\{|\}\})", template)
    text = "".join(part[0] if part in ("{{", "}}") else FIELD.sub(value, part) for part in parts)
    if missing or unknown:
        raise TemplateError(sorted(set(missing)), sorted(set(unknown)))
    return text
