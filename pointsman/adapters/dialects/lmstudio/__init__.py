"""LM Studio's own model list. Source: lmstudio.ai/docs."""
