"""How much of a medium is read and decoded at most, whoever is asked. Data only."""

from __future__ import annotations

MOST_PIXELS = 80_000_000
"""Pixels that are decoded: 240 MB in memory. Beyond it a small file may be a bomb."""
MOST_READ = 100 * 2**20
"""Bytes that are read of a file."""
