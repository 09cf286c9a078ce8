"""Definitions of a schema that hold each other, and whether they come back to themselves. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import attrs


@attrs.frozen
class Edge:
    """A definition (empty: the root) that holds another, and whether only within an optional property."""

    holder: str
    held: str
    path: str
    optional: bool


def cyclic(edges: Sequence[Edge]) -> Edge | None:
    """The first of `edges` that leads back to where it comes from. In time that grows with their number."""
    circles = _circles(edges)
    return next((edge for edge in edges if circles[edge.holder] == circles[edge.held]), None)


def _circles(edges: Sequence[Edge]) -> Mapping[str, int]:
    """A number for each definition; two have the same if each holds the other, directly or not (Kosaraju, Sharir)."""
    held, holders = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for edge in edges:
        held[edge.holder].append(edge.held)
        holders[edge.held].append(edge.holder)
    names = dict.fromkeys(name for edge in edges for name in (edge.holder, edge.held))
    left, finished = set(names), list[str]()
    for name in names:
        finished += _walk(name, held, left)
    left, found = set(names), dict[str, int]()
    for number, name in enumerate(reversed(finished)):
        found |= dict.fromkeys(_walk(name, holders, left), number)
    return found


def _walk(start: str, ways: Mapping[str, Sequence[str]], left: set[str]) -> list[str]:
    """Those of `left` that can be reached from `start`, each after all that it leads to; they are taken out."""
    reached, path = list[str](), list[tuple[str, Iterator[str]]]()
    if start in left:
        left.remove(start)
        path.append((start, iter(ways.get(start, ()))))
    while path:
        name, rest = path[-1]
        following = next((one for one in rest if one in left), None)
        if following is None:
            reached.append(name)
            path.pop()
        else:
            left.remove(following)
            path.append((following, iter(ways.get(following, ()))))
    return reached
