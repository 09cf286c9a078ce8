"""Why a step of an order cannot be taken."""


class OrderError(Exception):
    """What all of them are."""


class WrongStep(OrderError, ValueError):
    """The state has no such step."""

    def __init__(self, step: str, state: str) -> None:
        super().__init__(f"an order that is {state} cannot {step}")
        self.step = step
        self.state = state


class OrderClosed(OrderError):
    """Nothing can be done with the order any more."""

    def __init__(self, state: str) -> None:
        super().__init__(f"the order is {state}")
        self.state = state
