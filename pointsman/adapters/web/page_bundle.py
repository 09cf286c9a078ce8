"""Puts the page's ES modules into one file a view: what every view needs in `app.js`, the rest with the view it is for.

It reads the form of modules that the page is written in, and says so where a file has another one. A module becomes a
block of statements, its names are its own, and what it exports stands in an object; there is no renaming, so that
what runs reads as what was written. Knows nothing of HTTP.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from posixpath import dirname, join, normpath

import attrs

_IMPORT = re.compile(r'^import (?:\{([^}]*)\}|(\w+)) from "(\.{1,2}/[^"]+\.js)";\n?', re.MULTILINE)
_ONLY_RUN = re.compile(r'^import "(\.{1,2}/[^"]+\.js)";\n?', re.MULTILINE)
_ON_DEMAND = re.compile(r'\bimport\("(\.{1,2}/[^"]+\.js)"\)')
_EXPORT = re.compile(r"^export (const|class|(?:async )?function\*?) (\w+)", re.MULTILINE)
_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
_OTHER = re.compile(r"^(?:import [*\"{\w].*? from \"\.|export (?:let|var|\{|\*))", re.MULTILINE)


class UnreadableModule(ValueError):
    """A module has a form that is not read here; the message names it."""


@attrs.frozen
class Module:
    """One file of the page: what it needs at once, what on demand, and what it gives."""

    name: str
    source: str
    needs: tuple[str, ...]
    on_demand: tuple[str, ...]
    exports: Mapping[str, str]
    """Names, and what they are: `const`, `class`, `function`, …; `default` stands for the default."""

    @classmethod
    def read(cls, name: str, source: str) -> Module:
        """Read one; `UnreadableModule` says what has another form."""

        def place(address: str) -> str:
            return normpath(join(dirname(name), address))

        rest = _ONLY_RUN.sub("", _IMPORT.sub("", source))
        if found := _OTHER.search(rest):
            raise UnreadableModule(f"{name}: {found[0]!r} is not read; write it as the other modules do")
        imported = [(found.start(), found[3]) for found in _IMPORT.finditer(source)]
        imported += [(found.start(), found[1]) for found in _ONLY_RUN.finditer(source)]
        exports = {found[2]: found[1] for found in _EXPORT.finditer(source)}
        if _DEFAULT.search(source):
            exports["default"] = "const"
        return cls(
            name,
            source,
            tuple(place(address) for _, address in sorted(imported)),
            tuple(place(address) for address in _ON_DEMAND.findall(source)),
            exports,
        )


def bundles(sources: Mapping[str, str], roots: Iterable[str]) -> dict[str, str]:
    """The bundles of `roots` (pages of their own) and of all that is loaded on demand, by the name of their module."""
    modules = {name: Module.read(name, source) for name, source in sources.items()}
    found: dict[str, str] = {}
    for root in roots:
        first = list(_reach(modules, root))
        views = sorted(_views(modules, root) - set(first))
        uses = Counter(name for view in views for name in set(_reach(modules, view)) - {view})
        shared = [name for view in views for name in _reach(modules, view) if uses[name] > 1]
        app = _with_shared(modules, root, shared)
        found[root] = _bundle(modules, app, {}) + ("export { $ };\n" if views else "")
        for view in views:
            if view in app:  # another view needs it at once, too
                found[view] = _import_from(view, root) + _exports(modules[view])
                continue
            own = [name for name in _reach(modules, view) if name not in app]
            found[view] = _import_from(view, root) + _bundle(modules, own, dict.fromkeys(app)) + _exports(modules[view])
    return found


def _reach(modules: Mapping[str, Module], root: str, seen: set[str] | None = None) -> Iterator[str]:
    """What `root` needs at once, it last: each after what it needs itself, except in a circle."""
    seen = set() if seen is None else seen
    seen.add(root)
    for name in modules[root].needs:
        if name not in seen:
            yield from _reach(modules, name, seen)
    yield root


def _views(modules: Mapping[str, Module], root: str) -> set[str]:
    """What is loaded on demand, and needs others. What needs none is sent as it is: it may be awaited at the start."""
    on_demand = {view for name in _whole(modules, root) for view in modules[name].on_demand}
    return {name for name in on_demand if modules[name].needs}


def _whole(modules: Mapping[str, Module], root: str) -> set[str]:
    found: set[str] = set()
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [*modules[name].needs, *modules[name].on_demand]
    return found


def _with_shared(modules: Mapping[str, Module], root: str, shared: Iterable[str]) -> list[str]:
    """What `root` needs, then what views share, each after what it needs; `root`, which starts the page, at the end."""
    seen: set[str] = set()
    found = [*_reach(modules, root, seen)]
    found += [one for name in shared if name not in seen for one in _reach(modules, name, seen)]
    return [*(name for name in found if name != root), root]


def _key(name: str) -> str:
    return f'$["{name}"]'


def _bundle(modules: Mapping[str, Module], names: list[str], before: Mapping[str, None]) -> str:
    done = dict(before)
    text = "" if before else "const $ = {};\n"
    for name in names:
        text += _block(modules, modules[name], done)
        done[name] = None
    return text


def _block(modules: Mapping[str, Module], module: Module, done: Mapping[str, None]) -> str:
    """A module as a block. Functions exist from the block's first line on, so they are given before anything runs."""
    functions = [name for name, kind in module.exports.items() if "function" in kind]
    others = [name for name, kind in module.exports.items() if "function" not in kind and name != "default"]

    def bind_names(found: re.Match[str]) -> str:
        names, default, address = found.groups()
        other = normpath(join(dirname(module.name), address))
        if default:
            return f"const {default} = {_key(other)}.default;\n"
        pairs = [one.strip().partition(" as ") for one in names.split(",") if one.strip()]
        if other in done:
            inner = ", ".join(f"{theirs}: {ours}" if ours else theirs for theirs, _, ours in pairs)
            return f"const {{ {inner} }} = {_key(other)};\n"
        return "".join(_later(module, modules[other], theirs, ours or theirs) for theirs, _, ours in pairs)

    body = _DEFAULT.sub(f"{_key(module.name)}.default = ", _ONLY_RUN.sub("", _IMPORT.sub(bind_names, module.source)))
    body = _EXPORT.sub(r"\1 \2", body)
    head = f"{_key(module.name)} = {{ {', '.join(functions)} }};\n"
    tail = f"\nObject.assign({_key(module.name)}, {{ {', '.join(others)} }});\n" if others else "\n"
    return f"// {module.name}\n{{\n{head}{body}{tail}}}\n"


def _later(module: Module, other: Module, theirs: str, ours: str) -> str:
    """A function of a module that comes later, in a circle of imports: looked up when it is called."""
    if "function" not in other.exports.get(theirs, ""):
        raise UnreadableModule(f"{module.name} and {other.name} need each other, and {theirs} is no function")
    return f"const {ours} = (...given) => {_key(other.name)}.{theirs}(...given);\n"


def _import_from(view: str, root: str) -> str:
    return f'import {{ $ }} from "{"../" * view.count("/") or "./"}{root}";\n'


def _exports(module: Module) -> str:
    named = ", ".join(name for name in module.exports if name != "default")
    text = f"export const {{ {named} }} = {_key(module.name)};\n" if named else ""
    return text + (f"export default {_key(module.name)}.default;\n" if "default" in module.exports else "")
