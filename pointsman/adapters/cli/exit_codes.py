"""Which exit code each kind of error has. Stable: scripts rely on it."""

from __future__ import annotations

from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.error import FallbackExhausted, Fault, cause_of

OK = 0
USAGE = 2
UNAPPLIED = 18
"""A change was proposed, and there was nobody to allow it."""
UNPROVED = 19
"""A command that was to be healed ends with 0, which proves nothing."""
INTERRUPTED = 130
BROKEN_PIPE = 141

BY_TAG: dict[str, int] = {
    "ConfigurationError": 3,
    "AuthenticationFailed": 4,
    "ModelNotFound": 5,
    "RateLimitExceeded": 6,
    "QuotaExhausted": 7,
    "TimeoutError": 8,
    "NetworkError": 9,
    "InvalidRequest": 10,
    "UnsupportedFeature": 10,
    "ContextTooLarge": 11,
    "ContentFiltered": 12,
    "InvalidResponse": 13,
    "ModelUnavailable": 14,
    "FallbackExhausted": 15,
    "StorageError": 16,
    "ConversationNotFound": 16,
    "ConversationConflict": 16,
    "BudgetExceeded": 17,
    "UnreadableFile": 10,
    "EmptyDocument": 10,
    "DocumentTooLarge": 10,
    "EncryptedDocument": 10,
    "DamagedDocument": 10,
    "MislabelledDocument": 10,
    "NoTextLayer": 10,
    "NoSuchPages": 10,
    "UnsupportedDocument": 10,
    "ExtractorMissing": 10,
    "ExtractionOverrun": 10,
    "SandboxError": 18,
    "NoSandboxHolds": 18,
}


def exit_code(error: Fault) -> int:
    """The exit code that `error` ends the program with; of an exhausted fallback that of its cause."""
    return BY_TAG[cause_of(error).tag if isinstance(error, FallbackExhausted) else error.tag]


def report_failure(error: Fault, terminal: Terminal) -> int:
    """Say what went wrong, and give its exit code."""
    terminal.complain(error)
    return exit_code(error)
