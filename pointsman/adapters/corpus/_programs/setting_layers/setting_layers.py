"""Settings from several layers: a later one wins, tables are merged, lists are joined.

Topics: dictionaries, recursion, copies
"""

from copy import deepcopy
from typing import Any

Table = dict[str, Any]
REMOVED = "!remove"


def merge(base: Table, *layers: Table) -> Table:
    """A new table of all layers; none of them is changed, and nothing of it is shared with them."""
    merged = deepcopy(base)
    for layer in layers:
        _merge_into(merged, layer)
    return merged


def _merge_into(target: Table, layer: Table) -> None:
    for name, value in layer.items():
        if value == REMOVED:
            target.pop(name, None)
        elif isinstance(value, dict) and isinstance(target.get(name), dict):
            _merge_into(target[name], value)
        elif isinstance(value, list) and isinstance(target.get(name), list):
            target[name].extend(item for item in value if item not in target[name])
        else:
            target[name] = deepcopy(value)


def look_up(table: Table, path: str, default: Any = None) -> Any:
    """The value at `path` (`server.ports.0`), or `default`."""
    value: Any = table
    for part in path.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return default
    return value


def flatten(table: Table, prefix: str = "", into: dict[str, Any] | None = None) -> dict[str, Any]:
    """Every value that is no table by its path, put into `into` where that is given."""
    if into is None:
        into = {}
    for name, value in table.items():
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(value, dict):
            flatten(value, path, into)
        else:
            into[path] = value
    return into
