"""Which models a list of patterns opens, such as `openai/*`. Pure text; it knows no key and no request."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase


def opens_model(patterns: tuple[str, ...], ref: str) -> bool:
    """Whether `patterns` open `ref` (`provider/model`, as it is asked in the end); none open all.

    A pattern's `*` takes slashes too, so what could lead elsewhere (`..`, control characters) fits none.
    """
    if not patterns:
        return True
    plain = ref.isprintable() and not any(part in (".", "..") for part in re.split(r"[/\\]", ref))
    return plain and any(fnmatchcase(ref, pattern) for pattern in patterns)


def exactly(ref: str) -> str:
    """The pattern that fits `ref` and nothing else."""
    return re.sub(r"([*?\[])", r"[\1]", ref)
