from route_finder import Route, reach, read_roads, shortest

ROADS = read_roads(["A-B 4", "A-C 1", "C-B 2", "B>D 5"])


def test_the_shortest_way() -> None:
    assert shortest(ROADS, "A", "D") == Route(8, ("A", "C", "B", "D"))
    assert shortest(ROADS, "D", "A") is None


def test_what_can_be_reached() -> None:
    assert reach(ROADS, "A", 3) == {"A": 0, "C": 1, "B": 3}
