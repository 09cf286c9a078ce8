"""Model files on this machine: those that pointsman has got, and those that other programs hold."""
