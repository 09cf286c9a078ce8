"""Why a request goes where it goes."""

from __future__ import annotations

import attrs


@attrs.frozen
class Ranked:
    """A model that may be asked, as `provider/model`, and why it has this place."""

    model: str
    reason: str


@attrs.frozen(kw_only=True)
class Explanation:
    """The models in the order in which they are asked, and those passed over, each with its reason."""

    task: str = ""
    strategy: str = ""
    ranked: tuple[Ranked, ...] = ()
    passed_over: tuple[Ranked, ...] = ()

    def __str__(self) -> str:
        lines = [f"{number}. {one.model}: {one.reason}" for number, one in enumerate(self.ranked, 1)]
        lines += [f"-  {one.model}: passed over, {one.reason}" for one in self.passed_over]
        return "\n".join(lines)
