from board_job import UnknownJob
from job_board import Board


def test_the_most_urgent_first() -> None:
    board = Board()
    board.add("mail", 7)
    board.add("fire", 1)
    board.add("post", 7)
    assert [board.take(), board.take(), board.take(), board.take()] == ["fire", "mail", "post", None]


def test_a_job_waits() -> None:
    board = Board()
    board.add("lunch", 1, at=12)
    assert board.take(11) is None
    assert board.take(12) == "lunch"


def refusal(board: Board, name: str) -> str:
    try:
        board.cancel(name)
    except UnknownJob as error:
        return f"{', '.join(error.meant)} {type(error.__cause__).__name__}"
    return "cancelled"


def test_a_job_is_cancelled() -> None:
    board = Board()
    board.add("report")
    assert [refusal(board, "reprot"), refusal(board, "report")] == ["report KeyError", "cancelled"]
    assert board.take() is None
