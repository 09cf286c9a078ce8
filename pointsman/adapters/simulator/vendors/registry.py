"""Which vendor's rules hold for a request: that of the dialect which its path speaks, or one that it names. Data."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.adapters.dialects.routing import RouteMatch
from pointsman.adapters.simulator.vendors.anthropic import ANTHROPIC
from pointsman.adapters.simulator.vendors.compatible import compatible
from pointsman.adapters.simulator.vendors.gemini import GEMINI
from pointsman.adapters.simulator.vendors.ollama import OLLAMA
from pointsman.adapters.simulator.vendors.openai_chat import OPENAI_CHAT
from pointsman.adapters.simulator.vendors.openai_responses import OPENAI_RESPONSES
from pointsman.adapters.simulator.vendors.vendor import Vendor

VENDORS: Mapping[str, Vendor] = {
    vendor.name: vendor for vendor in (OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC, GEMINI, OLLAMA)
}
"""The vendor whose rules hold for a dialect. A dialect that is missing has none, and is not held to any."""


def vendor_of(found: RouteMatch, named: str) -> Vendor | None:
    """The vendor that a request is for, which may have been `named` in its path."""
    if named and found.dialect.name == "openai-chat":
        return compatible(named)
    return VENDORS.get(found.dialect.name)
