"""A value for every field of every settings record, made from the field's type."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

import attrs

from pointsman import Secret
from pointsman.core.records.read import RecordField, fields_of

SPECIAL: Mapping[tuple[str, str], object] = {
    ("ProviderSettings", "kind"): "azure-entra",
    ("ProviderSettings", "base_url"): "https://other.example/openai/v1",
    ("ProviderSettings", "api_version"): "2024-10-21",
    ("ProviderSettings", "proxy"): "http://proxy.example:3128",
    ("ProviderSettings", "headers"): {"x-team": "blue"},
    ("ProviderSettings", "extra"): {"user": "ann", "more": {"deep": [1, 2]}},
    ("KeepSettings", "usage"): "400d",
    ("KeepSettings", "conversations"): "52w",
    ("KeepSettings", "memories"): "90d",
    ("KeepSettings", "audit"): "12h",
    ("RetryOverrides", "kinds"): {"RateLimitExceeded": 5},
    ("RetrySettings", "kinds"): {"RateLimitExceeded": 5},
    ("Settings", "default_provider"): "work",
    ("Settings", "remote"): False,
    ("Settings", "shared"): "redis://shared.example:6379/0",
    ("Settings", "cluster"): "tcp://scheduler.example:8786",
    ("Settings", "log"): False,
    ("Settings", "aliases"): {"fast": "work/m"},
    ("OidcSettings", "issuer"): "https://accounts.example",
    ("OidcSettings", "address"): "https://models.example",
    ("OidcSettings", "scope"): "openid groups",
    ("OidcSettings", "roles"): {"staff": "member"},
    ("Webhook", "url"): "https://hook.example/x",
    ("Webhook", "events"): ["response_complete"],
    ("Webhook", "secret"): "whsec-0123456789abcdef",
    ("McpServer", "url"): None,
    ("McpServer", "headers"): None,
    ("Personality", "traits"): {"warmth": 0.75},
}
"""Values that mean something to a rule; None: the field can't stand beside the others of its record."""


def sample(owner: str, field: RecordField) -> object:
    """A value for a field, as it stands in a file, that is not the default."""
    if (owner, field.name) in SPECIAL:
        return SPECIAL[owner, field.name]
    return sample_of(field.kind, field)


def sample_of(kind: Any, field: RecordField) -> object:
    origin, inner = get_origin(kind), get_args(kind)
    low, high = field.info.low, field.info.high
    if kind is bool:
        return True
    if kind is int:
        return 7 if high is None else int(min(7, high))
    if kind is float:
        return 2.5 if high is None else (0.0 if low is None else low) * 0.25 + high * 0.75
    if kind in (str, Secret):
        return f"some-{field.name}"
    if kind is Decimal:
        return "1.25"
    if origin is Literal:
        return inner[-1]
    if origin in (tuple, frozenset):
        element = inner[0]
        if attrs.has(element) and "name" in attrs.fields_dict(element):
            return {"one": table_of(element)}
        return [sample_of(element, field)]
    if attrs.has(kind):
        return table_of(kind)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"work": sample_of(_bare(inner[1]), field)}
    raise AssertionError(f"no sample for {kind}")


def _bare(kind: Any) -> Any:
    while hasattr(kind, "__metadata__"):
        kind = get_args(kind)[0]
    return kind


def table_of(kind: type[Any]) -> dict[str, object]:
    """A table that says something of every field of `kind`."""
    found = {field.name: sample(kind.__name__, field) for field in fields_of(kind) if field.name != "name"}
    return {name: value for name, value in found.items() if value is not None}
