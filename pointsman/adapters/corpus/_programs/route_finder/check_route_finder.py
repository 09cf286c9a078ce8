"""Checks of routes."""

from route_finder import Roads, reach, read_roads, shortest

LINES = ("A-B 4", "A-C 1", "C-B 2", "B>D 5", "C>D 8", "D-E 1", "F-G 1", "A-E 20")


def route(roads: Roads, start: str, goal: str, *closed: str) -> object:
    found = shortest(roads, start, goal, frozenset(closed))
    return None if found is None else [found.length, "".join(found.places)]


def check_read() -> object:
    return [
        read_roads([]),
        read_roads(["A-B 2", "B-A 1", "A>B 3"]),
        read_roads(["Old Town>B 12", "A-B-C 3", "X>Y>Z 4"]),
    ]


def check_every_map_is_new() -> object:
    mine: Roads = {"X": {"Y": 9}}
    return [
        sorted(read_roads(["A-B 1"])),
        sorted(read_roads(["C-D 1"])),
        sorted(read_roads(["E-X 1"], mine)),
        sorted(mine["X"]),
    ]


def check_shortest() -> object:
    roads = read_roads(LINES)
    return [route(roads, start, goal) for start, goal in ("AD", "DA", "AE", "AA", "AF", "BC", "EB")]


def check_closed() -> object:
    roads = read_roads(LINES)
    return [route(roads, "A", "D", *closed) for closed in ("C", "B", "BC", "BCE", "A", "D")]


def check_equal_lengths() -> object:
    first = read_roads(("A-B 1", "B-D 1", "A-D 2", "A-C 1", "C-D 1"))
    second = read_roads(("A-C 1", "A-B 1", "C-D 1", "B-D 1"))
    return [route(first, "A", "D"), route(second, "A", "D")]


def check_unknown_places() -> object:
    roads, found = read_roads(LINES), []
    for start, goal in ("AZ", "ZA"):
        try:
            found.append(str(route(roads, start, goal)))
        except KeyError:
            found.append("KeyError")
    return found


def check_reach() -> object:
    roads = read_roads(LINES)
    return [
        list(reach(roads, start, limit).items())
        for start, limit in (("A", 0), ("A", 3), ("A", 2), ("A", 99), ("D", 1), ("F", 5), ("A", -1))
    ]


def check_many_ways() -> object:
    asked: list[str] = []

    class Counted(dict[str, dict[str, int]]):
        def __getitem__(self, key: str) -> dict[str, int]:
            asked.append(key)
            if len(asked) > 5000:
                raise TimeoutError
            return super().__getitem__(key)

    roads = Counted()
    for level in range(25):
        for side in "ab":
            roads[f"{level}{side}"] = {f"{level + 1}a": 1, f"{level + 1}b": 1}
    roads["25a"] = roads["25b"] = {}
    found = shortest(roads, "0a", "25b")
    return [found.length if found else None, len(asked) <= 60, len(reach(roads, "0a", 30)), len(asked) < 200]
