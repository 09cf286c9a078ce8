"""Checks of spans."""

from collections.abc import Iterator

from span_union import covered, gaps, join_spans, span_at


def check_joined() -> object:
    cases = [
        [],
        [(1, 2)],
        [(1, 3), (3, 5)],
        [(1, 3), (4, 5)],
        [(1, 9), (2, 3)],
        [(5, 6), (1, 2)],
        [(1, 2), (1, 4)],
        [(3, 3), (4, 2), (0, 1)],
    ]
    return [join_spans(spans) for spans in cases]


def check_gaps() -> object:
    cases = [[], [(0, 10)], [(-5, 3)], [(7, 99)], [(2, 4), (4, 5)], [(-3, -1), (12, 14)], [(0, 4), (6, 10), (11, 12)]]
    return [list(gaps(spans, (0, 10))) for spans in cases]


def check_covered() -> object:
    return [covered([]), covered([(1, 1)]), covered([(1, 4), (2, 6), (8, 9)]), covered([(-3, 3)])]


def check_places() -> object:
    spans = [(2, 4), (6, 8), (3, 5)]
    return [span_at(spans, place) for place in range(10)]


def check_any_iterable() -> object:
    def spans() -> Iterator[tuple[int, int]]:
        yield 4, 6
        yield 1, 2

    return [join_spans(spans()), covered(spans()), list(gaps(spans(), (0, 7)))]


def check_the_given_list() -> object:
    spans = [(3, 4), (1, 2)]
    join_spans(spans)
    return spans
