"""A batch of work as it travels: bytes, so that the cluster's scheduler reads and imports none of it.

Nothing but functions of modules and frozen records is in it. Keys, clients and sandboxes stay where they were opened.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, TypeAlias, cast

import attrs
from returns.result import Result

from pointsman.services.ports.executor import PlacedWork

VERSION: Final = str(import_module("pointsman").__version__)
"""Of pointsman, where this runs."""


@attrs.frozen
class Piece:
    """One piece of work, under an id by which it can be cancelled."""

    id: str
    function: PlacedWork[Any, Any, Any, Any]
    work: object


@attrs.frozen
class Raised:
    """In place of an outcome: the work has a defect, and this is what it raised."""

    detail: str


Outcome: TypeAlias = "Result[object, object] | Raised"


def write_batch(pieces: Sequence[Piece]) -> bytes:
    """`pieces`, and the version of pointsman that wrote them."""
    written = [(piece.id, pickle.dumps((piece.function, piece.work))) for piece in pieces]
    return pickle.dumps((VERSION, written))


def batch_version(batch: bytes) -> str:
    """The version that wrote `batch`. The pieces, which another version may not be able to read, are not read."""
    return str(pickle.loads(batch)[0])


def read_batch(batch: bytes) -> list[Piece]:
    """What `write_batch` was given."""
    pieces: list[tuple[str, bytes]] = pickle.loads(batch)[1]
    return [Piece(id, *pickle.loads(written)) for id, written in pieces]


def write_outcomes(outcomes: Sequence[Outcome] | str) -> bytes:
    """The outcomes of a batch, in the order of its pieces; or in one sentence why the worker can do none of them."""
    return pickle.dumps(outcomes if isinstance(outcomes, str) else list(outcomes))


def read_outcomes(written: bytes) -> list[Outcome] | str:
    """What `write_outcomes` was given."""
    return cast("list[Outcome] | str", pickle.loads(written))
