"""Courses that need others first: in which terms they can be taken, what a course needs, where a circle is.

Topics: graphs, schedules
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping


class CircleError(ValueError):
    """Courses that need each other."""

    def __init__(self, courses: list[str]) -> None:
        super().__init__(" needs ".join(courses))
        self.courses = courses


def terms(needs: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Each course as early as possible, sorted within a term; raises CircleError."""
    open_needs = {course: set(first) for course, first in needs.items()}
    for first in list(open_needs.values()):
        for course in first:
            open_needs.setdefault(course, set())
    helps: defaultdict[str, list[str]] = defaultdict(list)
    for course, first in open_needs.items():
        for one in first:
            helps[one].append(course)
    layer = sorted(course for course, first in open_needs.items() if not first)
    plan: list[list[str]] = []
    while layer:
        plan.append(layer)
        following = []
        for done in layer:
            for course in helps[done]:
                open_needs[course].discard(done)
                if not open_needs[course]:
                    following.append(course)
        layer = sorted(following)
    if sum(map(len, plan)) < len(open_needs):
        raise CircleError(circle({course: sorted(first) for course, first in open_needs.items() if first}))
    return plan


def circle(needs: Mapping[str, list[str]]) -> list[str]:
    """Some circle, its first course again at its end, where each course has an open need."""
    way = [min(needs)]
    while True:
        following = next(course for course in needs[way[-1]] if course in needs)
        if following in way:
            return [*way[way.index(following) :], following]
        way.append(following)


def all_needs(needs: Mapping[str, Iterable[str]], course: str) -> set[str]:
    """All that must be done before a course, directly or not."""
    found: set[str] = set()
    queue = deque(needs.get(course, ()))
    while queue:
        one = queue.popleft()
        if one not in found:
            found.add(one)
            queue.extend(needs.get(one, ()))
    return found
