"""Evaluation of models by healing: faults, verdicts, statistics, evidence. Pure: it runs and asks nothing."""
