"""How many examples a property tries where the usual hundred are not right for it."""

from hypothesis import settings


def examples(full: int) -> int:
    """`full` of them with `--full`; else a fifth, as of every property."""
    return full if settings.get_current_profile_name() == "full" else max(full // 5, 5)
