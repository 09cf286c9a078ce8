"""The words of a text by which a database finds it: the core cuts them, so that all stores find the same.

They stand beside what they were cut from, since an index must be told which words to forget, and another Python may cut
the same text in another way.
"""

from __future__ import annotations

from pointsman.core.words import join_words
from pointsman.services.encrypted_text import is_encrypted_text, is_encrypted_word


def index_words(text: str) -> str:
    """The words of a message or a title; none of what is encrypted."""
    return "" if is_encrypted_word(text) or is_encrypted_text(text) else join_words(text)
