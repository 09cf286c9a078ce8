from contextlib import suppress
from threading import Thread

from stock_errors import TooFew
from stock_room import StockRoom


def test_goods_are_set_aside_and_sent() -> None:
    room = StockRoom({"pen": 5, "ink": 1})
    room.reserve(1, {"pen": 3, "ink": 1})
    assert room.send(1) == ["1 ink", "3 pen"]
    assert room.counts["pen"] == 2


def test_all_or_nothing() -> None:
    room = StockRoom({"pen": 5})
    with suppress(TooFew):
        room.reserve(1, {"pen": 1, "ink": 2})
    assert room.counts["pen"] == 5


def test_two_orders_at_the_same_time() -> None:
    def pick(good: str) -> None:
        if not others:
            others.append(Thread(target=lambda: room.reserve(2, {"pen": 3}), daemon=True))
            others[0].start()
            others[0].join(0.1)

    others: list[Thread] = []
    room = StockRoom({"pen": 10}, pick)
    room.reserve(1, {"pen": 2})
    others[0].join()
    assert room.counts["pen"] == 5
