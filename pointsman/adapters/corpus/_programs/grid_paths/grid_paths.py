"""Ways through a grid of fields, some of which are closed.

Topics: matrices, recursion, memory of results
"""

from collections import deque
from collections.abc import Callable
from functools import lru_cache

Field = tuple[int, int]


def read_grid(text: str) -> list[list[bool]]:
    """Rows of fields: `#` is closed, all else is open. Short rows are open at their end."""
    lines = text.strip("\n").split("\n")
    width = max(len(line) for line in lines)
    grid = [[True] * width for _ in lines]
    for row, line in enumerate(lines):
        for column, sign in enumerate(line):
            if sign == "#":
                grid[row][column] = False
    return grid


def count_ways(rows: int, columns: int, is_open: Callable[[int, int], bool]) -> int:
    """How many ways lead from the first field to the last, each step to the right or down."""

    @lru_cache(maxsize=None)
    def ways(row: int, column: int) -> int:
        if row >= rows or column >= columns or not is_open(row, column):
            return 0
        if (row, column) == (rows - 1, columns - 1):
            return 1
        return ways(row + 1, column) + ways(row, column + 1)

    return ways(0, 0)


def distance(grid: list[list[bool]], start: Field, goal: Field) -> int | None:
    """The fewest steps from `start` to `goal`, in four directions; None where no way leads there."""
    steps = {start: 0}
    waiting = deque([start])
    while waiting:
        row, column = waiting.popleft()
        if (row, column) == goal:
            return steps[goal]
        for place in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            inside = 0 <= place[0] < len(grid) and 0 <= place[1] < len(grid[0])
            if inside and grid[place[0]][place[1]] and place not in steps:
                steps[place] = steps[row, column] + 1
                waiting.append(place)
    return None
