"""The settings: what there is to set, what is set and by whom, and what is saved here. Secrets are never told."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from functools import cache
from typing import cast

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.web.api_endpoint import AnyCall, ApiCall, ApiEndpoint, NoData, invalid
from pointsman.core.effect import settle
from pointsman.core.error import LLMError, NetworkError
from pointsman.core.json import Json, JsonObject, as_object
from pointsman.core.records.describe import describe_record
from pointsman.core.records.read import fields_of
from pointsman.core.records.secrets import Path, hide_secrets
from pointsman.core.records.write import as_json, write_record
from pointsman.core.security.secret import Secret
from pointsman.core.settings import Settings
from pointsman.services.ports.settings_store import StoredSettings
from pointsman.services.settings.saved_values import ELSEWHERE


@cache
def field_docs(kind: type) -> Mapping[str, str]:
    """The docstrings behind the fields of `kind`, and under `""` its own; nothing where its source is not there."""
    try:
        (node,) = ast.parse(inspect.cleandoc(inspect.getsource(kind))).body
    except (OSError, SyntaxError, ValueError):
        return {}
    assert isinstance(node, ast.ClassDef)
    found: dict[str, str] = {"": _one_line((inspect.getdoc(kind) or "").split("\n\n")[0])}
    for field, after in zip(node.body, node.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[ast.unparse(field.target)] = _one_line(str(after.value.value))
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())


@attrs.frozen(kw_only=True)
class SettingView:
    """A setting: `field` describes it, `value` is what counts, `saved` what was saved here.

    `places` says where each part comes from that is set anywhere, by its whole name such as `cache.ttl`: a file, a
    variable, or `saved settings`. What was saved counts more than file and variables. A secret is `{"is_set": true}`.
    """

    name: str
    field: dict[str, object]
    value: object
    saved: object
    places: dict[str, str]


@attrs.frozen(kw_only=True)
class SettingsView:
    """All settings. `fixed` says why nothing can be saved, where that is so."""

    settings: list[SettingView]
    fixed: str | None


@attrs.frozen(kw_only=True)
class SettingValue:
    """The new value of a setting, or of its `entry`; a secret that is sent as `{"is_set": true}` stays."""

    value: object
    entry: str | None = None


@attrs.frozen(kw_only=True)
class EntryOf:
    """Which entry of the setting; none: all of it."""

    entry: str | None = None


@cache
def describe_settings() -> tuple[JsonObject, ...]:
    """Every setting that can be changed here: what it means, its bounds, and the same of all fields in it."""
    described = map(as_object, describe_record(Settings, field_docs))
    return tuple(one for one in described if one["name"] not in ELSEWHERE - {"aliases"})


async def settings(call: AnyCall) -> Result[SettingsView, LLMError]:
    """Each with its description, its value, and where that comes from."""
    kept = await settle(call.site.desk.read())
    return Failure(kept.failure()) if isinstance(kept, Failure) else Success(_view(call, kept.unwrap()))


def _view(call: AnyCall, kept: StoredSettings) -> SettingsView:
    with call.site.running.lease() as app:
        values = hide_secrets(Settings, as_object(as_json(_by_name(app.settings))))
    saved: JsonObject = {
        **hide_secrets(Settings, kept.values),
        **({"aliases": dict(kept.aliases)} if kept.aliases else {}),
    }
    places = call.site.desk.sources.places(kept)
    return SettingsView(
        settings=[
            SettingView(
                name=str(field["name"]),
                field=dict(field),
                value=values.get(str(field["name"])),
                saved=saved.get(str(field["name"])),
                places={name: one for name, one in places.items() if name.partition(".")[0] == field["name"]},
            )
            for field in describe_settings()
        ],
        fixed=call.site.desk.sources.fixed,
    )


def _by_name(record: object) -> object:
    """A record as a table in which records of a list stand under their names, as they are saved."""
    if isinstance(record, tuple) and record and all(hasattr(one, "name") for one in record):
        tables = map(_as_table, record)
        return {table["name"]: {key: one for key, one in table.items() if key != "name"} for table in tables}
    is_record = attrs.has(type(record)) and not isinstance(record, Secret)
    return _as_table(record) if is_record else write_record(record)


def _as_table(record: object) -> dict[str, object]:
    return {field.name: _by_name(getattr(record, field.name)) for field in fields_of(type(record))}


async def save(call: ApiCall[SettingValue, object]) -> Result[SettingsView, LLMError]:
    """Keep it, above file and variables; it counts at once, in every process that looks at this database."""
    return await _change(call, call.body.entry, cast("Json", call.body.value))


async def forget(call: ApiCall[object, EntryOf]) -> Result[SettingsView, LLMError]:
    """Forget what was saved: what file, variables or defaults say counts again."""
    return await _change(call, call.query.entry, None)


async def _change(call: AnyCall, entry: str | None, value: Json) -> Result[SettingsView, LLMError]:
    site, name = call.site, call.path["name"]
    if site.desk.sources.fixed is not None:
        return Failure(invalid(site.desk.sources.fixed))
    if name == "aliases":
        return await _change_alias(call, entry, value)
    path: Path = (name,) if entry is None else (name, entry)
    saved = await settle(site.desk.save_value(path, value, call.caller.name))
    if isinstance(saved, Failure):
        return Failure(saved.failure())
    reloaded = await site.running.reload()
    if isinstance(reloaded, Failure):
        undone = await settle(site.desk.restore_values(saved.unwrap().values, call.caller.name, ".".join(path)))
        return Failure(undone.failure() if isinstance(undone, Failure) else invalid(*reloaded.failure().problems))
    return await settings(call)


async def _change_alias(call: AnyCall, entry: str | None, value: Json) -> Result[SettingsView, LLMError]:
    if entry is None or not (value is None or isinstance(value, str)):
        return Failure(invalid("aliases: name one as `entry`, and the model it stands for as a text"))
    done = await settle(call.site.desk.set_alias(entry, value, call.caller.name))
    if isinstance(done, Failure):
        return Failure(done.failure())
    reloaded = await call.site.running.reload()
    return Failure(reloaded.failure()) if isinstance(reloaded, Failure) else await settings(call)


async def try_webhook(call: AnyCall) -> Result[NoData, LLMError]:
    """Send it an event `test`, once, signed as all are."""
    name = call.path["name"]
    with call.site.running.lease() as app:
        found = next((one for one in app.settings.webhooks if one.name == name), None)
    if found is None:
        return Failure(invalid(f"there is no webhook {name!r}"))
    problem = await call.site.try_webhook(found)
    return Success(NoData()) if problem is None else Failure(_not_taken(name, problem))


def _not_taken(name: str, problem: str) -> NetworkError:
    return NetworkError(detail=f"the webhook {name} did not take the test: {problem}")


_PATH = "/api/v1/settings"
_ONE = f"{_PATH}/{{name}}"
ENDPOINTS = (
    ApiEndpoint(method="GET", path=_PATH, summary="All settings, and where each comes from", run=settings),
    ApiEndpoint(method="PUT", path=_ONE, summary="Save a setting", run=save),
    ApiEndpoint(method="DELETE", path=_ONE, summary="Forget what was saved of a setting", run=forget),
    ApiEndpoint(method="POST", path="/api/v1/webhooks/{name}/test", summary="Send a webhook a test", run=try_webhook),
)
