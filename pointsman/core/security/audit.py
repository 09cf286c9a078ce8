"""Who changed what, and when; secrets only as fingerprints. Pure."""

from __future__ import annotations

import hashlib

import attrs

from pointsman.core.records.read import fields_of
from pointsman.core.records.write import flatten, write_record
from pointsman.core.security.secret import Secret
from pointsman.core.settings import ProviderSettings


@attrs.frozen
class FieldChange:
    """One field, before and after; None where it was not there."""

    field: str
    old: str | None
    new: str | None


@attrs.frozen(kw_only=True)
class AuditEntry:
    """One change. `time` is in Unix seconds, `what` such as `provider.update`, `id` is 0 until it is kept."""

    time: float
    who: str
    what: str
    target: str = ""
    changes: tuple[FieldChange, ...] = ()
    id: int = 0


def fingerprint(secret: Secret) -> str:
    """By which one can tell whether two secrets are the same, and nothing else."""
    digest = hashlib.blake2b(secret.reveal().encode(), digest_size=4, person=b"pointsman").hexdigest()
    return f"fingerprint {digest}"


def mask_key(secret: Secret) -> str:
    """The two ends of a key, as a person knows it again; of a short one nothing."""
    text = secret.reveal()
    if len(text) < _SHORT:
        return "…"
    head = text[:3] if text[2:3] == "-" else ""
    return f"{head}…{text[-4:]}"


_SHORT = 16


def provider_changes(old: ProviderSettings | None, new: ProviderSettings | None) -> tuple[FieldChange, ...]:
    """What differs between two states of a provider."""
    before, after = _fields(old), _fields(new)
    names = dict.fromkeys((*before, *after))
    return tuple(
        FieldChange(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    )


def _fields(provider: ProviderSettings | None) -> dict[str, str]:
    if provider is None:
        return {}
    secret = {field.name for field in fields_of(ProviderSettings) if field.is_secret}
    table = write_record(provider)
    return {name: _text_of(value, name in secret) for name, value in flatten(table) if name != "name"}


def _text_of(value: object, is_secret: bool) -> str:
    """A value as it may be seen; the address of a proxy is, unless it holds a password."""
    if isinstance(value, Secret):
        return fingerprint(value)
    if is_secret and isinstance(value, str) and "@" in value:
        return fingerprint(Secret(value))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
