"""An order goes from state to state: which steps are allowed, what they need, and how it came there.

Topics: state machines, business
"""

from collections import deque
from dataclasses import dataclass, field

from order_steps import FINAL, STEPS, NotAllowed


@dataclass
class Order:
    """An order with its history."""

    number: int
    total: int
    paid: int = 0
    state: str = "new"
    history: list[tuple[str, str]] = field(default_factory=list)

    def allowed(self) -> list[str]:
        """The steps that can be taken now, sorted."""
        steps = STEPS.get(self.state, {})
        return sorted(step for step in steps if step != "ship" or self.paid >= self.total)

    def take(self, step: str) -> str:
        """The new state; raises NotAllowed, which says what is allowed."""
        if step not in self.allowed():
            raise NotAllowed(self.state, step, self.allowed())
        self.history.append((self.state, step))
        self.state = STEPS[self.state][step]
        return self.state

    def pay(self, amount: int) -> int:
        """What is still to be paid; raises ValueError for amounts that are not positive, NotAllowed at the end."""
        if amount <= 0:
            raise ValueError("nothing is paid")
        if self.state in FINAL:
            raise NotAllowed(self.state, "pay", self.allowed())
        self.paid += amount
        return max(self.total - self.paid, 0)

    def undo(self) -> bool:
        """Back to the state before; not from a final one, nor if there is none."""
        if not self.history or self.state in FINAL:
            return False
        self.state, _ = self.history.pop()
        return True


def shortest(start: str, goal: str) -> list[str] | None:
    """The fewest steps from state to state, None if there is no way."""
    ways: dict[str, list[str]] = {start: []}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        if state == goal:
            return ways[state]
        for step, following in sorted(STEPS.get(state, {}).items()):
            if following not in ways:
                ways[following] = [*ways[state], step]
                queue.append(following)
    return None
