"""Checks of coins."""

from coin_change import NoChange, fewest, give_back, ways


def outcome(amount: int, *coins: int) -> object:
    try:
        return fewest(amount, coins)
    except ValueError as error:
        return type(error).__name__


def back(amount: int, box: dict[int, int]) -> object:
    try:
        return sorted(give_back(amount, box).items())
    except NoChange as error:
        return str(error)


def check_fewest() -> object:
    return [outcome(amount, 1, 3, 4, 3) for amount in (0, 1, 2, 3, 5, 6, 8, 10)]


def check_no_change() -> object:
    return [outcome(3, 2), outcome(7, 5, 3), outcome(1), outcome(0), outcome(11, 4, 3)]


def check_refused() -> object:
    return [outcome(-1, 1), outcome(1, 0), outcome(5, -1, 5), outcome(0, 1)]


def check_equal_numbers() -> object:
    return [outcome(6, 1, 2, 4, 5), outcome(8, 4, 5, 3), outcome(40, 20, 25, 15)]


def check_ways() -> object:
    coins = (1, 2, 5)
    return [ways(amount, coins) for amount in (-1, 0, 1, 5, 11)] + [
        ways(3, [2]),
        ways(4, [2, 2]),
        ways(0, []),
        ways(1, []),
    ]


def check_many_ways() -> object:
    return ways(250, (1, 2, 5, 10, 20, 50, 100))


def check_box() -> object:
    return [back(amount, {50: 1, 20: 3, 5: 2}) for amount in (0, 5, 50, 55, 60, 65, 70, 120, 121, 125)]


def check_every_call_begins_anew() -> object:
    box = {10: 2, 5: 1}
    return [back(20, box), back(20, box), back(25, box), back(30, box), box]
