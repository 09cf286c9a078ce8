"""Which exit code each kind of error has, and what it means. Stable: scripts rely on it."""

from __future__ import annotations

from collections.abc import Mapping

from pointsman.adapters.cli.terminal import Terminal
from pointsman.core.error import ConfigurationError, FallbackExhausted, Fault, InvalidRequest, cause_of

OK = 0
UNMET = 1
USAGE = 2
FILTERED = 12
STORAGE = 16
UNAPPLIED = 18
UNPROVED = 19
MISSING = 20
INTERRUPTED = 130
BROKEN_PIPE = 141

MEANINGS: Mapping[int, str] = {
    OK: "it went well",
    UNMET: "a trial failed: a part of the demo, or the sandbox that was attacked",
    USAGE: "the command line is wrong, or a file that it names but for settings; nothing was sent",
    3: "the settings are wrong, say too little, or are not where the command line says",
    4: "the key is missing, wrong, or not allowed to do this",
    5: "there is no such model",
    6: "too many requests for now",
    7: "credit or quota is used up",
    8: "nothing came in time",
    9: "the server was not reached, or the connection broke",
    10: "the request was refused as it is",
    11: "the prompt does not fit the model's window",
    FILTERED: "a filter or the model itself declined to answer",
    13: "what came is no answer",
    14: "the provider cannot serve now",
    15: "every fallback failed",
    STORAGE: "something could not be read from or written to disk, standard output included",
    17: "a budget would be overspent",
    UNAPPLIED: "a change that nobody allowed, or no sandbox that holds",
    UNPROVED: "a healing that proves nothing",
    MISSING: "nothing of that name is kept here",
    INTERRUPTED: "interrupted",
    BROKEN_PIPE: "the reader of the output went away",
}
"""One meaning for each; `docs/reference/errors.md` and `pointsman --help` say the same."""

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
    "ContentFiltered": FILTERED,
    "InvalidResponse": 13,
    "ModelUnavailable": 14,
    "FallbackExhausted": 15,
    "StorageError": STORAGE,
    "ConversationNotFound": MISSING,
    "ConversationConflict": STORAGE,
    "BudgetExceeded": 17,
    "UnreadableFile": USAGE,
    "EmptyDocument": USAGE,
    "DocumentTooLarge": USAGE,
    "EncryptedDocument": USAGE,
    "DamagedDocument": USAGE,
    "MislabelledDocument": USAGE,
    "NoTextLayer": USAGE,
    "NoSuchPages": USAGE,
    "UnsupportedDocument": USAGE,
    "ExtractorMissing": USAGE,
    "ExtractionOverrun": USAGE,
    "SandboxError": UNAPPLIED,
    "NoSandboxHolds": UNAPPLIED,
}


def exit_code(error: Fault) -> int:
    """The exit code that `error` ends the program with; of an exhausted fallback that of its cause."""
    cause: Fault = cause_of(error) if isinstance(error, FallbackExhausted) else error
    if isinstance(cause, InvalidRequest) and cause.local:
        return USAGE
    if isinstance(cause, ConfigurationError) and cause.is_storage:
        return STORAGE
    return BY_TAG[cause.tag]


def report_failure(error: Fault, terminal: Terminal) -> int:
    """Say what went wrong, and give its exit code."""
    terminal.complain(error)
    return exit_code(error)


def report_usage(problem: str, terminal: Terminal) -> int:
    """Say in one sentence what is wrong with the command line, and give its exit code."""
    return report_failure(InvalidRequest(detail=problem, local=True), terminal)


def report_missing(problem: str, terminal: Terminal) -> int:
    """Say what is not kept here, and give its exit code."""
    terminal.complain(f"{problem}.")
    return MISSING
