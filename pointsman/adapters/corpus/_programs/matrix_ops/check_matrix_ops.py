"""Checks of matrices."""

from collections.abc import Callable

from matrix_ops import Matrix, build, multiply, solve, transpose


def plain(matrix: Matrix) -> list[list[str]]:
    return [[str(value) for value in row] for row in matrix]


def outcome(run: Callable[[], Matrix]) -> object:
    try:
        return plain(run())
    except ValueError as error:
        return type(error).__name__


def numbers(*rows: list[int]) -> Matrix:
    return build(len(rows), len(rows[0]), lambda row, column: rows[row][column])


def check_built() -> object:
    return [
        outcome(lambda s=size: build(*s, lambda row, column: 3 * row - column)) for size in ((1, 1), (2, 3), (3, 1))
    ]


def check_refused() -> object:
    return [outcome(lambda s=size: build(*s, lambda row, column: 1)) for size in ((0, 1), (1, 0), (-1, 2))]


def check_products() -> object:
    pairs = [
        (numbers([2]), numbers([-3])),
        (numbers([1, 2, 3]), numbers([4], [5], [6])),
        (numbers([4], [5]), numbers([1, 2])),
        (numbers([1, 2], [3, 4]), numbers([1, 2, 3])),
        (numbers([1, 2]), numbers([1], [2], [3])),
    ]
    return [outcome(lambda a=left, b=right: multiply(a, b)) for left, right in pairs]


def check_turned() -> object:
    return [plain(transpose(numbers([1, 2, 3], [4, 5, 6]))), plain(transpose(numbers([7])))]


def check_solved() -> object:
    systems = [
        (numbers([2]), [3]),
        (numbers([0, 2], [3, 0]), [4, 9]),
        (numbers([1, 2, 3], [2, 4, 1], [1, 1, 1]), [14, 13, 6]),
        (numbers([1, 1], [2, 2]), [1, 2]),
        (numbers([0]), [0]),
    ]
    solved = [solve(matrix, wanted) for matrix, wanted in systems]
    return [None if found is None else [str(value) for value in found] for found in solved]


def check_nothing_is_changed() -> object:
    matrix = numbers([0, 1], [1, 0])
    solve(matrix, [1, 2])
    transpose(matrix)[0][0] += 5
    return plain(matrix)


def check_wrong_sizes() -> object:
    found = []
    for run in (lambda: solve(numbers([1, 0], [0, 1]), [1]), lambda: transpose([*numbers([1, 2]), *numbers([1])])):
        try:
            found.append(str(run()))
        except ValueError as error:
            found.append(type(error).__name__)
    return found
