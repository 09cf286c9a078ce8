from grid_paths import count_ways, distance, read_grid


def test_ways_are_counted() -> None:
    assert count_ways(3, 3, lambda row, column: True) == 6
    assert count_ways(2, 2, lambda row, column: (row, column) != (0, 1)) == 1


def test_the_way_around_a_wall() -> None:
    grid = read_grid("...\n.#.\n.#.")
    assert grid[1] == [True, False, True]
    assert distance(grid, (2, 0), (2, 2)) == 6
