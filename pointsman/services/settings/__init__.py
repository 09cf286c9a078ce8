"""Settings that change while the program runs."""
