"""The states of an order and the steps between them."""

STEPS = {
    "new": {"confirm": "open", "cancel": "cancelled"},
    "open": {"pack": "packed", "cancel": "cancelled"},
    "packed": {"ship": "sent", "unpack": "open"},
    "sent": {"deliver": "done", "return": "open"},
}

FINAL = frozenset({"done", "cancelled"})


class NotAllowed(Exception):
    """A step that cannot be taken."""

    def __init__(self, state: str, step: str, allowed: list[str]) -> None:
        super().__init__(f"{step} is not allowed in {state}; allowed are {', '.join(allowed) or 'none'}")
        self.allowed = allowed
