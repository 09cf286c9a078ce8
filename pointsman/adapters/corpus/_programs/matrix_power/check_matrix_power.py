"""Checks of matrices."""

from matrix_power import identity, power, product, shape, turn, ways

SQUARE = [[2, 1], [0, 3]]


def check_shapes() -> object:
    found = []
    matrices: list[list[list[int]]] = [[], [[]], [[1, 2]], [[1], [2]], [[1], [1, 2]]]
    for matrix in matrices:
        try:
            found.append(str(shape(matrix)))
        except ValueError:
            found.append("ValueError")
    return found


def check_identity() -> object:
    return [identity(size) for size in (0, 1, 3)]


def check_products() -> object:
    return [
        product([[1, 2, 3]], [[1], [2], [3]]),
        product([[1], [2]], [[3, 4]]),
        product(SQUARE, SQUARE),
        product(SQUARE, SQUARE, 4),
    ]


def check_shapes_that_do_not_fit() -> object:
    found = []
    for left, right in (([[1, 2]], [[1, 2]]), ([[1]], [[1], [2]]), ([[1, 2]], [[1], [2]]), ([[1]], [[1, 2], [3]])):
        try:
            found.append(str(product(left, right)))
        except ValueError:
            found.append("ValueError")
    return found


def check_powers() -> object:
    return [power(SQUARE, exponent) for exponent in (0, 1, 2, 3, 7)] + [power(SQUARE, 5, 7), power([], 3)]


def check_refused_powers() -> object:
    found = []
    for matrix, exponent in ((SQUARE, -1), ([[1, 2]], 2), ([[5]], 0)):
        try:
            found.append(str(power(matrix, exponent)))
        except ValueError:
            found.append("ValueError")
    return found


def check_large_powers() -> object:
    return power([[1, 1], [1, 0]], 10**18, 10**9 + 7)


def check_ways() -> object:
    net = {"c": "ab", "a": "bbc", "b": "a"}
    return [
        ways(net, start, end, steps)
        for start, end, steps in (("a", "b", 1), ("a", "a", 0), ("a", "b", 0), ("c", "c", 5), ("b", "c", 2))
    ]


def check_turned() -> object:
    matrix = [[1, 2, 3], [4, 5, 6]]
    return [turn(matrix, times) for times in (-1, 0, 1, 2, 3, 4)] + [turn(matrix), matrix, turn([])]
