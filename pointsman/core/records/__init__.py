"""Frozen records from plain tables and back, by the records' own types. Pure."""
