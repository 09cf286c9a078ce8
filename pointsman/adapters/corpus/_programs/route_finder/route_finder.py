"""Ways through a net of roads: the shortest, with few changes, all that can be reached in a time.

Topics: graphs, heaps, search
"""

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import NamedTuple

Roads = dict[str, dict[str, int]]


class Route(NamedTuple):
    """How long, and over which places."""

    length: int
    places: tuple[str, ...]


def read_roads(lines: Iterable[str], roads: Roads | None = None) -> Roads:
    """Roads from `A-B 5` (both ways) and `A>B 5` (one way); of two the shorter one counts."""
    roads = {} if roads is None else roads
    for line in lines:
        names, _, length = line.rpartition(" ")
        both = "-" in names
        start, end = names.split("-" if both else ">", 1)
        for one, other in ((start, end), (end, start))[: 2 if both else 1]:
            known = roads.setdefault(one, {})
            known[other] = min(known.get(other, int(length)), int(length))
        roads.setdefault(end, {})
    return roads


def shortest(roads: Roads, start: str, goal: str, closed: frozenset[str] = frozenset()) -> Route | None:
    """The shortest route that goes through no closed place; of equal ones that of the fewest places, then by name."""
    heap: list[tuple[int, int, tuple[str, ...]]] = [(0, 1, (start,))]
    seen: set[str] = set()
    while heap:
        length, count, places = heappop(heap)
        place = places[-1]
        if place == goal:
            return Route(length, places)
        if place in seen:
            continue
        seen.add(place)
        for following, more in roads[place].items():
            if following not in seen and following not in closed:
                heappush(heap, (length + more, count + 1, (*places, following)))
    return None


def reach(roads: Roads, start: str, limit: int) -> dict[str, int]:
    """All places within the limit with their distances, the nearest first, equal ones by name."""
    found: dict[str, int] = {}
    heap = [(0, start)]
    while heap:
        length, place = heappop(heap)
        if place in found or length > limit:
            continue
        found[place] = length
        for following, more in roads[place].items():
            heappush(heap, (length + more, following))
    return found
