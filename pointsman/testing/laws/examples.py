"""How often a property is tried, and on which event loops."""

from importlib.util import find_spec

from hypothesis import settings

BACKENDS = ("asyncio", "trio") if find_spec("trio") else ("asyncio",)


def examples(full: int) -> int:
    """`full` where the profile tries a hundred examples, as Hypothesis does unasked; else in proportion, at least 5."""
    return max(full * settings().max_examples // 100, 5)
