"""Tables of a league: points from results, places with ties, sorted by several columns.

Topics: sorting, reports, sports
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby


@dataclass
class Row:
    """What a team has reached."""

    team: str
    points: int = 0
    scored: int = 0
    received: int = 0
    games: int = 0

    @property
    def balance(self) -> int:
        """Goals scored less goals received."""
        return self.scored - self.received

    def add(self, scored: int, received: int) -> None:
        """One game: three points for a win, one for a draw."""
        self.games += 1
        self.scored += scored
        self.received += received
        if scored > received:
            self.points += 3
        elif scored == received:
            self.points += 1


def read_result(line: str) -> tuple[str, str, int, int]:
    """Teams and goals from `Home FC - Guests 2:1`; raises ValueError."""
    teams, _, goals = line.strip().rpartition(" ")
    home, dash, guest = teams.partition(" - ")
    if not dash or home == guest:
        raise ValueError(f"no result: {line}")
    scored, received = map(int, goals.split(":"))
    return home.strip(), guest.strip(), scored, received


def table(lines: Iterable[str], rows: dict[str, Row] | None = None) -> list[Row]:
    """The rows, best first: points, balance, scored; then by name, whatever the case of its letters."""
    if rows is None:
        rows = {}
    for line in lines:
        home, guest, scored, received = read_result(line)
        rows.setdefault(home, Row(home)).add(scored, received)
        rows.setdefault(guest, Row(guest)).add(received, scored)
    return sorted(rows.values(), key=lambda row: (-row.points, -row.balance, -row.scored, row.team.casefold()))


def places(rows: Iterable[Row]) -> list[tuple[int, str]]:
    """Place and team; teams that are equal in points and balance share a place, the next ones are left out."""
    out: list[tuple[int, str]] = []
    for _, group in groupby(rows, key=lambda row: (row.points, row.balance)):
        place = len(out) + 1
        out.extend((place, row.team) for row in group)
    return out


def show(rows: list[Row]) -> str:
    """Lines with columns that fit."""
    width = max((len(row.team) for row in rows), default=0)
    return "\n".join(
        f"{place:>2}. {row.team:<{width}} {row.games:>2} {row.scored}:{row.received} {row.balance:+} {row.points:>3}"
        for (place, _), row in zip(places(rows), rows, strict=True)
    )
