from threading import Thread

from worker_crew import Crew


def test_results_are_added_up() -> None:
    crew = Crew(int)
    assert crew.do_all(["a:1", "b:2", "a:3"]) == {"a": 4, "b": 2}


def test_failures_are_listed() -> None:
    crew = Crew(int)
    crew.do_all(["a:x", "a:2"])
    assert crew.failures == ["a:x ValueError"]


def test_two_results_at_the_same_time() -> None:
    def look() -> None:
        if not others:
            others.append(Thread(target=lambda: crew.add("a", 2), daemon=True))
            others[0].start()
            others[0].join(0.1)

    others: list[Thread] = []
    crew = Crew(int, look)
    crew.add("a", 1)
    others[0].join()
    assert crew.sums == {"a": 3}
