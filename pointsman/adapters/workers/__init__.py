"""Several processes that serve one address: a supervisor, and what it and its workers tell each other."""
