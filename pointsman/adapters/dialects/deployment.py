"""Where Azure's clients ask for a model, a deployment, in the path. Data only."""

from __future__ import annotations

DEPLOYMENT = "/openai/deployments/(?P<deployment>.+)"
"""As a regular expression: what a base path of OpenAI's chat may be."""
