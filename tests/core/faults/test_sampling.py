"""A sample is even by kind and by program, the same for the same seed, whatever comes first."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.core.error import ConfigurationError
from pointsman.core.evaluation.error_stream import ReportedError
from pointsman.core.evaluation.fault import FaultKind, Program
from pointsman.core.faults.candidates import single_candidates
from pointsman.core.faults.record import FaultRecord, RecordedFault
from pointsman.core.faults.sampling import FaultRequest, choose_faults, count_kinds, sample_faults

KINDS = tuple(FaultKind)
ERROR = ReportedError(exception="ValueError")


def record(name: str, per_kind: int = 6) -> FaultRecord:
    """A program with so many faults of each kind, of all levels, a third of them silent."""
    faults = tuple(
        RecordedFault(
            id=f"{name}-{kind}-{number}",
            edits=_keys(kind, number),
            errors=() if number % 3 == 2 else (ERROR,),
        )
        for kind in KINDS
        for number in range(per_kind)
    )
    program = Program(name=name, files={}, visible="", hidden="", expected={})
    return FaultRecord(program=program, faults=faults, survived={FaultKind.NAME: 2}, flaky={})


def _keys(kind: FaultKind, number: int) -> tuple[str, ...]:
    first = f"{kind}|a.py|body.{number}|x"
    return {4: (first, "name|a.py|body.9|y"), 5: (first, "name|b.py|body.9|y")}.get(number, (first,))


RECORDS = tuple(record(f"program{number}") for number in range(8))


def ids(request: FaultRequest, records: tuple[FaultRecord, ...] = RECORDS) -> list[str]:
    """The ids of a sample, in order."""
    return [choice.fault.id for choice in choose_faults(records, request)]


def test_the_default_sample_has_twelve_faults_of_each_kind_spread_over_all_programs() -> None:
    choices = choose_faults(RECORDS, FaultRequest(seed=3))
    assert Counter(choice.fault.kind for choice in choices) == dict.fromkeys(KINDS, 12)
    programs = Counter(choice.record.program.name for choice in choices)
    assert max(programs.values()) - min(programs.values()) <= 8
    for kind in KINDS:
        of_kind = Counter(choice.record.program.name for choice in choices if choice.fault.kind == kind)
        assert max(of_kind.values()) <= 2
    assert {level: count > 20 for level, count in Counter(choice.fault.level for choice in choices).items()} == {
        1: True,
        2: True,
        3: True,
    }


@given(st.integers(0, 10**6), st.integers(1, 300))
def test_any_beginning_is_as_even_as_the_whole(seed: int, count: int) -> None:
    kinds = Counter(choice.fault.kind for choice in choose_faults(RECORDS, FaultRequest(seed=seed, count=count)))
    assert sum(kinds.values()) == count
    assert max(kinds.values()) - min(kinds.get(kind, 0) for kind in KINDS) <= 1


@settings(max_examples=20)
@given(st.permutations(RECORDS), st.integers(0, 50))
def test_the_order_of_the_programs_changes_nothing(records: list[FaultRecord], seed: int) -> None:
    assert ids(FaultRequest(seed=seed), tuple(records)) == ids(FaultRequest(seed=seed))


def test_another_seed_chooses_others_and_a_smaller_count_is_a_beginning() -> None:
    whole = ids(FaultRequest(seed=1))
    assert whole != ids(FaultRequest(seed=2))
    assert ids(FaultRequest(seed=1, count=50)) == whole[:50]
    assert len(set(whole)) == len(whole)


def test_kinds_can_be_named_and_a_pool_that_is_empty_ends_the_sample() -> None:
    request = FaultRequest(kinds=(FaultKind.NAME, FaultKind.TYPE), count=1000)
    chosen = choose_faults(RECORDS, request)
    assert Counter(choice.fault.kind for choice in chosen) == {FaultKind.NAME: 48, FaultKind.TYPE: 48}


def test_a_record_whose_program_has_changed_is_told_of() -> None:
    stale = sample_faults(RECORDS[:1], FaultRequest(count=1)).failure()
    assert isinstance(stale, ConfigurationError)
    assert "program0: the fault program0-" in stale.detail


def test_counts_tell_what_was_kept_rejected_and_chosen() -> None:
    text = "total = 1\nprint(total)\n"
    program = Program(name="p", files={"p.py": text}, visible="", hidden="", expected={})
    one = next(one for one in single_candidates(program) if one.kind == FaultKind.NAME)
    fault = RecordedFault(id=one.id, edits=(one.edits[0].key,), errors=(ReportedError(exception="NameError"),))
    known = FaultRecord(
        program=program, faults=(fault,), survived={FaultKind.NAME: 3}, flaky={FaultKind.CONCURRENCY: 1}
    )
    made = sample_faults([known], FaultRequest()).unwrap()
    assert [case.exception for case in made.cases] == ["NameError"]
    rows = {row.kind: row for row in count_kinds([known], made.cases)}
    assert (rows[FaultKind.NAME].recorded, rows[FaultKind.NAME].survived, rows[FaultKind.NAME].chosen) == (1, 3, 1)
    assert rows[FaultKind.NAME].levels == {1: 1}
    assert rows[FaultKind.CONCURRENCY].flaky == 1
