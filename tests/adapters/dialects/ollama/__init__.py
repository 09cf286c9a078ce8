"""Tests of Ollama's own API."""
