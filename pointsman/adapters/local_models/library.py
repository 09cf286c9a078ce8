"""The models that lie here: a folder a model in the user's data, and those that others hold. Files only, no network.

`FOLDER/NAME/model.json` says what is known of a model and where its file is: beside it, or, where it was only added,
where its owner has put it. A model is there when its `model.json` is, which is written last, and by renaming.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import anyio.to_thread
import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.home import user_home
from pointsman.adapters.local_models.elsewhere import FoundFile, find_elsewhere
from pointsman.adapters.local_models.model_file import look_at, measure, sha256_of
from pointsman.core.error import ConfigurationError, ModelNotFound, StorageError, configuration_error
from pointsman.core.json import as_object, dumps, loads
from pointsman.core.models.local_model import Adapter, LocalModel
from pointsman.core.records.read import read_record
from pointsman.core.records.values import Problems, near, with_places

_RECORD = "model.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
PART = ".part"
"""Ends the name of a file that is not whole yet."""

_AGAIN = "get it again"
_ANOTHER_FILE = "Get it again, or use another file."
_HOW_TO_HAVE_ONE = "`pointsman local list` shows what there is, `pointsman local get NAME` gets one."


@attrs.frozen
class FileLibrary:
    """The models in `folder`, and, by `environment` and `home`, those of other programs."""

    folder: Path
    environment: Mapping[str, str] = attrs.field(factory=lambda: dict(os.environ), repr=False)
    home: Path = attrs.field(factory=user_home)
    _whole: dict[tuple[str, int, float], LocalModel] = attrs.field(factory=dict, init=False, repr=False, eq=False)
    """Files whose heads were read to the end, by path, size and time of change."""
    _places: dict[str, FoundFile] = attrs.field(factory=dict, init=False, repr=False, eq=False)
    """Where those of other programs were, which are looked for in many folders."""

    async def models(self) -> tuple[LocalModel, ...]:
        """As `ModelLibrary.models`."""
        return await anyio.to_thread.run_sync(self.models_now)

    async def find(self, name: str) -> Result[LocalModel, ModelNotFound | ConfigurationError]:
        """As `ModelLibrary.find`."""
        return await anyio.to_thread.run_sync(self.find_now, name)

    def models_now(self) -> tuple[LocalModel, ...]:
        """As `models`, without leaving the thread."""
        own = self.own_models()
        seen = {model.name for model in own}
        others = []
        for file in self._look_elsewhere():
            model = None if file.name in seen else _model_elsewhere(file, with_tensors=False).value_or(None)
            if model is not None and not model.is_adapter:
                seen.add(file.name)
                others.append(model)
        return self._with_adapters((*own, *others))

    def _look_elsewhere(self) -> tuple[FoundFile, ...]:
        """What others hold; of those with one name the first is the one that is found by it."""
        files = find_elsewhere(self.environment, self.home).files
        self._places.clear()
        for file in files:
            self._places.setdefault(file.name, file)
        return files

    def own_models(self) -> tuple[LocalModel, ...]:
        """Those in the folder, whose files are there; no adapters."""
        return self._with_adapters(model for model in self.entries() if not model.is_adapter)

    def entries(self) -> tuple[LocalModel, ...]:
        """All that is in the folder, adapters too, whose files are there."""
        records = sorted(self.folder.glob(f"*/{_RECORD}"))
        models = [read_model(record) for record in records]
        return tuple(model for model in models if model is not None and Path(model.path).exists())

    def _with_adapters(self, models: Iterable[LocalModel]) -> tuple[LocalModel, ...]:
        """`models`, each with what it can be changed by."""
        of: dict[str, list[Adapter]] = {}
        for one in self.entries():
            if one.is_adapter:
                of.setdefault(one.base, []).append(Adapter(name=one.name, path=one.path, size_bytes=one.size_bytes))
        return tuple(attrs.evolve(model, adapters=tuple(of.get(model.name, ()))) for model in models)

    def unreadable(self) -> tuple[str, ...]:
        """Folders of other programs that this user may not look into."""
        return find_elsewhere(self.environment, self.home).unreadable

    def find_now(self, name: str) -> Result[LocalModel, ModelNotFound | ConfigurationError]:
        """As `find`, without leaving the thread."""
        record = self.folder / name / _RECORD if _NAME.fullmatch(name) else None
        model = read_model(record) if record is not None and record.is_file() else None
        if model is not None:
            return self._whole_model(name, model, _verify(model, self._look))
        if name not in self._places or not self._places[name].path.exists():
            self._look_elsewhere()
        if (file := self._places.get(name)) is not None:
            return self._whole_model(name, None, _model_elsewhere(file, look=self._look))
        known = [one.name for one in self.models_now()]
        detail = f"there is no model {name!r} on this machine{near(name, known)}"
        return Failure(ModelNotFound(detail=detail, model=name, local=True, remedy=_HOW_TO_HAVE_ONE))

    def _whole_model(
        self, name: str, recorded: LocalModel | None, looked: Result[LocalModel, str]
    ) -> Result[LocalModel, ConfigurationError]:
        """The model that was looked at, with its adapters."""
        if recorded is not None and recorded.is_adapter:
            clause = f"it is an adapter; ask the model with it as {recorded.base}@{name}"
            return Failure(_damage_fault(name, clause))
        return looked.map(lambda model: self._with_adapters((model,))[0]).alt(lambda said: _damage_fault(name, said))

    def place_of(self, name: str) -> Result[Path, ConfigurationError]:
        """The folder that a model called `name` has, or would have."""
        if _NAME.fullmatch(name):
            return Success(self.folder / name)
        problem = f"{name!r} is not a name of letters, digits and . _ + -"
        remedy = "Give it another name."
        return Failure(configuration_error(problem, local=True, remedy=remedy))

    def record(self, model: LocalModel) -> Result[LocalModel, StorageError]:
        """Write down `model`, whose file is in its place: from now on it is there."""
        target = self.folder / model.name / _RECORD
        part = target.with_name(target.name + PART)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(dumps(attrs.asdict(model)))
            part.replace(target)
        except OSError as problem:
            return Failure(write_fault(target, problem))
        return Success(model)

    def remove_now(self, name: str) -> Result[bool, StorageError]:
        """Forget the model `name`, and delete its file where that is ours; says whether it was there."""
        place = self.folder / name
        if not _NAME.fullmatch(name) or not place.is_dir():
            return Success(False)
        try:
            (place / _RECORD).unlink(missing_ok=True)  # first of all: a half deleted model is not there
            shutil.rmtree(place)
        except OSError as problem:
            return Failure(write_fault(place, problem))
        return Success(True)

    def _look(self, file: FoundFile) -> Result[LocalModel, str]:
        """The whole head of the file, read once as long as it does not change."""
        try:
            key = (str(file.path), *measure(file.path))
        except OSError:
            return Failure("its file is gone; get it again, or remove it by `pointsman local rm`")
        if key not in self._whole:
            looked = look_at(file.path, file.name, file.holder, size=file.size)
            if isinstance(looked, Failure):
                return looked
            self._whole[key] = looked.unwrap()
        return Success(attrs.evolve(self._whole[key], name=file.name))


def read_model(record: Path) -> LocalModel | None:
    """What `model.json` says; None where it says nothing that can be read. A path without a folder is beside it."""
    try:
        document = as_object(loads(record.read_bytes()).value_or({}))
    except OSError:
        return None
    model = read_record(LocalModel, with_places(document, str(record)), Problems())
    if model is None:
        return None
    return attrs.evolve(model, name=record.parent.name, path=str(record.parent / model.path))


def _verify(model: LocalModel, look: Callable[[FoundFile], Result[LocalModel, str]]) -> Result[LocalModel, str]:
    """`model`, if its file is whole and, where its hash is known, the one that was got.

    A file that has not changed since it was written down was whole then.
    """
    if _is_unchanged(model):
        return Success(model)
    found = look(FoundFile(name=model.name, path=Path(model.path), holder=model.holder, size=model.size_bytes))
    if isinstance(found, Failure):
        return found
    file = found.unwrap()
    if model.sha256:
        hashed = sha256_of(Path(model.path))
        if isinstance(hashed, Failure):
            return Failure(hashed.failure())
        if hashed.unwrap() != model.sha256:
            return Failure("its file was changed since it was got; get it again")
    return Success(
        attrs.evolve(
            file,
            licence=model.licence or file.licence,
            source=model.source,
            sha256=model.sha256,
            projector=model.projector,
        )
    )


def _is_unchanged(model: LocalModel) -> bool:
    try:
        return measure(Path(model.path)) == (model.size_bytes, model.made_at)
    except OSError:
        return False


def _model_elsewhere(
    file: FoundFile,
    *,
    with_tensors: bool = True,
    look: Callable[[FoundFile], Result[LocalModel, str]] | None = None,
) -> Result[LocalModel, str]:
    read = look or (lambda one: look_at(one.path, one.name, one.holder, with_tensors=with_tensors, size=one.size))
    projector = None if file.projector is None else str(file.projector)
    return read(file).map(partial(attrs.evolve, projector=projector))


def _damage_fault(name: str, clause: str) -> ConfigurationError:
    return file_fault(f"the model {name!r} cannot be used: {clause}", name)


def file_fault(detail: str, name: str | None = None) -> ConfigurationError:
    """A model's file is not as it should be; the advice is given once."""
    told = detail.removesuffix(f"; {_AGAIN}")
    return configuration_error(told, model=name, local=True, remedy=_ANOTHER_FILE)


def write_fault(path: Path, problem: OSError) -> StorageError:
    """That a file could not be written."""
    return StorageError(detail=f"{path}: {(problem.strerror or str(problem)).lower()}", local=True)
