"""Prompts that come with pointsman."""
