"""Pure data and pure decisions. Knows attrs and returns; no clock, no randomness, no I/O."""
