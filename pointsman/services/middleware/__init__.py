"""Middleware: clients made of other clients."""
