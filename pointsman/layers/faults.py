"""Puts the fault generator together: the corpus, or a folder of the user's, and the sandbox that proves faults."""

from __future__ import annotations

from returns.result import Result

from pointsman.adapters.corpus.reader import own_corpus
from pointsman.core.error import ConfigurationError
from pointsman.core.faults.sampling import FaultRequest, FaultSet, sample_faults
from pointsman.services.ports.sandbox import SandboxError


async def make_faults(
    request: FaultRequest, folder: str | None = None, prove: bool = False
) -> Result[FaultSet, ConfigurationError | SandboxError]:
    """The faulty programs of `request`, in an order of which any beginning is as even as the whole."""
    return own_corpus().bind(lambda records: sample_faults(records, request))
