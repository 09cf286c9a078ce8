"""The clients that are installed when they are tested: from npm, and Python's in an environment of their own.

They stand in a cache outside the checkout, one folder for each content of the list (`package.json`,
`requirements.txt`), made once and then found. What cannot be installed is skipped with the reason, or fails where
`POINTSMAN_PEERS=required` says that it must be there. `python -m tests.peers.packages` installs all, or says why not.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NoReturn

import platformdirs
import pytest

HERE = Path(__file__).parent
REAL_CLIENTS = [pytest.mark.timeout(2 * 900), pytest.mark.filterwarnings("ignore::ResourceWarning")]
"""The marks of a test that may have to install its client first, which takes minutes on a slow line."""
NPM_INSTALL = ("install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
OLDEST_NODE = 20
_PATIENCE = 900
"""Seconds that an installation may take; over that it counts as impossible."""


def node_modules() -> Path:
    """The folder with the packages of `package.json`; `node` and `npm` are on the path."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            give_up(f"{program} is not installed")
    version = subprocess.run(("node", "--version"), capture_output=True, text=True, check=False).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0] or 0) < OLDEST_NODE:
        give_up(f"node is {version or 'of no known version'}, and the clients need {OLDEST_NODE}")
    return _folder("package.json", _install_from_npm) / "node_modules"


def python_of_peers() -> Path:
    """The Python of an environment with the packages of `requirements.txt`."""
    return _folder("requirements.txt", _install_from_pip) / "bin" / "python"


def python_of_engine(kind: str) -> Path:
    """The Python of an environment with the engine `kind` (`mlx_lm` or `transformers`); where there is none, a skip.

    Torch comes as a wheel for the processor alone, where the index or a folder of wheels has it: the one for CUDA takes
    gigabytes.
    """
    try:
        return _folder(f"{kind}.txt", partial(_install_from_pip, name=f"{kind}.txt")) / "bin" / "python"
    except pytest.fail.Exception as reason:
        pytest.skip(f"{kind} cannot be had here: {reason}")


def give_up(reason: str) -> NoReturn:
    """Skip the test for `reason`, or fail it where every peer is required."""
    if os.environ.get("POINTSMAN_PEERS") == "required":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _folder(manifest: str, install: Callable[[Path], None]) -> Path:
    """The folder in which what `manifest` lists is installed; the first to ask installs, the others wait."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}".encode()
    mark = hashlib.sha256(version + (HERE / manifest).read_bytes()).hexdigest()[:12]
    cache = platformdirs.user_cache_path("pointsman-peers", ensure_exists=True)
    folder, ready = cache / f"{Path(manifest).stem}-{mark}", cache / f"{Path(manifest).stem}-{mark}.ready"
    with _lock(cache / f"{manifest}.lock"):
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            shutil.copy(HERE / manifest, folder)
            install(folder)
            ready.touch()
    return folder


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install_from_npm(folder: Path) -> None:
    _run("npm", *NPM_INSTALL, cwd=folder)


def _install_from_pip(folder: Path, name: str = "requirements.txt") -> None:
    _run(sys.executable, "-m", "venv", str(folder), cwd=folder)
    pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(*pip, "-r", name, cwd=folder)


def _run(*command: str, cwd: Path) -> None:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        give_up(f"{command[0]} did not finish within {_PATIENCE} s")
    else:
        if done.returncode:
            give_up(f"{Path(command[0]).name} could not install: {done.stderr.strip()[-300:]}")


def main() -> int:
    """Install all clients; 1 and the reason where that cannot be done."""
    try:
        print(node_modules(), python_of_peers(), sep="\n")
    except pytest.skip.Exception as reason:
        print(reason)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
