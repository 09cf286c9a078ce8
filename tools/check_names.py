"""Check the names in `pointsman/`: no bare past participles, one class for one name, one module for one stem.

    python tools/check_names.py    says what breaks a rule, and ends with 1 if anything does

Knows nothing of the package but its source text.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parent.parent
_DATA = Path("pointsman/adapters/corpus/_programs")
_DIALECTS = "pointsman.adapters.dialects"
_REGULAR = re.compile(r"[a-z]{3,}ed")
_NOT_PARTICIPLES = frozenset(
    "bleed breed embed exceed feed indeed need proceed seed shed speed succeed weed".split()  # noqa: SIM905
)
_CHOSEN_NAMES = frozenset(
    {
        "pointsman.core.routing.schedule:Schedule.jittered",
        "pointsman.core.routing.schedule:spaced",
        "pointsman.services.programs.memo:cached",
        "pointsman.services.manager:Manager.enhanced",
        "pointsman.services.manager:Manager.tooled",
    }
)
"""Combinators and schedules bear the names that they have in Effect and ZIO; a manager with more to it is named as
its middleware (`Tooled`), which is what programs were promised."""
# What is also the verb itself or a noun of the field is not here: bound, cut, read, set, split, thought, unknown.
_IRREGULAR = frozenset(
    """
    beaten begun bent bitten blown bought broken brought built caught chosen dealt done drawn driven eaten fallen fed
    felt forbidden forgiven forgotten fought found frozen given gone got gotten grown heard held hidden hung kept known
    laid led left lent lost made meant met outgrown overridden overspent overtaken overwritten paid redone
    rewritten ridden risen rung said seen sent sewn shaken shot shown slept sold sought spent spoken spun stolen stood
    struck stuck sung sunk swept sworn taken taught thrown told torn unbroken undone understood unspent unwritten woken
    won worn woven withdrawn withheld written
    """.split()  # noqa: SIM905  # one word after the other is easier to read and to sort
)


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name and what it holds."""

    name: str
    tree: ast.Module
    is_package: bool

    @property
    def package(self) -> str:
        """The dotted name of the package that it stands in."""
        return self.name.rpartition(".")[0]

    @property
    def stem(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]


def read_modules(root: Path) -> list[Module]:
    """Every module of the package below `root`, in the order of their names; programs that are data are none."""
    files = [file.relative_to(root) for file in sorted((root / "pointsman").rglob("*.py"))]
    return [_read_module(root / file, file) for file in files if not file.is_relative_to(_DATA)]


def _read_module(file: Path, place: Path) -> Module:
    name = ".".join(place.with_suffix("").parts).removesuffix(".__init__")
    return Module(name, ast.parse(file.read_text("utf-8")), file.stem == "__init__")


def is_participle(name: str) -> bool:
    """Whether a function's name is one word, and that a past participle."""
    word = name.strip("_")
    return word in _IRREGULAR or (_REGULAR.fullmatch(word) is not None and word not in _NOT_PARTICIPLES)


def _definitions(node: ast.AST, outer: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Each class and function below `node`, at any depth, with its qualified name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield outer + child.name, child
            yield from _definitions(child, f"{outer}{child.name}.")
        else:
            yield from _definitions(child, outer)


def participles(modules: Iterable[Module]) -> set[str]:
    """Functions and methods, private ones too, that are named by a bare past participle."""
    return {
        f"{module.name}:{name}"
        for module in modules
        for name, node in _definitions(module.tree)
        if not isinstance(node, ast.ClassDef) and is_participle(name.rpartition(".")[2]) and not _is_mirror(module)
    } - _CHOSEN_NAMES


def repeated_classes(modules: Iterable[Module]) -> set[str]:
    """Classes of one name in several modules. The files of one name in the dialects' folders may name theirs alike."""
    places: dict[str, list[Module]] = {}
    for module in modules:
        for _, node in _definitions(module.tree) if not _is_mirror(module) else ():
            if isinstance(node, ast.ClassDef) and module not in places.setdefault(node.name, []):
                places[node.name].append(module)
    return {
        f"{module.name}:{name}"
        for name, holders in places.items()
        if len({_skeleton_name(module) for module in holders}) > 1
        for module in holders
    }


def _is_mirror(module: Module) -> bool:
    """Whether its names are not its own: `pointsman.blocking` has those of the async services and of the errors."""
    return module.package == "pointsman.blocking"


def _skeleton_name(module: Module) -> str:
    """A module's name, without the dialect where it is one of the files that every dialect's folder has."""
    return f"dialects.*.{module.stem}" if _is_in_dialect_folder(module) else module.name


def _is_in_dialect_folder(module: Module) -> bool:
    return module.package.startswith(f"{_DIALECTS}.")


def repeated_stems(modules: Iterable[Module]) -> set[str]:
    """Public modules of one stem in one part of the house (core, services, adapters, layers).

    A port's adapters and fakes count as one: they are named as the port is.

    Dialects' folders do not count, nor do the modules of a folder that has one for each of several dialects.
    """
    everything = list(modules)
    by_dialect = _modules_by_dialect(everything)
    counted = (module for module in everything if _has_stem(module) and module.name not in by_dialect)
    names: set[str] = set()
    ports = {module.stem for module in everything if _is_port(module)}
    for (_, stem), group in groupby(sorted(counted, key=_place), key=_place):
        others = [module for module in group if stem not in ports or not _is_driven(module)]
        if len(others) > 1:
            names.update(f"{module.package}:{module.stem}" for module in others)
    return names


def _modules_by_dialect(modules: list[Module]) -> set[str]:
    """The modules that are named as dialects' folders are, in the packages that have two such modules or more."""
    dialects = {module.stem for module in modules if module.is_package and module.package == _DIALECTS}
    alike = [module for module in modules if not module.is_package and module.stem in dialects]
    sizes = Counter(module.package for module in alike)
    return {module.name for module in alike if sizes[module.package] > 1}


def _place(module: Module) -> tuple[str, str]:
    """The part that it stands in, and its stem."""
    return ".".join(module.name.split(".")[:2]), module.stem


_OLD_ADDRESSES = frozenset(
    ("pointsman.core.response", "pointsman.core.prompt", "pointsman.services.conversation_store")
)
"""Modules that only lead to where their names have moved, for programs of before."""


def _has_stem(module: Module) -> bool:
    is_own = not (module.is_package or module.stem.startswith("_") or _is_in_dialect_folder(module))
    return is_own and module.name not in _OLD_ADDRESSES


def _is_driven(module: Module) -> bool:
    """Whether it can implement a port, or is of its laws, which the command line and the web server are not."""
    driving = ("pointsman.adapters.cli", "pointsman.adapters.web")
    return module.package.startswith(("pointsman.adapters.", "pointsman.testing")) and not module.package.startswith(
        driving
    )


def _is_port(module: Module) -> bool:
    bases = (base for _, node in _definitions(module.tree) if isinstance(node, ast.ClassDef) for base in node.bases)
    return module.package.startswith("pointsman.services") and any("Protocol" in ast.unparse(base) for base in bases)


_RULES = (
    (participles, "is a bare past participle: say what it does by a verb phrase, or what it gives by a noun"),
    (repeated_classes, "is the name of a class in another module, too: one class for one name"),
    (repeated_stems, "is the name of another module, too: one module for one stem in a part"),
)


def complaints(root: Path = ROOT) -> list[str]:
    """One sentence for each name below `root` that breaks a rule, in the order of the names."""
    modules = read_modules(root)
    return sorted(f"{name} {reason}." for rule, reason in _RULES for name in rule(modules))


def main(root: Path = ROOT) -> int:
    """The exit code: 1 where there is something to complain of."""
    found = complaints(root)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
