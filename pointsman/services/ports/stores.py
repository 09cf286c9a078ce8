"""The record of everything that keeps something."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
from returns.future import FutureResult

from pointsman.services.ports.change_hints import NO_HINTS

if TYPE_CHECKING:
    from pointsman.core.error import StorageError
    from pointsman.services.interceptors.breaker import Circuits
    from pointsman.services.interceptors.shared_limiter import SharedLimiter
    from pointsman.services.ports.authority_version import AuthorityVersion
    from pointsman.services.ports.cache_store import CacheStore
    from pointsman.services.ports.change_hints import ChangeHints, EventCarrier
    from pointsman.services.ports.cipher import Cipher
    from pointsman.services.ports.collection_store import CollectionStore
    from pointsman.services.ports.conversation_store import ConversationStore
    from pointsman.services.ports.evidence_store import EvidenceStore
    from pointsman.services.ports.key_rotation import KeyRotation
    from pointsman.services.ports.key_store import KeyStore
    from pointsman.services.ports.ledger import Ledger
    from pointsman.services.ports.memory_store import MemoryStore
    from pointsman.services.ports.recording_store import RecordingStore
    from pointsman.services.ports.run_store import RunFolder
    from pointsman.services.ports.scoreboard import Scoreboard
    from pointsman.services.ports.session_store import SessionStore
    from pointsman.services.ports.settings_store import SettingsStore
    from pointsman.services.ports.usage_log import UsageLog
    from pointsman.services.ports.user_store import UserStore
    from pointsman.services.shared.lease_keeper import LeaseKeeper


def _keep_all() -> FutureResult[StorageError | None, StorageError]:
    return FutureResult.from_value(None)


@attrs.frozen(kw_only=True)
class Stores:
    """Where things are kept: answers, budgets, usage records, conversations, texts by meaning, how models do, which
    heals what, calls to be replayed, runs of evaluations, settings, keys, users, who is signed in, and how often any of
    that has changed.

    `runs` gives the same each time; what keeps them is loaded by whoever asks for it.

    `hints` come where looking for changes costs more than being told of them.
    With a `limiter` rate limits are kept together with other processes, with `circuits` models are left alone in all of
    them, with `leases` equal questions are asked once in all of them, and a `carrier` brings their events.
    Without `rotation` nothing is encrypted whose key could be changed.
    `check_writing` gives why the database cannot be written though what calls come to is kept, and None where it can;
    it fails where nothing can be kept.
    """

    cache: CacheStore
    ledger: Ledger
    usage_log: UsageLog
    scoreboard: Scoreboard
    evidence: EvidenceStore
    conversations: ConversationStore
    memories: MemoryStore
    collections: CollectionStore
    recordings: RecordingStore
    runs: Callable[[], RunFolder]
    settings: SettingsStore
    keys: KeyStore
    sessions: SessionStore
    users: UserStore
    authority: AuthorityVersion
    cipher: Cipher
    rotation: KeyRotation | None = None
    limiter: SharedLimiter | None = None
    circuits: Circuits | None = None
    leases: LeaseKeeper | None = None
    hints: ChangeHints = NO_HINTS
    carrier: EventCarrier | None = None
    check_writing: Callable[[], FutureResult[StorageError | None, StorageError]] = _keep_all
