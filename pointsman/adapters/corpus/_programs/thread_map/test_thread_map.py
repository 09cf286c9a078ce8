from thread_map import first_result, thread_map


def test_results_are_in_order() -> None:
    report = thread_map(str.upper, ["a", "b", "c"])
    assert report.results == {0: "A", 1: "B", 2: "C"}
    assert report.text() == "3 done, 0 failed"


def test_the_first_result() -> None:
    assert first_result([lambda: "one", lambda: "two"]) == "one"
