"""Adapters: everything that touches the world, one folder a kind."""
