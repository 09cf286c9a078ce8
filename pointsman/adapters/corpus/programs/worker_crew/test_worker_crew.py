from worker_crew import Crew


def test_results_are_added_up() -> None:
    crew = Crew(int)
    assert crew.do_all(["a:1", "b:2", "a:3"]) == {"a": 4, "b": 2}


def test_failures_are_listed() -> None:
    crew = Crew(int)
    crew.do_all(["a:x", "a:2"])
    assert crew.failures == ["a:x ValueError"]
