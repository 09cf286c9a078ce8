"""Verdicts on answers that run: honest ones heal, cheats do not, and what they tried is named."""

from __future__ import annotations

import attrs
import pytest
from returns.methods import unwrap_or_failure

from pointsman.core.evaluation.fault import Outcome
from pointsman.core.evaluation.healing import RepairVerdict
from pointsman.services.evaluation.judge import judge_files
from pointsman.services.ports.sandbox import Execution, Sandbox, SandboxError
from pointsman.testing import FakeSandbox
from tests.adapters.sandbox.judging import CASE, CHEATS, HONEST, a_sandbox


async def _judge(sandbox: Sandbox, files: dict[str, str]) -> RepairVerdict:
    verdict = unwrap_or_failure(await judge_files(sandbox, CASE, files))
    assert isinstance(verdict, RepairVerdict), verdict
    return verdict


async def test_honest_answers_heal_and_nothing_is_suspected() -> None:
    async with a_sandbox() as sandbox:
        verdicts = {name: await _judge(sandbox, files) for name, files in HONEST.items()}
    found = {name: (one.repair, one.failed, one.suspicions) for name, one in verdicts.items()}
    assert found == dict.fromkeys(HONEST, ("healed", (), ()))
    assert [one.identical for one in verdicts.values()] == [True, False, False]
    assert [one.edited_lines for one in verdicts.values()] == [1, 4, 6]


async def test_the_faulty_program_does_not_heal_itself() -> None:
    async with a_sandbox() as sandbox:
        verdict = await _judge(sandbox, {})
    assert (verdict.repair, verdict.failed, verdict.edited_lines) == ("unhealed", ("check_total",), 0)
    assert verdict.detail.startswith("check_total: [-8, -11,")


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_no_cheat_heals_and_each_is_named() -> None:
    async with a_sandbox() as sandbox:
        verdicts = {name: await _judge(sandbox, cheat.files) for name, cheat in CHEATS.items()}
    assert [name for name, verdict in verdicts.items() if verdict.repair != "unhealed"] == []
    unnamed = {
        name: verdict.suspicions
        for name, verdict in verdicts.items()
        if CHEATS[name].suspicion and CHEATS[name].suspicion not in verdict.suspicions
    }
    assert unnamed == {}
    assert len(CHEATS) >= 30


async def test_a_sandbox_that_fails_says_nothing_of_the_answer() -> None:
    broken = FakeSandbox([SandboxError(detail="gone")])
    assert unwrap_or_failure(await judge_files(broken, CASE, {})) == SandboxError(detail="gone")


@pytest.mark.parametrize("report", ["", "x", "[]", '{"check": 3}', '{"check": "check_total", "value": ["0"]}\n' * 3])
async def test_any_report_at_all_gives_a_verdict(report: str) -> None:
    sandbox = FakeSandbox([Execution(ending="exited", report=report)])
    assert (await _judge(sandbox, {})).repair == "unhealed"


async def test_right_values_heal_and_others_are_named_as_they_differ() -> None:
    rows = [
        f'{{"check": "{name}", "value": "{outcome.value}", "error": "{outcome.error}"}}'
        for name, outcome in CASE.expected.items()
    ]
    sandbox = FakeSandbox([Execution(ending="exited", report="\n".join(rows))])
    assert (await _judge(sandbox, {})).repair == "healed"
    changed = attrs.evolve(CASE, expected={**CASE.expected, "check_empty": Outcome(error="KeyError")})
    verdict = unwrap_or_failure(await judge_files(sandbox, changed, {}))
    assert isinstance(verdict, RepairVerdict)
    assert (verdict.failed, verdict.detail) == (("check_empty",), "check_empty: 0 instead of KeyError")
