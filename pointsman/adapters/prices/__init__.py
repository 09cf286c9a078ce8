"""Prices and sizes of models: the table that comes with pointsman, and what the user says better."""
