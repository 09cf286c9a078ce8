"""Matrices of whole numbers: products, fast powers, turned and mirrored, and how many ways a net has.

Topics: matrices, algorithms
"""

from collections.abc import Sequence

Matrix = list[list[int]]


def shape(matrix: Sequence[Sequence[int]]) -> tuple[int, int]:
    """Rows and columns; raises ValueError if the rows differ in length."""
    widths = {len(row) for row in matrix}
    if len(widths) > 1:
        raise ValueError("rows of different lengths")
    return len(matrix), widths.pop() if widths else 0


def identity(size: int) -> Matrix:
    """Ones from corner to corner."""
    return [[int(row == column) for column in range(size)] for row in range(size)]


def product(left: Matrix, right: Matrix, modulus: int | None = None) -> Matrix:
    """Rows by columns; raises ValueError if the shapes do not fit."""
    if shape(left)[1] != shape(right)[0]:
        raise ValueError(f"{shape(left)} does not fit {shape(right)}")
    columns = list(zip(*right, strict=True))
    sums = [[sum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in left]
    return sums if modulus is None else [[value % modulus for value in row] for row in sums]


def power(matrix: Matrix, exponent: int, modulus: int | None = None) -> Matrix:
    """The matrix times itself, in few steps; raises ValueError for a negative exponent."""
    rows, columns = shape(matrix)
    if rows != columns or exponent < 0:
        raise ValueError("only square matrices have powers, from 0 on")
    result = identity(rows)
    while exponent:
        if exponent % 2:
            result = product(result, matrix, modulus)
        matrix = product(matrix, matrix, modulus)
        exponent //= 2
    return result


def ways(net: dict[str, str], start: str, end: str, steps: int) -> int:
    """How many ways of so many steps there are; the net says for each place which ones follow."""
    places = sorted(net)
    matrix = [[net[place].count(other) for other in places] for place in places]
    return power(matrix, steps)[places.index(start)][places.index(end)]


def turn(matrix: Matrix, times: int = 1) -> Matrix:
    """Turned to the right by quarters."""
    for _ in range(times % 4):
        matrix = [list(row) for row in zip(*matrix[::-1], strict=True)]
    return matrix
