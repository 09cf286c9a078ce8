"""The door for plug-ins names every port there is."""

from __future__ import annotations

import ast
from pathlib import Path

import pointsman
import pointsman.ports

_ROOM = Path(pointsman.__file__).parent / "services/ports"
_INSIDE = frozenset(("ChatFunction", "Lifetime", "Running"))
"""Ports between our own layers, which nobody else implements."""


def test_every_port_stands_in_the_door_for_plug_ins() -> None:
    ports = {
        node.name
        for file in _ROOM.glob("*.py")
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases)
    }
    assert len(ports) > 15
    assert ports - set(vars(pointsman.ports)) == _INSIDE
