"""Stores that last as long as the process."""
