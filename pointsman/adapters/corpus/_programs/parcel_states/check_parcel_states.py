"""Checks of orders."""

from order_steps import NotAllowed
from parcel_states import Order, shortest


def walk(order: Order, *steps: str) -> list[str]:
    found = []
    for step in steps:
        try:
            found.append(order.take(step))
        except NotAllowed as error:
            found.append(f"{error} {error.allowed}")
    return found


def check_ways() -> object:
    order = Order(1, 10, 10)
    return [
        walk(order, "ship", "confirm", "pack", "unpack", "pack", "ship", "return", "cancel", "confirm"),
        order.history,
    ]


def check_payment() -> object:
    found = []
    for paid in (9, 10, 11):
        found.append((Order(1, 10, paid, "packed").allowed(), walk(Order(1, 10, paid, "packed"), "ship")))
    return found


def check_pay() -> object:
    order, found = Order(1, 10), list[object]()
    for amount in (0, -1, 4, 6, 5):
        try:
            found.append(order.pay(amount))
        except ValueError:
            found.append("ValueError")
    return [found, order.paid]


def check_pay_at_the_end() -> object:
    found: list[object] = []
    for state in ("new", "sent", "done", "cancelled"):
        try:
            found.append(Order(1, 10, 0, state).pay(3))
        except NotAllowed as error:
            found.append(str(error))
    return found


def check_undo() -> object:
    order = Order(1, 10)
    found = [order.undo()]
    walk(order, "confirm", "pack")
    found += [order.undo(), order.state == "open", order.undo(), order.state == "new", order.undo()]
    walk(order, "cancel")
    return [found, order.undo(), order.state, order.history]


def check_each_order_has_its_own_history() -> object:
    one, other = Order(1, 1), Order(2, 1)
    walk(one, "confirm")
    return [one.history, other.history, Order(3, 1).history]


def check_shortest() -> object:
    pairs = (
        ("new", "new"),
        ("new", "done"),
        ("packed", "cancelled"),
        ("sent", "packed"),
        ("done", "new"),
        ("new", "lost"),
    )
    return [shortest(start, goal) for start, goal in pairs]
