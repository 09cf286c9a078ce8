"""Servers of models that somebody else runs, asked to load, unload, download and delete: a file each."""
