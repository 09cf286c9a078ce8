"""Checks of ways through a grid."""

from grid_paths import count_ways, distance, read_grid


def check_grids() -> object:
    return [read_grid(text) for text in ("#", "..\n##", " #\n##", "\n#.\n..#\n", ".\n...", "# #")]


def check_ways() -> object:
    return [count_ways(rows, columns, lambda row, column: True) for rows, columns in ((1, 1), (1, 5), (2, 3), (4, 4))]


def check_closed_fields() -> object:
    closed: list[set[tuple[int, int]]] = [
        set(),
        {(0, 0)},
        {(2, 2)},
        {(1, 1)},
        {(0, 1), (1, 0)},
        {(0, 2), (2, 0)},
        {(1, 2)},
    ]
    return [count_ways(3, 3, lambda row, column, held=held: (row, column) not in held) for held in closed]


def check_a_wide_grid() -> object:
    return [
        count_ways(2, 4, lambda row, column: (row, column) not in {(0, 2)}),
        count_ways(4, 2, lambda row, column: (row, column) not in {(0, 1), (2, 0)}),
    ]


def check_questions() -> object:
    asked = []

    def is_open(row: int, column: int) -> bool:
        asked.append((row, column))
        return True

    return [count_ways(6, 6, is_open), len(asked) <= 36]


def check_distances() -> object:
    grid = read_grid("..#.\n.#..\n....")
    places = [(0, 0), (0, 1), (0, 3), (2, 3), (1, 2)]
    return [distance(grid, start, goal) for start in places for goal in places]


def check_no_way() -> object:
    grid = read_grid(".#.\n##.\n...")
    return [distance(grid, (0, 0), (2, 2)), distance(grid, (2, 2), (0, 0)), distance(grid, (0, 0), (0, 0))]


def check_open_grid() -> object:
    grid = read_grid("....\n....\n....")
    return [distance(grid, (1, 1), (row, column)) for row in range(3) for column in range(4)]


def check_the_shorter_way_around() -> object:
    grid = read_grid("......\n.####.\n......")
    return [distance(grid, (0, 0), goal) for goal in ((2, 0), (2, 1), (2, 2), (0, 5), (2, 5))]


def check_edges() -> object:
    grid = read_grid("....")
    return [distance(grid, (0, 0), (0, 3)), distance(grid, (0, 3), (0, 0)), distance(grid, (0, 0), (1, 0))]
