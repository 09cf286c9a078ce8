"""Names of the user's own for models: one name, or all that fit a pattern, stands for another. Pure; it asks nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import attrs

from pointsman.core.error import InvalidRequest, invalid_request
from pointsman.core.routing.policy import AUTO

LONGEST_NAME = 500
"""Characters of a model's name: whoever asks writes it, and it is kept in records, counts and what is remembered."""
_STAR = "*"
_SAMPLE = "\0"
"""What a star stands for while a pattern is looked for loops; no name has it."""


def refuse_long_name(model: str) -> InvalidRequest | None:
    """Why no model can be called `model`; None where one can."""
    if len(model) <= LONGEST_NAME:
        return None
    problem = f"the name of the model has {len(model):,} characters; none has more than {LONGEST_NAME}"
    return invalid_request(problem, status=400)


@attrs.frozen
class Aliases:
    """What each name stands for: `{"fast": "ollama/qwen3", "claude-haiku-*": "anthropic/claude-haiku-*"}`.

    A name may hold one `*`, which stands for any text; a `*` in the target is that text again. An exact name wins over
    a pattern, of patterns the longest wins. A target may be an alias again. `auto` and the empty name are no aliases.
    """

    targets: Mapping[str, str] = attrs.field(factory=dict)
    _patterns: tuple[str, ...] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        patterns = sorted((name for name in self.targets if _STAR in name), key=len, reverse=True)
        # a frozen class sets its derived field this way
        object.__setattr__(self, "_patterns", tuple(patterns))

    def resolve(self, name: str) -> str:
        """The model reference that `name` stands for: itself where it is no alias."""
        return self._path(name)[-1] if self.targets else name

    def problems(self) -> Iterator[tuple[str, str]]:
        """What is wrong, with the alias it is about."""
        for name, target in self.targets.items():
            problem = _problem(name, target) or self._loop(name)
            if problem:
                yield name, problem

    def exact(self) -> tuple[str, ...]:
        """The aliases that are names, not patterns."""
        return tuple(name for name in self.targets if _STAR not in name)

    def _path(self, name: str) -> list[str]:
        """`name` and what it stands for, step by step; each alias is taken once."""
        path, taken = [name], set[str]()
        while (alias := self._alias(path[-1])) is not None and alias not in taken:
            taken.add(alias)
            path.append(_fill(alias, self.targets[alias], path[-1]))
        return path

    def _alias(self, name: str) -> str | None:
        if name in ("", AUTO):
            return None
        return name if name in self.targets else next((one for one in self._patterns if _fits(one, name)), None)

    def _loop(self, name: str) -> str | None:
        path = self._path(name.replace(_STAR, _SAMPLE))
        steps = [step for step, following in pairwise(path) if step != following]
        shown = " → ".join(step.replace(_SAMPLE, _STAR) if _STAR in name else step for step in path)
        return f"it leads back to itself ({shown})" if path[-1] in steps or len({*steps}) < len(steps) else None


def _problem(name: str, target: str) -> str | None:
    if name in ("", AUTO):
        return "it is the name by which the router is asked to choose"
    if name.count(_STAR) > 1 or target.count(_STAR) > 1:
        return "it has more than one *"
    if not target:
        return "it stands for no model"
    return "its target has a *, and it has none" if _STAR in target and _STAR not in name else None


def _fits(pattern: str, name: str) -> bool:
    start, _, end = pattern.partition(_STAR)
    return len(name) >= len(start) + len(end) and name.startswith(start) and name.endswith(end)


def _fill(alias: str, target: str, name: str) -> str:
    start, star, end = alias.partition(_STAR)
    return target.replace(_STAR, name[len(start) : len(name) - len(end)]) if star else target
