"""Matrices as lists of rows: built, multiplied, turned, solved.

Topics: matrices, numbers
"""

from collections.abc import Callable
from fractions import Fraction

Matrix = list[list[Fraction]]


def build(rows: int, columns: int, value: Callable[[int, int], int]) -> Matrix:
    """A matrix whose fields `value` gives; rows of nothing are refused."""
    if rows < 1 or columns < 1:
        raise ValueError("a matrix has rows and columns")
    matrix = [[Fraction(0)] * columns for _ in range(rows)]
    for row in range(rows):
        for column in range(columns):
            matrix[row][column] = Fraction(value(row, column))
    return matrix


def multiply(left: Matrix, right: Matrix) -> Matrix:
    """The product of two matrices."""
    if len(left[0]) != len(right):
        raise ValueError("these cannot be multiplied")
    turned = transpose(right)
    return [[sum((a * b for a, b in zip(row, column, strict=True)), Fraction(0)) for column in turned] for row in left]


def transpose(matrix: Matrix) -> Matrix:
    """Rows as columns."""
    return [list(column) for column in zip(*matrix, strict=True)]


def solve(matrix: Matrix, wanted: list[int]) -> list[Fraction] | None:
    """The numbers by which the columns give `wanted`; None where there are none, or many."""
    size = len(matrix)
    rows = [[*row, Fraction(value)] for row, value in zip(matrix, wanted, strict=True)]
    for step in range(size):
        pivot = next((row for row in range(step, size) if rows[row][step] != 0), None)
        if pivot is None:
            return None
        rows[step], rows[pivot] = rows[pivot], rows[step]
        rows[step] = [value / rows[step][step] for value in rows[step]]
        for row in range(size):
            if row != step:
                factor = rows[row][step]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[step], strict=True)]
    return [row[-1] for row in rows]
