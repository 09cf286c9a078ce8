"""Evaluation as it runs: questions to models, judging in a sandbox, one journal."""
