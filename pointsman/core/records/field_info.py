"""What is known of a field of a record beside its type: bounds, words, whether it is secret. Data only."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class FieldInfo:
    """What the type of a field does not say; it stands beside the type, as in `Annotated[float, FieldInfo(low=0)]`."""

    low: float | None = 0
    """The least number; None: any."""
    high: float | None = None
    """The greatest number; None: any."""
    unit: str = ""
    """Follows `it is not a number` in a problem, such as `of seconds`."""
    hidden: bool = False
    """Whether a value may hold a secret: then it is never quoted."""
    encrypted: bool = False
    """Whether a text is kept encrypted, as a `Secret` always is."""
    title: str = ""
    """What a form calls it; empty: its name."""
    hint: str = ""
    """What a form says beside it."""
    section: str = ""
    """The part of a form that it stands in; empty: it is in none."""
    elsewhere: tuple[str, ...] = ()
    """What other programs call it: who writes that is told our name."""


PLAIN_FIELD = FieldInfo()
