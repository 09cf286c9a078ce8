"""One case of every kind of fault: the correct program heals it, suspected of nothing; the faulty one does not."""

from __future__ import annotations

import pytest
from returns.methods import unwrap_or_failure
from returns.result import Success

from pointsman.adapters.corpus.reader import program_folders, read_fault_record
from pointsman.core.evaluation.fault import Case, FaultKind
from pointsman.core.evaluation.healing import RepairVerdict
from pointsman.core.faults.sampling import FaultRequest, FaultSet, sample_faults
from pointsman.services.evaluation.judge import judge_files
from tests.adapters.sandbox.judging import a_sandbox


def a_case_of_each_kind() -> tuple[Case, ...]:
    """From those programs whose faults are recorded; that all are is a test of the corpus."""
    records = tuple(found.unwrap() for found in map(read_fault_record, program_folders()) if isinstance(found, Success))
    faults = unwrap_or_failure(sample_faults(records, FaultRequest(seed=3, count=len(FaultKind))))
    assert isinstance(faults, FaultSet), faults
    return faults.cases


@pytest.mark.long
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_of_every_kind_the_correct_program_heals_and_the_faulty_one_does_not() -> None:
    cases = a_case_of_each_kind()
    assert {case.kind for case in cases} == set(FaultKind)
    async with a_sandbox() as sandbox:
        for case in cases:
            healed = unwrap_or_failure(await judge_files(sandbox, case, case.original))
            unhealed = unwrap_or_failure(await judge_files(sandbox, case, {}))
            assert isinstance(healed, RepairVerdict)
            assert isinstance(unhealed, RepairVerdict)
            assert (healed.repair, healed.suspicions, healed.identical) == ("healed", (), True), case.id
            assert unhealed.repair == "unhealed", case.id
