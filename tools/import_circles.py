"""A contract for import-linter: modules of the packages named import each other in no circle.

`acyclic_siblings`, which comes with import-linter, asks the same of whole packages; ours are subjects that share words.
"""

from __future__ import annotations

from typing import cast

import grimp
from importlinter import Contract, ContractCheck, fields, output


class NoCircles(Contract):
    """No module below `packages` imports itself, through however many others. Imports for types count, too."""

    packages = fields.SetField(subfield=fields.StringField())

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Whether there is no circle; the shortest one if there is."""
        packages = cast("set[str]", self.packages)  # the field makes a set of what the settings say
        inside = {name for name in graph.modules if _is_below(name, packages)}
        imports = {name: graph.find_modules_directly_imported_by(name) & inside for name in inside}
        circle = find_circle(imports)
        return ContractCheck(kept=not circle, metadata={"circle": circle})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say which modules make the circle."""
        output.print_error(f"{' -> '.join(check.metadata['circle'])}: let one of them do without the next.")


def _is_below(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def find_circle(imports: dict[str, set[str]]) -> list[str]:
    """A module, what it imports, and so on, until the first stands there again; nothing where there is no circle."""
    open_imports = dict(imports)
    while leaves := [name for name, others in open_imports.items() if not others & open_imports.keys()]:
        for leaf in leaves:
            del open_imports[leaf]
    if not open_imports:
        return []
    # Each module that is left imports another one that is left: whoever follows them comes back at last.
    path = [min(open_imports)]
    while True:
        following = min(open_imports[path[-1]] & open_imports.keys())
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)
