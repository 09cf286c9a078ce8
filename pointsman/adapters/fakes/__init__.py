"""The old address of what `pointsman.testing` gives; it goes with the next version."""
