"""Faults made of correct programs: edits of the syntax tree by kind, candidates, and a fair sample. Pure."""
