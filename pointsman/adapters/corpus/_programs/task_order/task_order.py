"""The order in which tasks can be done when some need others first.

Topics: graphs, sorting
"""

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

from task_errors import CircularTasks, UnknownTask

Needs = Mapping[str, Sequence[str]]


def order(needs: Needs) -> list[str]:
    """All tasks, each after what it needs; of several that could be next, the first by name."""
    waiting = {task: len(set(required)) for task, required in needs.items()}
    dependents: dict[str, list[str]] = {task: [] for task in needs}
    for task, required in needs.items():
        for other in set(required):
            if other not in dependents:
                raise UnknownTask(task, other)
            dependents[other].append(task)
    ready = [task for task, count in waiting.items() if count == 0]
    heapify(ready)
    done: list[str] = []
    while ready:
        task = heappop(ready)
        done.append(task)
        for dependent in dependents[task]:
            waiting[dependent] -= 1
            if waiting[dependent] == 0:
                heappush(ready, dependent)
    if len(done) < len(needs):
        raise CircularTasks(sorted(needs.keys() - set(done)))
    return done


def stages(needs: Needs) -> list[list[str]]:
    """The tasks in groups: all of a group can be done at once, when the groups before it are done."""
    depth: dict[str, int] = {}
    for task in order(needs):
        depth[task] = max((depth[other] + 1 for other in needs[task]), default=0)
    groups: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for task, level in sorted(depth.items()):
        groups[level].append(task)
    return groups
