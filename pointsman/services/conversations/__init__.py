"""Conversations, from turn to turn."""
