"""Ports, and the orchestration written on ports. Knows core; no HTTP, no files, no clock of its own."""
