"""Where a request goes, and what the name of a model means."""
