"""What the command line needs of the layers, which it may not import: `__main__` gives it this."""
