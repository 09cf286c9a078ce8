"""The tree as an installed package: what an import finds in an environment of a stranger's, entry points included."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def install(folder: Path) -> Path:
    """Make `folder` a place to import pointsman from, with the metadata that `pyproject.toml` would give its wheel."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    info = folder / f"pointsman-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (folder / "pointsman").symlink_to(ROOT / "pointsman")
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: pointsman\nVersion: {project['version']}\n", "utf-8")
    points = {**project["entry-points"], "console_scripts": project["scripts"]}
    text = "\n".join(_section(group, names) for group, names in points.items())
    (info / "entry_points.txt").write_text(text, "utf-8")
    return folder


def install_package(folder: Path, package: str, code: str, *points: str, group: str = "providers") -> None:
    """A package of a stranger's as pip leaves it: a module, and its metadata with entry points of one group."""
    (folder / f"{package}.py").write_text(code, "utf-8")
    info = folder / f"{package}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[pointsman.{group}]\n" + "\n".join(points), "utf-8")


def _section(group: str, names: dict[str, str]) -> str:
    return "\n".join([f"[{group}]", *(f"{name} = {place}" for name, place in names.items()), ""])
