"""A server on loopback that speaks every dialect, with faults on demand."""
