from next_due import Plan


def test_what_is_due_is_done_in_order() -> None:
    plan, done = Plan(), list[str]()
    plan.add(20, "lunch")
    plan.add(5, "tea", every=10)
    assert list(plan.run_until(20, done.append)) == [(5, "tea"), (15, "tea"), (20, "lunch")]
    assert done == ["tea", "tea", "lunch"]
    assert plan.upcoming(3) == ["tea"]


def test_what_is_cancelled_is_not_done() -> None:
    plan = Plan()
    plan.add(1, "walk")
    plan.add(2, "swim")
    plan.cancel("walk")
    assert plan.upcoming(2) == ["swim"]
