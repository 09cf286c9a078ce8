"""What changed between two settings: added, removed, changed, moved names, as lines that people read.

Topics: dicts, diff, reports
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

Tree = Mapping[str, object]


class Difference(NamedTuple):
    """At a path: `+`, `-` or `~`, and the values before and after."""

    sign: str
    path: str
    old: object = None
    new: object = None


def flatten(tree: Tree, start: str = "") -> Iterator[tuple[str, object]]:
    """Path and value of each leaf; an empty dict is a leaf, items of lists have numbers."""
    for key in tree:
        path = f"{start}.{key}" if start else str(key)
        value = tree[key]
        if isinstance(value, (list, tuple)) and value:
            value = {f"[{number}]": item for number, item in enumerate(value)}
        if isinstance(value, Mapping) and value:
            yield from flatten(value, path)
        else:
            yield path, value


def compare(old: Tree, new: Tree, ignore: tuple[str, ...] = ()) -> list[Difference]:
    """The differences, sorted by path; paths that begin with one of `ignore` are left out."""
    before, after = dict(flatten(old)), dict(flatten(new))
    found = []
    for path in sorted(before.keys() | after.keys()):
        if path.startswith(ignore):
            continue
        if path not in after:
            found.append(Difference("-", path, before[path]))
        elif path not in before:
            found.append(Difference("+", path, None, after[path]))
        elif before[path] != after[path] or type(before[path]) is not type(after[path]):
            found.append(Difference("~", path, before[path], after[path]))
    return found


def moves(found: list[Difference]) -> dict[str, str]:
    """Old path → new path of values that went from one to another, where that is clear."""
    gone: dict[str, list[str]] = {}
    for one in found:
        if one.sign == "-":
            gone.setdefault(repr(one.old), []).append(one.path)
    pairs = {}
    for one in found:
        if one.sign == "+":
            paths = gone.pop(repr(one.new), [])
            if len(paths) == 1:
                pairs[paths[0]] = one.path
    return pairs


def lines(found: list[Difference]) -> list[str]:
    """As `~ a.b: 1 → 2`."""
    texts = {"+": "{0.new!r}", "-": "{0.old!r}", "~": "{0.old!r} → {0.new!r}"}
    return [f"{one.sign} {one.path}: " + texts[one.sign].format(one) for one in found]
