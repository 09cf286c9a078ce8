"""Spans of whole numbers: joined, cut, measured.

Topics: intervals, lists
"""

from collections.abc import Iterable, Iterator

Span = tuple[int, int]


def join_spans(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that touch or overlap as one; empty ones are left out."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def gaps(spans: Iterable[Span], whole: Span) -> Iterator[Span]:
    """What of `whole` no span covers, in order."""
    place = whole[0]
    for start, end in join_spans(spans):
        if start > place:
            yield place, min(start, whole[1])
        place = max(place, end)
        if place >= whole[1]:
            return
    if place < whole[1]:
        yield place, whole[1]


def covered(spans: Iterable[Span]) -> int:
    """How many numbers the spans cover."""
    return sum(end - start for start, end in join_spans(spans))


def span_at(spans: Iterable[Span], place: int) -> Span | None:
    """The joined span that holds `place`; None where there is none."""
    return next((span for span in join_spans(spans) if span[0] <= place < span[1]), None)
