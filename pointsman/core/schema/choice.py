"""A schema for one of several plain values. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pointsman.core.json import Json, JsonObject, as_object
from pointsman.core.schema.json_schema import key_of, type_of


def distinct(values: Sequence[Json]) -> list[Json]:
    """Each of `values` once."""
    return list({key_of(one): one for one in reversed(values)}.values())[::-1]


def choice(values: list[Json], plain: bool) -> tuple[JsonObject, bool]:
    """The enum of `values` with their types, and whether it allows more than they are.

    Unless `plain`, an enum holds texts and numbers alone, and truth values and null become types beside it.
    """
    told = [type_of(value) for value in values]
    wide = "number" in told
    kinds = list(dict.fromkeys("number" if wide and kind == "integer" else kind for kind in told))
    apart = [kind for kind in kinds if kind in ("boolean", "null") and not plain]
    rest = [value for value in values if type_of(value) not in apart]
    kept = [kind for kind in kinds if kind not in apart]
    written: list[Json] = [{"type": kind} for kind in apart]
    if rest:
        written.insert(0, {"type": kept[0] if len(kept) == 1 else [*kept], "enum": rest})
    loose = "boolean" in apart and not (True in values and False in values)
    return as_object(written[0]) if len(written) == 1 else {"anyOf": written}, loose
