"""Checks of the board."""

from board_job import Job, UnknownJob
from job_board import Board


def drain(board: Board, now: float = 0.0) -> list[str]:
    names = []
    while (name := board.take(now)) is not None:
        names.append(name)
    return names


def check_order() -> object:
    board = Board()
    for name, priority in (("a", 5), ("b", 3), ("c", 5), ("d", 9), ("e", 3), ("f", -1), ("g", 6)):
        board.add(name, priority)
    board.add("default")
    return [drain(board), sorted(board.jobs)]


def check_times() -> object:
    found = []
    for now in (0, 1, 1.5, 2, 9):
        board = Board()
        board.add("x", 5)
        for name, priority, at in (("a", 1, 2.0), ("b", 9, 1.0), ("c", 5, 1.0)):
            board.add(name, priority, at)
        found.append((drain(board, now), board.next_time()))
    return found


def check_cancelled() -> object:
    board = Board()
    for name in "abc":
        board.add(name)
    board.add("late", 1, 5.0)
    board.add("later", 1, 6.0)
    board.cancel("b")
    board.cancel("late")
    return [board.next_time(), drain(board, 9), board.next_time()]


def check_unknown() -> object:
    board, found = Board(), []
    board.add("report")
    board.add("mail")
    for name in ("reprot", "zzz", "mail", "mail"):
        try:
            board.cancel(name)
            found.append([name])
        except UnknownJob as error:
            found.append([*error.meant, type(error.__cause__).__name__])
    return found


def check_names() -> object:
    board, found = Board(), []
    for name in ("a", "a"):
        try:
            board.add(name)
            found.append("added")
        except ValueError:
            found.append("ValueError")
    board.take()
    board.add("a")
    return [found, drain(board)]


def check_every_board_is_new() -> object:
    one, other = Board(), Board()
    one.add("a")
    one.add("later", 5, 0.0)
    given = Board({"x": Job(5), "y": Job(2), "z": Job(5)})
    given.add("w", 2)
    return [drain(other), drain(one), drain(Board()), drain(given)]


def check_many() -> object:
    class Urgency(int):
        compared = 0

        def __lt__(self, other: int) -> bool:
            Urgency.compared += 1
            return int.__lt__(self, other)

    board = Board()
    for number in range(1500):
        board.add(str(number), Urgency(number * 7919 % 1500))
    names = drain(board)
    return [names[:3], len(names), Urgency.compared < 90000]
