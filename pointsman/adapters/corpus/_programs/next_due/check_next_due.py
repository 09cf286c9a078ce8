"""Checks of the plan."""

from next_due import Entry, Plan


def planned(*entries: tuple[int, str, int]) -> Plan:
    plan = Plan()
    for time, name, every in entries:
        plan.add(time, name, every)
    return plan


def run(plan: Plan, time: int) -> object:
    done: list[str] = []
    steps = list(plan.run_until(time, done.append))
    return [steps, done == [name for _, name in steps]]


def check_order() -> object:
    plan = planned((3, "c", 0), (1, "a", 0), (2, "b", 0), (1, "z", 0), (1, "k", 0), (0, "n", 0))
    return [plan.upcoming(9), run(plan, 1), run(plan, 1), run(plan, 3)]


def check_again() -> object:
    plan = planned((0, "tick", 3), (2, "once", 0), (6, "six", 0))
    return [run(plan, 6), plan.upcoming(5), run(plan, 8), run(plan, 9)]


def check_cancelled() -> object:
    plan = planned((1, "a", 2), (2, "b", 0), (3, "a", 0), (4, "c", 0))
    plan.cancel("a")
    plan.cancel("nothing")
    found = run(plan, 9)
    plan.add(10, "a", 1)
    return [found, run(plan, 11)]


def check_cancelled_while_it_runs() -> object:
    plan = planned((1, "stop", 1), (1, "other", 0))
    return [list(plan.run_until(5, lambda name: plan.cancel("stop"))), plan.upcoming(3)]


def check_one_step_at_a_time() -> object:
    plan, done = planned((1, "a", 0), (2, "b", 0)), list[str]()
    steps = plan.run_until(9, done.append)
    first = next(steps)
    return [first, list(done), plan.upcoming(2)]


def check_refused() -> object:
    found = []
    for every in (-1, 0):
        try:
            plan = planned((1, "a", every))
            found.append(str(run(plan, 50)))
        except ValueError as error:
            found.append(type(error).__name__)
    return found


def check_two_plans() -> object:
    first, second = Plan(), planned((1, "a", 1))
    first.add(1, "b")
    first.cancel("a")
    return [run(second, 3), first.upcoming(5), Plan().upcoming(5), run(first, 9)]


def check_upcoming() -> object:
    plan = planned((5, "e", 0), (4, "d", 0), (6, "f", 0))
    return [plan.upcoming(0), plan.upcoming(1), plan.upcoming(2), Plan().upcoming(1)]


def check_entries() -> object:
    return [
        Entry(1, 2, "a") < Entry(1, 3, "A"),
        Entry(2, 1, "x") < Entry(1, 9, "x"),
        Entry(1, 1, "a") == Entry(1, 1, "b"),
    ]


def check_many() -> object:
    plan = planned(*((7 * number % 40, f"n{number}", 0) for number in range(30)))
    return run(plan, 40)
