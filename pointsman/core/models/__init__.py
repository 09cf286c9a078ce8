"""Models: their names, facts and addresses."""
