"""A vote in which each ballot ranks the candidates: rounds, until one has more than half.

Topics: counting, lists
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from vote_ballots import Ballot, read_ballot


def first_choices(ballots: Iterable[Ballot], standing: set[str]) -> Counter[str]:
    """How many ballots name each candidate first, of those that still stand."""
    counts = Counter({name: 0 for name in standing})
    for ballot in ballots:
        choice = next((name for name in ballot.ranks if name in standing), None)
        if choice is not None:
            counts[choice] += ballot.weight
    return counts


def run_vote(candidates: Sequence[str], ballots: Sequence[Ballot]) -> tuple[str | None, list[dict[str, int]]]:
    """The winner, and the counts of each round; nobody wins where no ballot counts.

    The candidates with fewest votes leave, unless all have as many: then the first by name wins.
    """
    standing = set(candidates)
    rounds: list[dict[str, int]] = []
    while standing:
        counts = first_choices(ballots, standing)
        rounds.append(dict(sorted(counts.items())))
        total = counts.total()
        if total == 0:
            return None, rounds
        leader, most = min(counts.items(), key=lambda item: (-item[1], item[0]))
        fewest = min(counts.values())
        if 2 * most > total or fewest == most:
            return leader, rounds
        standing -= {name for name, count in counts.items() if count == fewest}
    return None, rounds


def read_vote(lines: Iterable[str]) -> tuple[list[Ballot], list[int]]:
    """The ballots in `lines`, and the numbers of the lines that hold none."""
    ballots: list[Ballot] = []
    spoilt: list[int] = []
    for number, line in enumerate(lines, start=1):
        try:
            ballots.append(read_ballot(line))
        except ValueError:
            spoilt.append(number)
    return ballots, spoilt
