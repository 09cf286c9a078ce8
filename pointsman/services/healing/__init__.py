"""Healing live: a command that fails, or a log of errors. Written on ports; the rules stand in `core/healing`."""
