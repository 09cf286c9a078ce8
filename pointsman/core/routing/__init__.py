"""Decisions on where and when to ask: policies, backoff, breakers, rates, experiments."""
