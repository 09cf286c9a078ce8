"""Evaluation as it runs: tests in a sandbox, faults proved by them, questions to models, one journal a run."""
