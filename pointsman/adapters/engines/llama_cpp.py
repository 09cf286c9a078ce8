"""The engine for GGUF models: llama.cpp, by the package xllamacpp, in a child. It loads nothing of it here."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

from pointsman.adapters.engines.engine_process import Connect, ProcessStarter
from pointsman.adapters.engines.records import EngineRecords
from pointsman.core.models.local_model import Capacity

LLAMA_CPP = "llama.cpp"
"""What settings call it."""
_SCRIPT = Path(__file__).with_name("llama_cpp_child.py")
NEEDS = "models here are run by llama.cpp, which is not installed; install it by `pip install 'pointsman[local]'`"


def llama_cpp(connect: Connect, look: Callable[[], Capacity], records: EngineRecords) -> ProcessStarter:
    """What starts it; where it is not installed, what says so."""
    needs = "" if is_installed() else NEEDS
    return ProcessStarter(_SCRIPT, connect, look, records, needs, {"OMP_WAIT_POLICY": "passive"})


def is_installed() -> bool:
    """Whether xllamacpp can be found. Nothing is loaded."""
    return importlib.util.find_spec("xllamacpp") is not None
