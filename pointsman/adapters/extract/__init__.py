"""Extractors: what reads documents of one kind each, bounded in memory and time, from files and bytes of strangers."""
