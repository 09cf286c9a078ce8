"""Ballots as text: `3 * ann > bob > cy`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ballot:
    """Candidates, the favourite first; `weight` ballots are alike."""

    ranks: tuple[str, ...]
    weight: int = 1


def read_ballot(line: str) -> Ballot:
    """The ballot in `line`; ValueError for one that names nobody, or somebody twice."""
    head, star, tail = line.partition("*")
    weight = int(head) if star else 1
    if weight < 1:
        raise ValueError("a ballot counts at least once")
    ranks = tuple(name.strip().lower() for name in (tail if star else head).split(">"))
    if not all(ranks) or len(set(ranks)) < len(ranks):
        raise ValueError(f"a spoilt ballot: {line.strip()}")
    return Ballot(ranks, weight)
