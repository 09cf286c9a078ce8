"""Models that run on this machine: which are held ready, for how long, and how they are asked."""
