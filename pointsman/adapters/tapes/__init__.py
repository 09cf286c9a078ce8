"""Tapes on disk."""
