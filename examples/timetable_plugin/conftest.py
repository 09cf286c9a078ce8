"""Its place has pytest find the package beside it; it needs no more."""
