"""Checks of orders."""

from collections.abc import Callable

from order_errors import OrderClosed, OrderError, WrongStep
from order_states import STEPS, Order


def outcome(order: Order, step: str) -> object:
    try:
        return order.do(step)
    except OrderError as error:
        return [type(error).__name__, str(error), type(error.__cause__).__name__]
    except LookupError as error:
        return type(error).__name__


def reached(state: str) -> Order:
    ways = {"new": "", "paid": "pay", "sent": "pay send", "done": "pay send deliver", "cancelled": "cancel"}
    order = Order()
    order.do_all(ways.get(state, "pay cancel").split())
    return order


def check_all_steps() -> object:
    steps = ("pay", "send", "deliver", "lose", "cancel", "fly")
    return [[outcome(reached(state), step) for step in steps] for state in STEPS]


def check_closed() -> object:
    return [(reached(state).state, reached(state).is_closed) for state in STEPS]


def check_history() -> object:
    order = Order()
    taken = order.do_all(["pay", "send", "lose", "send", "fly", "deliver"])
    return [taken, order.state, order.history, Order().history]


def check_do_all() -> object:
    return [Order().do_all([]), Order().do_all(["fly"]), reached("done").do_all(["pay"]), Order().do_all(iter(["pay"]))]


def check_steps_that_are_left() -> object:
    steps = iter(["pay", "fly", "send", "lose"])
    order = Order()
    return [order.do_all(steps), list(steps)]


def check_listeners() -> object:
    seen: list[tuple[str, str]] = []
    order = Order([lambda before, after: seen.append((before, after))])
    order.do_all(["pay", "cancel", "pay"])
    return seen


def check_listeners_are_its_own() -> object:
    first, second = Order(), Order()
    told: list[str] = []
    first.listeners.append(lambda before, after: told.append(after))
    second.do("pay")
    given: list[Callable[[str, str], None]] = []
    return [told, len(second.listeners), Order(given).listeners is given]


def check_a_listener_that_fails() -> object:
    def refuse(before: str, after: str) -> None:
        raise RuntimeError("no")

    order = Order([refuse])
    found = []
    for step in ("pay", "cancel"):
        try:
            order.do(step)
        except RuntimeError as error:
            found.append(str(error))
    return [found, order.state, order.history]


def check_errors() -> object:
    return [issubclass(WrongStep, ValueError), issubclass(OrderClosed, OrderError), OrderClosed("x").state]
