from order_errors import WrongStep
from order_states import Order


def test_an_order_is_delivered() -> None:
    order = Order()
    assert order.do_all(["pay", "send", "deliver"]) == 3
    assert order.is_closed
    assert order.history == ["new > paid", "paid > sent", "sent > done"]


def test_a_wrong_step_is_refused() -> None:
    order = Order()
    try:
        order.do("send")
    except WrongStep as error:
        assert (error.step, error.state) == ("send", "new")
    else:
        raise AssertionError("it was sent")
