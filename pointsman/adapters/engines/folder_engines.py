"""The engines for models in folders of safetensors: mlx_lm and `transformers serve`, each in a child, loaded there."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from pointsman.adapters.engines.engine_process import Connect, ProcessStarter
from pointsman.adapters.engines.records import EngineRecords
from pointsman.core.models.local_model import Capacity

FolderKind: TypeAlias = Literal["mlx_lm", "transformers"]
FOLDER_KINDS: tuple[FolderKind, ...] = get_args(FolderKind)
"""What settings call them."""
_HERE = Path(__file__).parent
_SCRIPTS: Mapping[FolderKind, Path] = {
    "mlx_lm": _HERE / "mlx_lm_child.py",
    "transformers": _HERE / "transformers_child.py",
}
_PACKAGES: Mapping[FolderKind, tuple[str, ...]] = {
    "mlx_lm": ("mlx_lm",),
    "transformers": ("transformers", "torch", "uvicorn"),
}
_NEEDS: Mapping[FolderKind, str] = {
    "mlx_lm": "install it by `pip install 'pointsman[mlx]'`",
    "transformers": "install it by `pip install 'pointsman[transformers]'`",
}


def folder_engine(
    kind: FolderKind, connect: Connect, look: Callable[[], Capacity], records: EngineRecords, python: str | None
) -> ProcessStarter:
    """What starts it, by `python` where that is another than this; where it is not installed, what says so."""
    needs = ""
    if python is None and not has_packages(kind):
        needs = (
            f"models in folders are run by {kind} here, which is not installed; {_NEEDS[kind]}, or let"
            " engine.python be a Python that has it"
        )
    environment = {"OMP_WAIT_POLICY": "passive", "TOKENIZERS_PARALLELISM": "false"}
    return ProcessStarter(_SCRIPTS[kind], connect, look, records, needs, environment, python or sys.executable)


def has_packages(kind: FolderKind) -> bool:
    """Whether all that it is made of can be found. Nothing is loaded."""
    return all(importlib.util.find_spec(package) is not None for package in _PACKAGES[kind])


def usual_kind() -> FolderKind:
    """mlx_lm on Apple silicon, transformers elsewhere; the other, where only that is installed."""
    order: tuple[FolderKind, ...] = FOLDER_KINDS if sys.platform == "darwin" else FOLDER_KINDS[::-1]
    for kind in order:
        if has_packages(kind):
            return kind
    return order[0]


def chosen_kind(named: str) -> FolderKind:
    """The kind that settings name, or the usual one where they name none of these."""
    if named == "mlx_lm":
        return "mlx_lm"
    return "transformers" if named == "transformers" else usual_kind()
