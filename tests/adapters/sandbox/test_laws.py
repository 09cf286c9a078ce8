"""Every sandbox that this machine can open keeps the laws; the fake those that need nothing to be run."""

from __future__ import annotations

import pytest
from returns.result import Failure

from pointsman.adapters.sandbox.bubblewrap import open_bubblewrap
from pointsman.adapters.sandbox.caged import open_caged
from pointsman.adapters.sandbox.process import ProcessSandbox
from pointsman.testing import FakeSandbox
from pointsman.testing.laws import sandbox


@pytest.mark.parametrize("law", sandbox.LAWS)
async def test_processes_keep_the_laws(law: sandbox.Law) -> None:
    await law(ProcessSandbox())


async def test_the_cage_keeps_the_laws() -> None:
    async with open_caged() as opened:
        if isinstance(opened, Failure):
            pytest.skip(str(opened.failure()))
        for law in sandbox.LAWS:
            await law(opened.unwrap())


@pytest.mark.long
async def test_bubblewrap_keeps_the_laws() -> None:
    async with open_bubblewrap() as opened:
        if isinstance(opened, Failure):
            pytest.skip(str(opened.failure()))
        for law in sandbox.LAWS:
            await law(opened.unwrap())


@pytest.mark.parametrize("law", sandbox.FAKE_LAWS)
async def test_the_fake_keeps_the_laws_of_what_runs_nothing(law: sandbox.Law) -> None:
    await law(FakeSandbox())
