"""Port: the book of models, in which prices and limits are looked up."""

from __future__ import annotations

from typing import Protocol

from pointsman.core.models.model import ModelFacts


class ModelBook(Protocol):
    """What is known of models. Looking up costs no network and never fails: what is not known is absent."""

    def facts(self, provider: str, model: str) -> ModelFacts:
        """Of `model` at the provider named `provider` in the settings."""
        ...
