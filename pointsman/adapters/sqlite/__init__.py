"""Stores in one SQLite file, shared by all processes that open it."""
