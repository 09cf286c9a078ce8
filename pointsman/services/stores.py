"""The record of everything that keeps something."""

from __future__ import annotations

import attrs

from pointsman.services.cache_store import CacheStore
from pointsman.services.conversation_store import ConversationStore
from pointsman.services.key_rotation import KeyRotation
from pointsman.services.key_store import KeyStore
from pointsman.services.ledger import Ledger
from pointsman.services.memory_store import MemoryStore
from pointsman.services.scoreboard import Scoreboard
from pointsman.services.settings_store import SettingsStore
from pointsman.services.usage_log import UsageLog
from pointsman.services.vault import Vault


@attrs.frozen(kw_only=True)
class Stores:
    """Where things are kept: answers, budgets, usage records, conversations, how models do, settings, keys.

    Without `rotation` nothing is sealed whose key could be changed.
    """

    cache: CacheStore
    ledger: Ledger
    usage_log: UsageLog
    scoreboard: Scoreboard
    conversations: ConversationStore
    memories: MemoryStore
    settings: SettingsStore
    keys: KeyStore
    vault: Vault
    rotation: KeyRotation | None = None
