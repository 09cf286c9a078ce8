"""The world as ports: the real clock, randomness."""
