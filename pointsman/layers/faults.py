"""Puts the fault generator together: the corpus, or a folder of the user's, and the sandbox that proves faults."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import anyio.to_thread
from returns.result import Failure, Result

from pointsman.adapters.corpus.own_programs import read_own_folder
from pointsman.adapters.corpus.reader import own_corpus
from pointsman.core.error import ConfigurationError
from pointsman.core.faults.record import FaultRecord
from pointsman.core.faults.sampling import FaultRequest, FaultSet, sample_faults
from pointsman.layers.recipes import open_sandbox
from pointsman.services.evaluation.fault_oracle import FaultOracle
from pointsman.services.evaluation.fault_proofs import prove_faults
from pointsman.services.evaluation.own_faults import LibrarySandbox, make_own_faults
from pointsman.services.evaluation.progress import FaultProgress
from pointsman.services.ports.sandbox import SandboxError


async def make_faults(
    request: FaultRequest,
    folder: str | None = None,
    prove: bool = False,
    sandbox: str = "auto",
    progress: FaultProgress | None = None,
) -> Result[FaultSet, ConfigurationError | SandboxError]:
    """The faulty programs of `request`, in an order of which any beginning is as even as the whole.

    Those of the corpus are recorded, so nothing is run unless `prove` asks for it; those of `folder` are always run.
    `progress` counts what is run.
    """
    progress = progress or FaultProgress()
    if folder is not None:
        return await _own_faults(request, folder, sandbox, progress)
    records = await anyio.to_thread.run_sync(own_corpus)
    sampled = records.bind(lambda known: sample_faults(known, request))
    if isinstance(sampled, Failure) or not prove:
        return sampled
    return await _prove(sampled.unwrap(), records.unwrap(), sandbox, progress)


async def _prove(
    faults: FaultSet, records: tuple[FaultRecord, ...], sandbox: str, progress: FaultProgress
) -> Result[FaultSet, ConfigurationError | SandboxError]:
    async with open_sandbox(sandbox) as opened:
        if isinstance(opened, Failure):
            return opened
        programs = [record.program for record in records]
        return await prove_faults(faults, programs, FaultOracle(opened.unwrap(), progress))


async def _own_faults(
    request: FaultRequest, folder: str, sandbox: str, progress: FaultProgress
) -> Result[FaultSet, ConfigurationError | SandboxError]:
    read = await anyio.to_thread.run_sync(read_own_folder, Path(folder))
    if isinstance(read, Failure):
        return read
    own = read.unwrap()
    async with open_sandbox(sandbox) as opened:
        if isinstance(opened, Failure):
            return opened
        needed = LibrarySandbox(opened.unwrap(), (sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"]))
        return await make_own_faults(own.programs, own.tracebacks, request, FaultOracle(needed, progress))
