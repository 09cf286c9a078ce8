from span_union import covered, gaps, join_spans, span_at


def test_spans_are_joined() -> None:
    assert join_spans([(5, 8), (1, 3), (2, 4), (8, 9)]) == [(1, 4), (5, 9)]
    assert covered([(1, 3), (2, 4)]) == 3


def test_gaps_are_found() -> None:
    assert list(gaps([(2, 4), (6, 7)], (0, 10))) == [(0, 2), (4, 6), (7, 10)]
    assert span_at([(2, 4), (4, 6)], 5) == (2, 6)
