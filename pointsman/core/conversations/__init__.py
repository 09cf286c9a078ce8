"""Conversations as values: turns, branches, and the window that they are fitted to."""
