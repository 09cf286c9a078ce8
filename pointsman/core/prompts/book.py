"""All prompt templates there are, by name and version. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import InvalidRequest
from pointsman.core.prompts.prompt import PromptTemplate


@attrs.frozen
class PromptBook:
    """`templates` in any order; of two with the same name and version the later one counts."""

    templates: tuple[PromptTemplate, ...] = ()

    def find(self, ref: str) -> Result[PromptTemplate, InvalidRequest]:
        """The template `name@version`, or the newest `name`."""
        name, mark, version = ref.partition("@")
        found = {one.version: one for one in self.templates if one.name == name}
        if not found:
            return _missing(f"there is no prompt {name!r}", sorted({one.name for one in self.templates}))
        if not mark:
            return Success(found[max(found)])
        if version.isdecimal() and int(version) in found:
            return Success(found[int(version)])
        return _missing(f"the prompt {name!r} has no version {version!r}", map(str, sorted(found)))

    @property
    def list_templates(self) -> tuple[PromptTemplate, ...]:
        """Every template once, by name and version."""
        unique = {(one.name, one.version): one for one in self.templates}
        return tuple(unique[key] for key in sorted(unique))


def _missing(problem: str, known: Iterable[str]) -> Failure[InvalidRequest]:
    detail = f"{problem}; there are {', '.join(known) or 'none'}"
    return Failure(InvalidRequest(detail=detail, problems=(detail,), local=True))
