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
