"""Secrets, passwords, virtual keys, and the trail of who changed what."""
