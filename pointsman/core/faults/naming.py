"""Faults of names: a name, an attribute or an import that is not there, or not the one that was meant."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterator

from pointsman.core.evaluation.fault import FaultKind
from pointsman.core.faults.edit import Spot, TreeEdit, copy_with
from pointsman.core.faults.facts import Finder, ModuleFacts


def misspell(word: str) -> str:
    """`word` as a hurried person types it: two letters swapped, one left out, or a plural for a singular."""
    slips = (_swap_letters, _drop_letter, _turn_number)
    first = sum(word.encode()) % len(slips)
    for slip in (*slips[first:], *slips[:first]):
        wrong = slip(word)
        if wrong != word and wrong.isidentifier() and not keyword.iskeyword(wrong):
            return wrong
    return f"{word}_"


def _swap_letters(word: str) -> str:
    for at in range(len(word) // 2, len(word) - 1):
        if word[at] != word[at + 1] and "_" not in word[at : at + 2]:
            return f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}"
    return word


def _drop_letter(word: str) -> str:
    middle = len(word) // 2
    return word if len(word) < 5 or word[middle] == "_" else word[:middle] + word[middle + 1 :]


def _turn_number(word: str) -> str:
    return word.removesuffix("s") if word.endswith("s") and len(word) > 3 else f"{word}s"


_FOREIGN_BUILTINS = {
    "len": "length",
    "range": "xrange",
    "enumerate": "enumarate",
    "sorted": "sort",
    "str": "string",
    "int": "integer",
    "print": "println",
    "None": "null",
    "isinstance": "instanceof",
    "ValueError": "ValueErorr",
    "dict": "dictionary",
    "reversed": "reverse",
    "sum": "summ",
    "any": "some",
    "all": "every",
}
"""What those write who think in another language, or of a method."""

_FOREIGN_METHODS = {
    "append": "push",
    "add": "append",
    "items": "iteritems",
    "remove": "delete",
    "strip": "trim",
    "split": "explode",
    "lower": "to_lower",
    "upper": "to_upper",
    "isdigit": "is_digit",
    "startswith": "starts_with",
    "endswith": "ends_with",
    "pop": "pop_last",
    "popleft": "pop_left",
    "popitem": "pop_item",
    "keys": "iterkeys",
    "get": "fetch",
    "update": "merge",
    "extend": "add_all",
    "setdefault": "set_default",
    "join": "concat",
    "replace": "substitute",
    "total_seconds": "seconds_total",
    "group": "groups_at",
    "encode": "to_bytes",
    "decode": "to_string",
    "read": "read_all",
    "write": "put",
    "close": "shut",
}


def find_unknown_name(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """A name is misspelt, is that of another language, or lacks its `self.`."""
    match spot.node:
        case ast.Name(id=name, ctx=ast.Load()) if name in facts.names and len(name) > 2:
            wrong = misspell(name)
            if wrong not in facts.names:
                yield spot.replace(FaultKind.NAME, "misspelt", ast.Name(wrong, ast.Load()))
        case ast.Name(id=name, ctx=ast.Load()) if name in _FOREIGN_BUILTINS and name not in facts.names:
            if _FOREIGN_BUILTINS[name] not in facts.names:
                yield spot.replace(FaultKind.NAME, "foreign", ast.Name(_FOREIGN_BUILTINS[name], ast.Load()))
        case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Load()) if not _is_global(name, spot):
            yield spot.replace(FaultKind.NAME, "no-self", ast.Name(name, ast.Load()))
        case _:
            pass


def _is_global(name: str, spot: Spot) -> bool:
    """Whether a bare `name` would be bound around `spot`: in the function or in the module."""
    holders = [node for node in spot.parents if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]
    bound = {inner.arg for holder in holders for inner in ast.walk(holder) if isinstance(inner, ast.arg)}
    bound |= {
        inner.id
        for holder in holders
        for inner in ast.walk(holder)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    }
    module = spot.parents[0]
    assert isinstance(module, ast.Module)
    return name in bound | {getattr(statement, "name", "") for statement in module.body}


def find_unknown_attribute(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """An attribute or a method is misspelt, or is that of another language."""
    match spot.node:
        case ast.Attribute(attr=name, ctx=ast.Load()) as attribute if len(name) > 2:
            if name in _FOREIGN_METHODS and isinstance(spot.parent, ast.Call) and spot.parent.func is attribute:
                yield spot.replace(FaultKind.ATTRIBUTE, "foreign", copy_with(attribute, attr=_FOREIGN_METHODS[name]))
            yield spot.replace(FaultKind.ATTRIBUTE, "misspelt", copy_with(attribute, attr=misspell(name)))
        case _:
            pass


def find_wrong_import(spot: Spot, facts: ModuleFacts) -> Iterator[TreeEdit]:
    """An import is missing, misspelt, of the module in place of a name in it, or relative without a package."""
    match spot.node:
        case ast.ImportFrom(module="__future__") | ast.ImportFrom(module=None):
            return
        case ast.ImportFrom(module=str(module), names=names) as statement:
            yield spot.replace(FaultKind.IMPORT, "missing")
            yield spot.replace(FaultKind.IMPORT, "unknown-module", copy_with(statement, module=misspell(module)))
            if len(names) == 1 and "." not in module and names[0].name == module:
                yield spot.replace(FaultKind.IMPORT, "module-for-name", ast.Import([ast.alias(module)]))
            if module in facts.siblings:
                yield spot.replace(FaultKind.IMPORT, "relative", copy_with(statement, level=1))
            yield from _wrong_names(spot, statement)
        case ast.Import(names=names) as plain:
            yield spot.replace(FaultKind.IMPORT, "missing")
            for index, alias in enumerate(names):
                wrong = copy_with(alias, name=misspell(alias.name), asname=alias.asname)
                others = [*names[:index], wrong, *names[index + 1 :]]
                yield spot.replace(FaultKind.IMPORT, f"unknown-module-{index}", copy_with(plain, names=others))
                if alias.asname or "." in alias.name:
                    top = ast.alias(alias.name.partition(".")[0])
                    others = [*names[:index], top, *names[index + 1 :]]
                    yield spot.replace(FaultKind.IMPORT, f"top-only-{index}", copy_with(plain, names=others))
        case _:
            pass


def _wrong_names(spot: Spot, statement: ast.ImportFrom) -> Iterator[TreeEdit]:
    names = statement.names
    for index, alias in enumerate(names):
        others = [*names[:index], *names[index + 1 :]]
        if others:
            yield spot.replace(FaultKind.IMPORT, f"one-missing-{index}", copy_with(statement, names=others))
        wrong = copy_with(alias, name=misspell(alias.name), asname=alias.asname)
        renamed = [*names[:index], wrong, *names[index + 1 :]]
        yield spot.replace(FaultKind.IMPORT, f"unknown-name-{index}", copy_with(statement, names=renamed))


NAMING_FINDERS: tuple[Finder, ...] = (find_unknown_name, find_unknown_attribute, find_wrong_import)
