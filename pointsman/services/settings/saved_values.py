"""Settings that are saved one by one, as JSON: what a change makes of them, and what may not be changed. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from returns.result import Failure, Result, Success

from pointsman.core.error import InvalidRequest, wrong_input
from pointsman.core.json import Json, JsonObject, dumps_text
from pointsman.core.records.read import RecordField, fields_of
from pointsman.core.records.secrets import (
    Path,
    put_at,
    record_in,
    restore_secrets,
    secrets_in,
    split_secrets,
    stands_by_name,
    value_at,
)
from pointsman.core.security.audit import FieldChange, fingerprint
from pointsman.core.security.secret import Secret
from pointsman.core.settings import Settings
from pointsman.services.ports.settings_store import StoredSettings

ELSEWHERE = frozenset({"providers", "default_provider", "aliases"})
"""Are saved in places of their own."""


def changed_values(values: JsonObject, path: Path, value: Json) -> Result[JsonObject, InvalidRequest]:
    """`values` with `value` at `path`, the name of a setting and perhaps that of an entry of it; None takes it away."""
    name = path[0] if path else ""
    field = next((one for one in fields_of(Settings) if one.name == name and name not in ELSEWHERE), None)
    if field is None or (len(path) > 1 and not stands_by_name(field.kind)):
        return _refuse(f"there is no setting {'.'.join(path)!r} that can be saved")
    if value is None:
        if value_at(values, path) is None:
            return _refuse(f"nothing is saved of {'.'.join(path)!r}")
        return Success(_without_empty(put_at(values, path, None), name))
    wanted, restored = restore_secrets(Settings, put_at(values, path, value), values)
    problems = [*_of_files(field, value_at(wanted, path[:1]), path[:1]), *_find_moved_secrets(values, wanted, restored)]
    return _refuse(*problems) if problems else Success(wanted)


def _refuse(*problems: str) -> Failure[InvalidRequest]:
    return Failure(wrong_input(problems, 422))


def _without_empty(values: JsonObject, name: str) -> JsonObject:
    return values if values.get(name) else {key: one for key, one in values.items() if key != name}


def _of_files(field: RecordField, value: Json, path: Path) -> Iterator[str]:
    """What of `value` is set in a file alone, and why."""
    if value is None or value in ({}, []):
        return
    if field.info.file_only:
        yield f"{'.'.join(path)}: {field.info.file_only}"
        return
    record = record_in(field.kind)
    if record is None or not isinstance(value, dict):
        return
    entries = [((*path, name), one) for name, one in value.items()] if stands_by_name(field.kind) else [(path, value)]
    for place, one in entries:
        for inner in fields_of(record) if isinstance(one, dict) else ():
            yield from _of_files(inner, value_at(one, (inner.name,)), (*place, inner.name))


def _find_moved_secrets(before: JsonObject, after: JsonObject, restored: list[Path]) -> Iterator[str]:
    """Secrets that would go to another address than the one they were given for."""
    for path in restored:
        places = [(*path[:depth], name) for depth in range(1, len(path)) for name in _ADDRESSES]
        if any(path != place and _has_changed(value_at(before, place), value_at(after, place)) for place in places):
            yield f"{'.'.join(path)}: it was given for another address; give it again"


_ADDRESSES = ("url", "issuer")
"""The fields that say where the secrets beside them go."""


def _has_changed(old: Json, new: Json) -> bool:
    return old is not None and old != new


def value_changes(old: StoredSettings, new: StoredSettings) -> tuple[FieldChange, ...]:
    """What differs between what is kept, secrets as fingerprints."""
    before, after = dict(_texts(old.values)), dict(_texts(new.values))
    names = dict.fromkeys((*before, *after))
    return tuple(
        FieldChange(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    )


def _texts(values: JsonObject) -> Iterator[tuple[str, str]]:
    plain, _ = split_secrets(Settings, values)
    yield from _flat(plain, ())
    for path, secret in secrets_in(Settings, values):
        yield ".".join(path), fingerprint(Secret(secret if isinstance(secret, str) else dumps_text(secret)))


def _flat(value: Json, path: Path) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _flat(one, (*path, key))
    elif path and value is not None:
        yield ".".join(path), value if isinstance(value, str) else dumps_text(value)
