"""A three-way merge of JSON: the change from one value to another, done to a third that says more. Pure and total.

The third is what a client sent; the two are what we would have written for it as it was read, and as it is now.
What both have in common stays as the client wrote it, unknown fields and spellings included.
"""

from __future__ import annotations

from difflib import SequenceMatcher

from pointsman.core.json import Json, JsonObject

_IDENTITY = ("role", "type", "id", "name", "tool_use_id", "tool_call_id", "call_id")
"""Fields that tell which item of a list is which."""
_MAX_MATCHED = 400
"""Items in the changed middle of a list that are matched by identity; a longer middle is taken as it is now."""


def merge(before: Json, now: Json, original: Json) -> Json:
    """`original` with the differences between `before` and `now` done to it."""
    if is_same(before, now):
        return original
    if isinstance(original, list):  # a text, and a list of that text, are the same content
        before, now = _as_blocks(before, original), _as_blocks(now, original)
    if isinstance(now, dict) and isinstance(original, dict):
        return _merge_objects(before if isinstance(before, dict) else {}, now, original)
    if isinstance(before, list) and isinstance(now, list) and isinstance(original, list):
        return _merge_lists(before, now, original)
    return now


def is_same(one: Json, other: Json) -> bool:
    """Equal as JSON: unlike in Python, true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one is other or (one.keys() == other.keys() and all(is_same(one[name], other[name]) for name in one))
    if isinstance(one, list) and isinstance(other, list):
        return one is other or (len(one) == len(other) and all(map(is_same, one, other)))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _merge_objects(before: JsonObject, now: JsonObject, original: JsonObject) -> JsonObject:
    merged: JsonObject = {}
    for name, value in original.items():
        if name in now or name not in before:
            merged[name] = value
        elif beyond := _unread_part(before[name], value):
            merged[name] = beyond
    for name, value in now.items():
        if name not in before or not is_same(before[name], value):
            merged[name] = merge(before.get(name), value, original[name]) if name in original else value
    return merged


def _unread_part(gone: Json, original: Json) -> JsonObject:
    """What an object that is gone held beside what was read of it, such as options of a server; one with a type goes
    as a whole: it is one thing, and the rest of it alone would be none."""
    if not isinstance(gone, dict) or not isinstance(original, dict) or "type" in gone:
        return {}
    return _merge_objects(gone, {}, original)


def _merge_lists(before: list[Json], now: list[Json], original: list[Json]) -> list[Json]:
    shortest = min(len(before), len(now))
    start = next((at for at in range(shortest) if not is_same(before[at], now[at])), shortest)
    rest = shortest - start
    end = next((at for at in range(rest) if not is_same(before[-1 - at], now[-1 - at])), rest)
    if len(before) != len(original):  # items were joined or split in reading, so they cannot be told one by one
        return _merge_uneven(before, now, original, start, end)
    old, new = before[start : len(before) - end], now[start : len(now) - end]
    items = original[start : len(original) - end]
    origin = _match_items(old, new)
    middle = [merge(old[origin[at]], item, items[origin[at]]) if at in origin else item for at, item in enumerate(new)]
    return [*original[:start], *middle, *original[len(original) - end :]]


def _match_items(old: list[Json], new: list[Json]) -> dict[int, int]:
    """Which old item each new one was: by place where there are as many, else by identity."""
    if len(old) == len(new):
        return {at: at for at in range(len(new))}
    if max(len(old), len(new)) > _MAX_MATCHED:
        return {}
    matcher = SequenceMatcher(None, list(map(_identity, old)), list(map(_identity, new)), autojunk=False)
    return {run.b + at: run.a + at for run in matcher.get_matching_blocks() for at in range(run.size)}


def _identity(item: Json) -> str:
    if not isinstance(item, dict):
        return repr([item])
    function = item.get("function")
    name = function.get("name") if isinstance(function, dict) else None
    return repr([*(item.get(field) for field in _IDENTITY), name])


def _merge_uneven(before: list[Json], now: list[Json], original: list[Json], start: int, end: int) -> list[Json]:
    """Keep both ends of `original` where they say all that was read of them; between them stands what is now."""
    new = now[start : len(now) - end]
    if start == len(before):  # appended
        return [*original, *new]
    if end == len(before):  # put in front
        return [*new, *original]
    head, tail = zip(before[:start], original, strict=False), zip(before[::-1][:end], original[::-1], strict=False)
    if start + end > len(original) or not all(covers(item, known) for known, item in (*head, *tail)):
        return now
    return [*original[:start], *new, *original[len(original) - end :]]


def covers(original: Json, known: Json) -> bool:
    """Whether `original` says all that `known` says."""
    if isinstance(original, list):
        known = _as_blocks(known, original)
    if isinstance(original, dict) and isinstance(known, dict):
        return all(name in original and covers(original[name], value) for name, value in known.items())
    if isinstance(original, list) and isinstance(known, list):
        return len(original) == len(known) and all(map(covers, original, known))
    return is_same(original, known)


def _as_blocks(content: Json, original: list[Json]) -> Json:
    if not isinstance(content, str):
        return content
    kind = next((block.get("type") for block in original if isinstance(block, dict) and "text" in block), None)
    return content if kind is None else [{"type": kind, "text": content}]


def difference(known: Json, original: Json) -> Json:
    """What `original` says beyond `known`; None where that is nothing. It belongs into the key of a cached answer."""
    if is_same(known, original):
        return None
    if isinstance(known, dict) and isinstance(original, dict):
        beyond = {name: difference(known[name], value) if name in known else value for name, value in original.items()}
        return {name: value for name, value in beyond.items() if value is not None or name not in known} or None
    if isinstance(known, list) and isinstance(original, list) and len(known) == len(original):
        return [difference(one, other) for one, other in zip(known, original, strict=True)]
    return original
