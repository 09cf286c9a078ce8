"""Which engine runs which kind of model. It knows no engine.

Short, since both who starts engines and who keeps them need not know that there are several.
"""

from __future__ import annotations

import attrs
from returns.result import Result

from pointsman.core.error import ProviderError
from pointsman.core.models.local_model import Capacity, EnginePlan
from pointsman.services.ports.engine import EngineStarter, RunningEngine


@attrs.frozen
class EnginesByFormat:
    """An `EngineStarter` made of two: one for GGUF files, one for folders of safetensors."""

    files: EngineStarter
    folders: EngineStarter

    def capacity(self) -> Capacity:
        """That of the machine, which is the same for both."""
        return self.files.capacity()

    async def start(self, plan: EnginePlan) -> Result[RunningEngine, ProviderError]:
        """By the one that runs such a model."""
        starter = self.files if plan.model.format == "gguf" else self.folders
        return await starter.start(plan)
