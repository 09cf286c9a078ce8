"""Groups that grow together: who knows whom, largest group, when everybody is connected.

Topics: graphs, sets
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Groups(Generic[T]):
    """Members in groups; each member has a parent, the root of a group is its own one."""

    def __init__(self) -> None:
        self.parents: dict[T, T] = {}
        self.sizes: dict[T, int] = {}
        self.count = 0

    def add(self, member: T) -> None:
        """A new member in a group of its own."""
        if member not in self.parents:
            self.parents[member] = member
            self.sizes[member] = 1
            self.count += 1

    def root(self, member: T) -> T:
        """The root of the member's group; ways become shorter. Raises KeyError for an unknown one."""
        while self.parents[member] != member:
            self.parents[member] = self.parents[self.parents[member]]
            member = self.parents[member]
        return member

    def join(self, one: T, other: T) -> bool:
        """Whether two groups became one; the smaller one goes into the larger one."""
        self.add(one)
        self.add(other)
        small, large = self.root(one), self.root(other)
        if small == large:
            return False
        if self.sizes[small] > self.sizes[large]:
            small, large = large, small
        self.parents[small] = large
        self.sizes[large] += self.sizes.pop(small)
        self.count -= 1
        return True

    def together(self, one: T, other: T) -> bool:
        """Whether both are in one group."""
        return self.root(one) == self.root(other)

    def groups(self) -> list[list[T]]:
        """The groups, the largest first, equal ones as their first members were added."""
        found: defaultdict[T, list[T]] = defaultdict(list)
        for member in self.parents:
            found[self.root(member)].append(member)
        return sorted(found.values(), key=len, reverse=True)


def connected_at(pairs: Iterable[tuple[int, T, T]], people: Iterable[T]) -> int | None:
    """The time at which all are in one group, by pairs with their times; None if they never are."""
    groups: Groups[T] = Groups()
    for person in people:
        groups.add(person)
    for time, one, other in sorted(pairs, key=lambda pair: pair[0]):
        groups.join(one, other)
        if groups.count == 1:
            return time
    return None
