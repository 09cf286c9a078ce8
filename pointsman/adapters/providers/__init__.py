"""Providers as rows of data. A new one is a row; nothing else in the program knows their names."""
