"""Chooses faults by a seed: evenly by kind, then by program, of every level, few of them silent. Pure.

Chance is a hash of the seed and of the fault's id, so the same seed chooses the same faults on every Python and in
whatever order the programs are given. Any beginning of a sample is as even as the whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import attrs
from returns.result import Failure, Result, Success

from pointsman.core.error import ConfigurationError
from pointsman.core.evaluation.fault import Case, FaultKind, Level
from pointsman.core.faults.candidates import short_hash
from pointsman.core.faults.record import FaultRecord, RecordedFault, build_case

DEFAULT_COUNT = 216
"""Twelve faults of each of 18 kinds: enough to tell models apart whose difference is 20 points."""


@attrs.frozen(kw_only=True)
class FaultRequest:
    """Which faults are wanted: by what seed, of which kinds (all, where none is named), how many at most."""

    seed: int = 0
    kinds: tuple[FaultKind, ...] = ()
    count: int = DEFAULT_COUNT


@attrs.frozen
class FaultChoice:
    """A recorded fault, with the program that it belongs to."""

    record: FaultRecord
    fault: RecordedFault


def choose_faults(records: Iterable[FaultRecord], request: FaultRequest) -> tuple[FaultChoice, ...]:
    """The faults of `request`, in the order in which to take them."""
    seed, count = request.seed, request.count
    pools: dict[FaultKind, list[tuple[str, FaultChoice]]] = defaultdict(list)
    for record in records:
        for fault in record.faults:
            if not request.kinds or fault.kind in request.kinds:
                pools[fault.kind].append((short_hash(f"{seed}|{fault.id}"), FaultChoice(record, fault)))
    order = sorted(pools, key=lambda kind: short_hash(f"{seed}|{kind}"))
    chosen: list[FaultChoice] = []
    used: Counter[str] = Counter()
    turn = 0
    while len(chosen) < count and any(pools.values()):
        for kind in order:
            if pools[kind] and len(chosen) < count:
                chosen.append(_take(pools[kind], chosen, used, turn))
                used[chosen[-1].record.program.name] += 1
        turn += 1
    return tuple(chosen)


def _take(
    pool: list[tuple[str, FaultChoice]], chosen: Sequence[FaultChoice], used: Counter[str], turn: int
) -> FaultChoice:
    """Take out of `pool` what fits this turn best: the level, a program of which this kind has least, and so on."""
    kind = pool[0][1].fault.kind
    of_kind = Counter(one.record.program.name for one in chosen if one.fault.kind == kind)

    def misfit(entry: tuple[str, FaultChoice]) -> tuple[bool, int, bool, int, str]:
        chance, one = entry
        program = one.record.program.name
        is_silent = not one.fault.errors
        return one.fault.level != _level(turn), of_kind[program], is_silent != _is_silent(turn), used[program], chance

    best = min(pool, key=misfit)
    pool.remove(best)
    return best[1]


def _level(turn: int) -> Level:
    """Of six faults of a kind, one has two edits in one file, and one has them in two."""
    match turn % 6:
        case 4:
            return 2
        case 5:
            return 3
        case _:
            return 1


def _is_silent(turn: int) -> bool:
    """Of four faults of a kind, one is noticed by hidden checks alone."""
    return turn % 4 == 3


@attrs.frozen(kw_only=True)
class KindCount:
    """Of one kind of fault: how many there are to choose from, how many were rejected and why, and what was chosen.

    `levels` counts the chosen ones by difficulty, `silent` those that only hidden checks notice, `exceptions` what the
    visible tests raised.
    """

    kind: FaultKind
    recorded: int = 0
    survived: int = 0
    flaky: int = 0
    chosen: int = 0
    silent: int = 0
    levels: Mapping[int, int] = attrs.field(factory=lambda: dict[int, int]())
    exceptions: Mapping[str, int] = attrs.field(factory=lambda: dict[str, int]())


def count_kinds(records: Sequence[FaultRecord], cases: Sequence[Case]) -> tuple[KindCount, ...]:
    """A row for each kind of which there is any."""
    recorded = Counter(fault.kind for record in records for fault in record.faults)
    survived: Counter[FaultKind] = Counter()
    flaky: Counter[FaultKind] = Counter()
    for record in records:
        survived.update(record.survived)
        flaky.update(record.flaky)
    rows = []
    for kind in FaultKind:
        some = [case for case in cases if case.kind == kind]
        if some or recorded[kind] or survived[kind] or flaky[kind]:
            rows.append(
                KindCount(
                    kind=kind,
                    recorded=recorded[kind],
                    survived=survived[kind],
                    flaky=flaky[kind],
                    chosen=len(some),
                    silent=sum(case.silent for case in some),
                    levels=dict(sorted(Counter(case.level for case in some).items())),
                    exceptions=dict(Counter(case.exception for case in some if case.exception).most_common()),
                )
            )
    return tuple(rows)


@attrs.frozen(kw_only=True)
class FaultSet:
    """Cases with how many there are of each kind. `disproved` are the ids of those that a new proof did not find."""

    cases: tuple[Case, ...]
    counts: tuple[KindCount, ...]
    disproved: tuple[str, ...] = ()


def sample_faults(records: Sequence[FaultRecord], request: FaultRequest) -> Result[FaultSet, ConfigurationError]:
    """The cases of `request`; an error where a record is stale, for its program or the edits have changed since."""
    built = [(choice, build_case(choice.record, choice.fault)) for choice in choose_faults(records, request)]
    stale = tuple(f"{one.record.program.name}: the fault {one.fault.id}" for one, case in built if case is None)
    if stale:
        return Failure(ConfigurationError(detail=f"faults can no longer be made: {', '.join(stale)}", problems=stale))
    cases = tuple(case for _, case in built if case is not None)
    wanted = [row for row in count_kinds(records, cases) if not request.kinds or row.kind in request.kinds]
    return Success(FaultSet(cases=cases, counts=tuple(wanted)))
