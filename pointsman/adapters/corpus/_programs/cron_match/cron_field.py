"""One field of a timetable: `*`, numbers, ranges, steps, and lists of them."""


def parse_field(text: str, low: int, high: int) -> frozenset[int]:
    """The numbers that the field names; raises ValueError for what is no field or out of bounds."""
    numbers: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        every = int(step) if slash else 1
        first, dash, last = span.partition("-")
        if span == "*":
            start, end = low, high
        else:
            start = int(first)
            end = int(last) if dash else high if slash else start
        if not low <= start <= end <= high or every < 1:
            raise ValueError(f"{part} does not fit {low} to {high}")
        numbers.update(range(start, end + 1, every))
    return frozenset(numbers)
