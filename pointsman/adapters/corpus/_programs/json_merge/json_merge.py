"""Patches of JSON documents: values by path, patches merged in, the patch between two documents.

Topics: json, dicts, recursion
"""

from copy import deepcopy
from typing import TypeAlias

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"


def lookup(document: JSON, path: str) -> JSON:
    """The value at a path such as `/users/0/name`; `~1` stands for `/`, `~0` for `~`. Raises LookupError."""
    value = document
    for part in path.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and key.isdigit():
            value = value[int(key)]
        elif isinstance(value, dict):
            value = value[key]
        else:
            raise LookupError(f"no {key} in {path}")
    return value


def merge(document: JSON, patch: JSON) -> JSON:
    """The document with the patch: dicts are merged, None takes away, all else is replaced. Nothing is changed."""
    if not isinstance(patch, dict):
        return deepcopy(patch)
    merged = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def patch_between(old: dict[str, JSON], new: dict[str, JSON], patch: dict[str, JSON] | None = None) -> dict[str, JSON]:
    """The smallest patch that makes the new document of the old one, added to `patch`."""
    patch = {} if patch is None else patch
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            patch[key] = None
        elif key not in old:
            patch[key] = deepcopy(new[key])
        elif old[key] != new[key]:
            before, after = old[key], new[key]
            if isinstance(before, dict) and isinstance(after, dict):
                patch[key] = patch_between(before, after)
            else:
                patch[key] = deepcopy(after)
    return patch
