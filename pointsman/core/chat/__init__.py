"""Requests and answers: what is asked of a model and what it gives."""
