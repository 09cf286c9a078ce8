"""Healing code that fails: what an error says, which files it names, what a model is asked, what it changes. Pure."""
