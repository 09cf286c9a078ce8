"""LM Studio's own model list."""
