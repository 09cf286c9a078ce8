"""The laws of the ports. Each is a function of an opening, and holds for every adapter of its port."""

import pytest

pytest.register_assert_rewrite(
    "tests.laws.cache_store",
    "tests.laws.conversation_store",
    "tests.laws.ledger",
    "tests.laws.memory_store",
    "tests.laws.usage_log",
    "tests.laws.responses",
)
