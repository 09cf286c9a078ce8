"""The laws of `ModelBook`. A law takes a book, and the provider and model of which it knows price and window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from pointsman.core.models.model import NO_FACTS, ModelFacts
from pointsman.services.ports.model_book import ModelBook

Law: TypeAlias = Callable[[ModelBook, str, str], None]
STRANGE = ("", "no such model", "a/b/c", "*", "%", "\x00", "Ω" * 5000, "../..", "gpt-4o" * 1000)


def what_is_known_is_told(book: ModelBook, provider: str, model: str) -> None:
    facts = book.facts(provider, model)
    assert facts.price is not None
    assert facts.context_length is not None
    assert facts.context_length > 0
    assert facts.price.rates.input is not None
    assert facts.price.rates.input >= 0


def looking_up_again_says_the_same(book: ModelBook, provider: str, model: str) -> None:
    first = book.facts(provider, model)
    for name in STRANGE:
        book.facts(provider, name)
    assert book.facts(provider, model) == first


def what_is_not_known_is_absent_and_never_an_exception(book: ModelBook, provider: str, model: str) -> None:
    for name in STRANGE:
        assert isinstance(book.facts(provider, name), ModelFacts)
        assert book.facts(f"no such provider {name}", name) == NO_FACTS


LAWS: tuple[Law, ...] = (
    what_is_known_is_told,
    looking_up_again_says_the_same,
    what_is_not_known_is_absent_and_never_an_exception,
)
