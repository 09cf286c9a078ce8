from matrix_ops import build, multiply, solve, transpose


def test_a_product() -> None:
    left = build(2, 2, lambda row, column: row + 2 * column)
    assert multiply(left, left) == [[2, 6], [3, 11]]
    assert transpose(left) == [[0, 1], [2, 3]]


def test_equations_are_solved() -> None:
    matrix = build(2, 2, lambda row, column: 1 if row == 0 else 2 * column)
    assert solve(matrix, [5, 6]) == [2, 3]
