"""Checks of the order of tasks."""

from task_errors import CircularTasks, UnknownTask
from task_order import Needs, order, stages


def outcome(needs: Needs) -> object:
    try:
        return order(needs)
    except UnknownTask as error:
        return [type(error).__name__, error.task, error.needed, isinstance(error, KeyError), error.args]
    except CircularTasks as error:
        return [error.tasks, error.first, str(error), isinstance(error, ValueError)]


def check_orders() -> object:
    return [
        outcome({}),
        outcome({"a": []}),
        outcome({"b": [], "a": []}),
        outcome({"a": ["b", "c"], "b": ["c"], "c": []}),
        outcome({"a": ["d"], "b": [], "c": ["b"], "d": []}),
    ]


def check_a_need_named_twice() -> object:
    return outcome({"a": ["b", "b"], "b": [], "c": ["a", "b", "a"]})


def check_unknown() -> object:
    return outcome({"a": ["b"], "b": ["z"]})


def check_circles() -> object:
    return [outcome({"a": ["a"]}), outcome({"x": [], "c": ["b"], "b": ["c"], "d": ["c"]})]


def check_stages() -> object:
    return [
        stages({}),
        stages({"b": [], "a": []}),
        stages({"a": [], "b": ["a"], "c": ["a", "b"], "d": ["a"], "e": ["d", "c"]}),
    ]


def check_the_given_needs() -> object:
    needs = {"a": ["b"], "b": []}
    order(needs)
    stages(needs)
    return needs
