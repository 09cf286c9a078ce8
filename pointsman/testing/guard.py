"""Keeps tests from asking real providers. What is refused is a `ConfigurationError` of the call; nothing is sent.

It guards this process, and Apps that are opened inside; loopback may be asked, so the simulator can be.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from pointsman.layers import remote

REFUSAL = (
    "this test would ask {host}, and tests ask no real provider; answer with `llm_app` and `llm_script`, serve the "
    "simulator with `llm_simulator`, replay with `llm_recorded`, or mark the test `@pytest.mark.llm_live`"
)


def refuse_remote(why: str = REFUSAL) -> AbstractContextManager[None]:
    """Inside, no App that is opened asks another machine: its calls fail with `why`, in which `{host}` is its name."""
    return remote.refuse_remote(why)
