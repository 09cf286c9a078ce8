"""HTTP: the pool, the framing and the one driver for all providers."""
