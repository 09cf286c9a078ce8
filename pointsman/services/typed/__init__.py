"""Answers that are values of a type."""
