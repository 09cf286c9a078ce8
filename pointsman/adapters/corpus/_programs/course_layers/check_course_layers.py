"""Checks of courses."""

from collections.abc import Iterator

from course_layers import CircleError, all_needs, circle, terms


def outcome(needs: dict[str, list[str]]) -> object:
    try:
        return terms(needs)
    except CircleError as error:
        return [error.courses, str(error)]


def check_terms() -> object:
    return [
        outcome({}),
        outcome({"b": [], "a": []}),
        outcome({"c": ["b"], "b": ["a"]}),
        outcome({"d": ["b", "c"], "c": ["a"], "b": []}),
    ]


def check_early() -> object:
    return outcome({"z": ["a", "y"], "y": ["x"], "w": ["a"], "v": ["w", "a"]})


def check_twice() -> object:
    return outcome({"b": ["a", "a"], "c": ["b", "a", "b"]})


def check_circles() -> object:
    return [
        outcome({"a": ["a"]}),
        outcome({"a": ["b"], "b": ["a"], "c": []}),
        outcome({"a": ["b"], "b": ["c"], "c": ["b"], "d": ["x"]}),
        outcome({"a": ["x", "b"], "b": ["c"], "c": ["a"]}),
    ]


def check_circle() -> object:
    return [circle({"a": ["a"]}), circle({"q": ["x", "p"], "p": ["q"]})]


def check_all_needs() -> object:
    needs = {"d": ["b", "c"], "c": ["a"], "b": ["a"], "e": ["e", "d"]}
    return [sorted(all_needs(needs, course)) for course in "abcdez"]


def check_the_input_stays() -> object:
    needs = {"b": ["a"], "c": ["b", "a"]}
    terms(needs)
    return needs


def check_many_ways() -> object:
    asked: list[int] = []

    class Course(list[str]):
        def __iter__(self) -> Iterator[str]:
            asked.append(1)
            if len(asked) > 5000:
                raise TimeoutError
            return super().__iter__()

    needs = {f"{level}{side}": Course([f"{level - 1}a", f"{level - 1}b"]) for level in range(1, 30) for side in "ab"}
    return [len(all_needs(needs, "29a")), len(asked) < 500]
