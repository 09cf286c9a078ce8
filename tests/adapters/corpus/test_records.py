"""The recorded faults fit the programs, are of every kind, and are read as they were written."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from pointsman.adapters.corpus.reader import own_corpus, program_folders, read_corpus, read_program
from pointsman.adapters.corpus.record_format import (
    RecordFile,
    read_expected,
    read_record,
    write_expected,
    write_record,
)
from pointsman.core.error import ConfigurationError
from pointsman.core.evaluation.error_stream import Frame, ReportedError
from pointsman.core.evaluation.fault import FaultKind, Outcome
from pointsman.core.faults.record import RecordedFault, build_case
from pointsman.core.faults.sampling import FaultRequest, sample_faults


def test_there_are_80_programs_and_12_faults_of_every_kind_and_level() -> None:
    records = own_corpus().unwrap()
    assert len(records) >= 80
    kinds = Counter(fault.kind for record in records for fault in record.faults)
    assert {kind: kinds[kind] for kind in FaultKind if kinds[kind] < 12} == {}
    levels = Counter(fault.level for record in records for fault in record.faults)
    assert min(levels.values()) >= 36
    assert sorted(levels) == [1, 2, 3]


def test_few_faults_survive_the_checks() -> None:
    records = own_corpus().unwrap()
    kept = sum(len(record.faults) for record in records)
    survived = sum(count for record in records for count in record.survived.values())
    assert 0 < survived < kept / 5


def test_a_sample_has_twelve_cases_a_kind_whose_errors_name_only_files_of_the_program() -> None:
    made = sample_faults(own_corpus().unwrap(), FaultRequest(seed=7)).unwrap()
    assert Counter(case.kind for case in made.cases) == dict.fromkeys(FaultKind, 12)
    assert len({case.program for case in made.cases}) >= 60
    assert sum(case.silent for case in made.cases) < len(made.cases) / 2
    for case in made.cases:
        assert case.files != case.original
        assert case.files.keys() == case.original.keys()
        assert "check_" not in case.error, case.id
        assert not any(word in case.error for word in ("/tmp", "/work", "/root", "/home")), case.id
        assert bool(case.error) is not case.silent


@pytest.mark.long
def test_every_recorded_fault_can_be_made() -> None:
    for record in own_corpus().unwrap():
        stale = [fault.id for fault in record.faults if build_case(record, fault) is None]
        assert stale == [], record.program.name


def test_a_record_is_read_as_it_was_written() -> None:
    cause = ReportedError(exception="KeyError")
    error = ReportedError(
        test="test_a",
        exception="ValueError",
        message="ü",
        frames=(Frame(file="a.py", line=3, function="f"),),
        before=cause,
        is_cause=True,
    )
    record = RecordFile(
        digest="d",
        python="3.11",
        cpu_seconds=0.5,
        faults=(RecordedFault(id="1", edits=("name|a.py|body.0|x",), errors=(error,)), RecordedFault(id="2", edits=())),
        survived={FaultKind.NAME: 2},
    )
    assert read_record(write_record(record)).unwrap() == record
    assert read_record(write_record(RecordFile(digest="", python="", cpu_seconds=1.0))).unwrap().faults == ()
    expected = {"check_b": Outcome(value="'ü'"), "check_a": Outcome(error="KeyError")}
    assert list(read_expected(write_expected(expected)).items()) == list(expected.items())


def test_a_record_of_another_text_is_refused_with_all_problems(tmp_path: Path) -> None:
    folder = program_folders()[0]
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
    assert read_corpus([copy]).unwrap()[0].program == read_program(folder).unwrap()
    (copy / f"{folder.name}.py").write_text((copy / f"{folder.name}.py").read_text("utf-8") + "\nMORE = 1\n", "utf-8")
    (tmp_path / "empty").mkdir()
    problem = read_corpus([copy, tmp_path / "empty"]).failure()
    assert isinstance(problem, ConfigurationError)
    assert len(problem.problems) == 2
    assert "recorded of another text" in problem.problems[0]
    (copy / "faults.json").write_bytes(b"{")
    assert "cannot be read" in read_corpus([copy]).failure().summary
