from parcel_states import Order, shortest


def test_an_order_goes_its_way() -> None:
    order = Order(1, 100)
    order.take("confirm")
    order.take("pack")
    assert order.allowed() == ["unpack"]
    assert order.pay(100) == 0
    assert order.take("ship") == "sent"
    assert order.history[-1] == ("packed", "ship")


def test_the_shortest_way() -> None:
    assert shortest("new", "sent") == ["confirm", "pack", "ship"]
