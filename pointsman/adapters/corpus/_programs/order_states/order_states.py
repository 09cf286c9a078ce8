"""The life of an order as a machine of states, with a history.

Topics: state machines, exceptions
"""

from collections.abc import Callable, Iterable

from order_errors import OrderClosed, WrongStep

STEPS: dict[str, dict[str, str]] = {
    "new": {"pay": "paid", "cancel": "cancelled"},
    "paid": {"send": "sent", "cancel": "refunded"},
    "sent": {"deliver": "done", "lose": "paid"},
    "done": {},
    "cancelled": {},
    "refunded": {},
}

Listener = Callable[[str, str], None]


class Order:
    """An order; `listeners` are told of each change."""

    def __init__(self, listeners: list[Listener] | None = None) -> None:
        self.state = "new"
        self.history: list[str] = []
        self.listeners = listeners if listeners is not None else []

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be done any more."""
        return not STEPS[self.state]

    def do(self, step: str) -> str:
        """Take one step; the new state. What listeners raise is passed on, and the step is not taken."""
        if self.is_closed:
            raise OrderClosed(self.state)
        try:
            following = STEPS[self.state][step]
        except KeyError as error:
            raise WrongStep(step, self.state) from error
        before, self.state = self.state, following
        try:
            for listener in self.listeners:
                listener(before, following)
        except Exception:
            self.state = before
            raise
        self.history.append(f"{before} > {following}")
        return following

    def do_all(self, steps: Iterable[str]) -> int:
        """Take steps until one cannot be taken; how many were."""
        taken = 0
        for step in steps:
            try:
                self.do(step)
            except (OrderClosed, WrongStep):
                break
            taken += 1
        return taken
