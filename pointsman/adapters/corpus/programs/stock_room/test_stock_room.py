from contextlib import suppress

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
