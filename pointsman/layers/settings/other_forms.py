"""Whose form a settings file is of, and what each of its names is called here. A form is data: their names, our places.

It knows no file and no environment but by what it is given; see `Draft` for what is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import attrs

from pointsman.core.records.values import Problems, Raw, Table
from pointsman.layers.settings.draft import Draft, Path, provider_named, read_provider


@attrs.frozen(kw_only=True)
class Translation:
    """A file in our words. `usual` is what held there where the file says nothing; it yields to the environment."""

    said: Raw
    usual: Raw
    notes: tuple[str, ...]


def translate(said: Raw, environment: Mapping[str, str], problems: Problems) -> Translation | None:
    """`said` in our words; None where it is in them already."""
    table = said.table or {}
    read = next((read for is_theirs, read in _FORMS if is_theirs(table)), None)
    if read is None:
        return None
    draft = Draft(environment, problems)
    read(draft, table)
    return Translation(said=Raw(draft.said.value, said.place), usual=draft.usual, notes=tuple(draft.notes))


# A flat file: one provider, and others as its fallback (document 0's form of a dashboard, document 4's client)


def _is_flat(table: Table) -> bool:
    return "provider" in table and table["provider"].table is None and "providers" not in table


_CLIENTS_DEFAULTS: Mapping[Path, object] = {
    ("timeouts", "total"): 30.0,
    ("retries", "max_retries"): 3,
    ("retries", "base_delay"): 1.0,
    ("retries", "max_delay"): 10.0,
    ("retries", "exponential_base"): 2.0,
    ("model_cache_ttl",): 300,
}
_FORMS_OWN = ("model_name", "keep_alive", "keep_alive_interval", "enabled")
"""What only the form of the dashboard has."""
_FLAT: Mapping[str, Path] = {
    "cache_ttl": ("model_cache_ttl",),
    "timeout": ("timeouts", "total"),
    "max_retries": ("retries", "max_retries"),
    "retry_delay": ("retries", "base_delay"),
    "retry_max_delay": ("retries", "max_delay"),
    "retry_exponential_base": ("retries", "exponential_base"),
}
"""What holds of every call there."""


def _read_flat(draft: Draft, table: Table) -> None:
    name = provider_named(table["provider"], draft.problems)
    draft.rename(Raw(name, table["provider"].place), "provider", ("default_provider",))
    for theirs, path in _FLAT.items():
        if theirs in table and table[theirs].value is not None:
            draft.rename(table[theirs], theirs, path)
    read_provider(draft, name, table, (*_FLAT, "fallback_configs"))
    _read_fallbacks(draft, table, name)
    if not any(theirs in table for theirs in _FORMS_OWN):
        _take_usual(draft, table["provider"].place, _CLIENTS_DEFAULTS)


def _read_fallbacks(draft: Draft, table: Table, first: str) -> None:
    given = table.get("fallback_configs")
    if given is None or given.value is None:
        return
    listed = given.value if isinstance(given.value, (list, tuple)) else []
    names: list[str] = []
    for number, one in enumerate(listed):
        fields = (
            {key: Raw(value, f"{given.place}[{number}].{key}") for key, value in one.items()} if _is_table(one) else {}
        )
        if "provider" not in fields:
            draft.problems.add(f"{given.place}[{number}].provider", "it is missing")
            continue
        kind = provider_named(fields["provider"], draft.problems)
        name = _free_name(kind, (first, *names))
        read_provider(draft, name, fields, ("cache_ttl", "fallback_configs"))
        if name != kind:
            draft.put(("providers", name, "kind"), Raw(kind, fields["provider"].place))
        for theirs, why in _FALLBACKS_HAVE_NOT.items():
            if theirs in fields and fields[theirs].value:
                draft.drop(fields[theirs], why)
        names.append(name)
    draft.put(("fallback",), Raw(names, given.place))
    draft.tell(given, f"it is fallback = [{', '.join(names)}] here, each a provider of its own")


_FALLBACKS_HAVE_NOT = {
    "cache_ttl": "model lists are kept equally long for all providers: model_cache_ttl",
    "fallback_configs": "a fallback has no fallbacks of its own; list them one after the other",
}


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _free_name(kind: str, taken: tuple[str, ...]) -> str:
    number = sum(1 for name in taken if name == kind or name.startswith(f"{kind}-"))
    return kind if not number else f"{kind}-{number + 1}"


def _take_usual(draft: Draft, place: str, defaults: Mapping[Path, object]) -> None:
    """What held there where a file says nothing."""
    for path, value in defaults.items():
        draft.put_usual(path, value, place)
    listed = ", ".join(
        f"{'.'.join(path)} = {value:g}" for path, value in defaults.items() if isinstance(value, (int, float))
    )
    draft.notes.append(f"{place}: where neither file nor environment says otherwise, it is as it was there: {listed}")


# Models by family, with routing and cache (document 2's manager)


def _is_by_family(table: Table) -> bool:
    parts = {name: table[name].table or {} for name in ("models", "routing", "cache") if name in table}
    models = [one.table or {} for one in parts.get("models", {}).values()]
    marks = (
        {"modelPath", "apiKey", "contextLength", "maxTokens", "endpoint"},
        {"fallbackOrder", "maxRetries", "timeoutMs"},
    )
    return (
        any(marks[0] & one.keys() for one in models)
        or bool(marks[1] & parts.get("routing", {}).keys())
        or bool({"ttlSeconds", "maxSize"} & parts.get("cache", {}).keys())
    )


_FAMILIES = {"llama": "lmstudio", "gpt": "openai", "claude": "anthropic"}
_ROUTING: Mapping[str, Path] = {"strategy": ("routing", "strategy"), "maxRetries": ("retries", "max_retries")}
_CACHE: Mapping[str, Path] = {
    "enabled": ("cache", "enabled"),
    "ttlSeconds": ("cache", "ttl"),
    "maxSize": ("cache", "max_entries"),
}


def _read_by_family(draft: Draft, table: Table) -> None:
    refs: dict[str, str] = {}
    for family, raw in (table["models"].table or {} if "models" in table else {}).items():
        refs[family] = _read_family(draft, family, raw)
    routing = table["routing"].table or {} if "routing" in table else {}
    for theirs, one in routing.items():
        _read_routing(draft, theirs, one, refs)
    if "fallbackOrder" not in routing and refs:
        draft.put(("routing", "candidates"), Raw(list(refs.values()), table["models"].place))
    for theirs, one in (table["cache"].table or {} if "cache" in table else {}).items():
        draft.rename(one, theirs, _CACHE.get(theirs, ("cache", theirs)))
    for theirs in table.keys() - {"models", "routing", "cache"}:
        draft.put((theirs,), table[theirs])


def _read_family(draft: Draft, family: str, raw: Raw) -> str:
    """One model, as a provider of ours; gives the reference to it."""
    fields = raw.table or {}
    name = _FAMILIES.get(family) or provider_named(Raw(family, raw.place), draft.problems)
    draft.tell(raw, f"it is providers.{name} here")
    read_provider(draft, name, fields, ("contextLength", "threads"))
    model = next((str(fields[key].value) for key in ("model", "modelPath") if key in fields), "")
    ref = f"{name}/{model}"
    if "contextLength" in fields:
        draft.rename(fields["contextLength"], "contextLength", ("models", ref, "context_length"))
    if "threads" in fields:
        draft.rename(fields["threads"], "threads", ("engine", "threads"))
        draft.tell(fields["threads"], "it counts for models that pointsman runs; others are told by their own server")
    return ref


def _read_routing(draft: Draft, theirs: str, raw: Raw, refs: Mapping[str, str]) -> None:
    if theirs == "timeoutMs":
        is_number = isinstance(raw.value, (int, float)) and not isinstance(raw.value, bool)
        seconds = Raw(raw.value / 1000, raw.place) if isinstance(raw.value, (int, float)) and is_number else raw
        draft.rename(seconds, theirs, ("timeouts", "total"))
    elif theirs == "fallbackOrder" and isinstance(raw.value, (list, tuple)):
        order = [refs.get(str(one), str(one)) for one in raw.value]
        draft.put(("routing", "candidates"), Raw(order, raw.place))
        draft.put(("fallback",), Raw(order[1:], raw.place))
        if order:
            draft.put(("default_provider",), Raw(order[0].partition("/")[0], raw.place))
        draft.tell(
            raw, "it is routing.candidates here, and fallback for who names a model; its first is default_provider"
        )
    else:
        draft.rename(raw, theirs, _ROUTING.get(theirs, ("routing", theirs)))


# Providers with conversations and function calling (document 3's assistant)


_SECTIONS = ("conversation", "function_calling")
_SWITCHES: Mapping[str, str] = {
    "websocket_events_enabled": "`pointsman serve` always tells events on /api/v1/events to who listens",
    "stream_responses": "who asks decides: `stream` is a method here, and `--no-stream` an option",
    "memory_integration_enabled": "memories are asked for: `chat --memory`, or manager.enhanced(memories=5)",
    "personality_integration_enabled": "a personality speaks where the settings have one: [personality]",
    "tool_integration_enabled": "tools are given to a call: `--tools`, or manager.tooled(…)",
    "enabled": "tools are given to a call: `--tools`, or manager.tooled(…)",
    "auto_execute": "each tool says itself whether it may run unasked: its `approval`",
    "max_function_calls_per_turn": "manager.tooled(…) has its bounds: max_rounds, and 16 calls in all",
    "parallel_execution": "calls of one round always run side by side, four at once",
}
_ASSISTANT: Mapping[str, Path] = {
    "enable_caching": ("cache", "enabled"),
    "cache_ttl_seconds": ("cache", "ttl"),
}
_CONVERSATION: Mapping[str, Path] = {
    "max_messages": ("window", "max_messages"),
    "max_tokens_per_conversation": ("window", "max_tokens"),
}


def _is_assistants(table: Table) -> bool:
    providers = [one.table or {} for one in (table["providers"].table or {}).values()] if "providers" in table else []
    own = (*_SECTIONS, *_ASSISTANT, "websocket_events_enabled", "stream_responses", "memory_integration_enabled")
    return any(name in table for name in own) or any("provider" in one for one in providers)


def _read_assistants(draft: Draft, table: Table) -> None:
    for name, raw in (table["providers"].table or {} if "providers" in table else {}).items():
        _read_named(draft, name, raw)
    for theirs, raw in table.items():
        if theirs in _SWITCHES:
            draft.drop(raw, _SWITCHES[theirs])
        elif theirs not in ("providers", *_SECTIONS):
            draft.rename(raw, theirs, _ASSISTANT.get(theirs, (theirs,)))
    _read_conversation(draft, table["conversation"].table or {} if "conversation" in table else {})
    for theirs, raw in (table["function_calling"].table or {} if "function_calling" in table else {}).items():
        if theirs in _SWITCHES:
            draft.drop(raw, _SWITCHES[theirs])
        else:
            draft.put(("tools", theirs), raw)
    place = next(iter(table.values())).place
    _take_usual(draft, place, {("retries", "max_retries"): 3})


def _read_named(draft: Draft, name: str, raw: Raw) -> None:
    """One provider: its kind, and its fields."""
    fields = raw.table or {}
    named = fields.get("provider")
    kind = provider_named(named or Raw(name, raw.place), draft.problems)
    if kind == "local":
        kind = "transformers-serve"
        draft.tell(named or raw, "it is of the kind transformers-serve here: begin `transformers serve` beside it")
    if kind != name:
        draft.put(("providers", name, "kind"), Raw(kind, (named or raw).place))
    extra = fields["extra_params"].table or {} if "extra_params" in fields else {}
    if "device" in extra:
        draft.drop(extra["device"], "the server that runs the model decides where")
        rest = {key: one for key, one in extra.items() if key != "device"}
        fields = {**fields, "extra_params": Raw(rest, fields["extra_params"].place)}
    read_provider(draft, name, fields)


def _read_conversation(draft: Draft, table: Table) -> None:
    most, threshold = table.get("max_messages"), table.get("summarize_threshold")
    for theirs, raw in table.items():
        if theirs in _SWITCHES:
            draft.drop(raw, _SWITCHES[theirs])
        elif theirs == "auto_summarize":
            draft.put(("window", "strategy"), Raw("summarize" if raw.value else "truncate_oldest", raw.place))
            draft.tell(raw, "it is window.strategy = summarize here")
        elif theirs != "summarize_threshold":
            draft.rename(raw, theirs, _CONVERSATION.get(theirs, ("window", theirs)))
    if threshold is not None:
        _read_threshold(draft, threshold, most)


def _read_threshold(draft: Draft, threshold: Raw, most: Raw | None) -> None:
    """A number of messages there, a share of the window here: the same share as of the most messages."""
    count, bound = threshold.value, most.value if most is not None else None
    if isinstance(count, int) and isinstance(bound, int) and 0 < count <= bound:
        draft.put(("window", "summarize_threshold"), Raw(count / bound, threshold.place))
        draft.tell(threshold, f"it is a share of the window here: window.summarize_threshold = {count / bound:g}")
    else:
        draft.drop(threshold, "it counts messages; here window.summarize_threshold is a share of the window, 0.7")


_Form: TypeAlias = tuple[Callable[[Table], bool], Callable[[Draft, Table], None]]
_FORMS: tuple[_Form, ...] = (
    (_is_flat, _read_flat),
    (_is_by_family, _read_by_family),
    (_is_assistants, _read_assistants),
)
