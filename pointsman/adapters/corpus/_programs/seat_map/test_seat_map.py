from threading import Thread

from seat_map import SeatMap


def test_seats_next_to_each_other() -> None:
    hall = SeatMap(2, 3)
    assert hall.book("ann", 2) == ["A1", "A2"]
    assert hall.book("bob", 3) == ["B1", "B2", "B3"]
    assert hall.book("cid", 1) == ["A3"]
    assert str(hall) == "aac\nbbb"


def test_a_seat_is_given_back() -> None:
    hall = SeatMap(1, 2)
    hall.book("ann", 2)
    assert hall.cancel("A1")
    assert str(hall) == ".a"


def test_two_bookings_at_the_same_time() -> None:
    def confirm(name: str) -> bool:
        if not others:
            others.append(Thread(target=lambda: hall.book("bob"), daemon=True))
            others[0].start()
            others[0].join(0.1)
        return True

    others: list[Thread] = []
    hall = SeatMap(1, 3, confirm)
    hall.book("ann")
    others[0].join()
    assert str(hall) == "ab."
