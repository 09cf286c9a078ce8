"""Model files that other programs hold: found where they put them, and used there. Nothing is copied or changed.

Sources: the layouts that Ollama (docs/faq.md, `OLLAMA_MODELS`), LM Studio (docs, "Import models"), huggingface_hub
("Manage huggingface_hub cache-system") and llama.cpp (`LLAMA_CACHE`) document.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import attrs

from pointsman.adapters.home import expand_home
from pointsman.core.json import as_list, as_object, as_text, int_or_none, loads
from pointsman.core.models.local_model import Holder

_MODEL_LAYER = "application/vnd.ollama.image.model"
_PROJECTOR_LAYER = "application/vnd.ollama.image.projector"
_OLLAMA_HOST = "registry.ollama.ai"
_LARGEST_MANIFEST = 2**20
_WRITERS = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
"""How transformers calls the classes of models that write."""
_PART = re.compile(r"-(\d{5})-of-\d{5}$")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@attrs.frozen(kw_only=True)
class FoundFile:
    """A file that may be a model; `size` in bytes, where its holder says what it must be."""

    name: str
    path: Path
    holder: Holder
    size: int | None = None
    projector: Path | None = None


@attrs.frozen
class FoundFiles:
    """What others hold, and the folders that could not be looked into, each with the reason."""

    files: tuple[FoundFile, ...] = ()
    unreadable: tuple[str, ...] = ()


def find_elsewhere(environment: Mapping[str, str], home: Path) -> FoundFiles:
    """All that Ollama, LM Studio, llama.cpp and the cache of Hugging Face hold, by the variables that move them."""
    files: list[FoundFile] = []
    unreadable: list[str] = []
    for look, folders in (
        (_ollama, _ollama_folders(environment, home)),
        (_lm_studio, _lm_studio_folders(home)),
        (_llama_cpp, (_folder(environment, "LLAMA_CACHE") or _cache(environment, home) / "llama.cpp",)),
        (_hugging_face, (_hub_folder(environment, home),)),
    ):
        for folder in folders:
            try:
                files += look(folder)
            except PermissionError:
                unreadable.append(f"{folder} may not be read by this user")
            except OSError:
                continue  # it is not there, or no folder
    return FoundFiles(tuple(files), tuple(unreadable))


def _folder(environment: Mapping[str, str], variable: str) -> Path | None:
    text = environment.get(variable, "").strip()
    return expand_home(text) if text else None


def _cache(environment: Mapping[str, str], home: Path) -> Path:
    if sys.platform == "darwin":
        return home / "Library" / "Caches"
    return _folder(environment, "XDG_CACHE_HOME") or home / ".cache"


def _ollama_folders(environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """The user's own, and that of the service that its installer sets up on Linux."""
    named = _folder(environment, "OLLAMA_MODELS")
    service = Path("/usr/share/ollama/.ollama/models")
    return (named,) if named is not None else (home / ".ollama" / "models", service)


def _ollama(folder: Path) -> Iterator[FoundFile]:
    """By the manifests, `HOST/NAMESPACE/NAME/TAG`, which name blobs; the default host and `library` go unsaid."""
    manifests = folder / "manifests"
    for manifest in _files(manifests):
        host, *names = manifest.relative_to(manifests).parts
        if len(names) < 2 or manifest.stat().st_size > _LARGEST_MANIFEST:
            continue
        layers = [as_object(layer) for layer in as_list(_document(manifest).get("layers"))]
        model = next((layer for layer in layers if layer.get("mediaType") == _MODEL_LAYER), {})
        blob = _blob(folder, model)
        if blob is None:
            continue
        name = f"{'/'.join(names[:-1]).removeprefix('library/')}:{names[-1]}"
        projector = next((layer for layer in layers if layer.get("mediaType") == _PROJECTOR_LAYER), {})
        yield FoundFile(
            name=name if host == _OLLAMA_HOST else f"{host}/{name}",
            path=blob,
            holder="ollama",
            size=int_or_none(model.get("size")),
            projector=_blob(folder, projector),
        )


def _blob(folder: Path, layer: Mapping[str, object]) -> Path | None:
    """The file of a layer; a digest that is none could lead anywhere."""
    digest = as_text(layer.get("digest"))
    return folder / "blobs" / digest.replace(":", "-") if _DIGEST.fullmatch(digest) else None


def _document(path: Path) -> Mapping[str, object]:
    return as_object(loads(path.read_bytes()).value_or({}))


def _lm_studio_folders(home: Path) -> tuple[Path, ...]:
    return (home / ".lmstudio" / "models", home / ".cache" / "lm-studio" / "models")


def _lm_studio(folder: Path) -> Iterator[FoundFile]:
    """`PUBLISHER/MODEL/FILE.gguf`; and `PUBLISHER/MODEL` with safetensors, which are MLX's."""
    for config in sorted(folder.glob("*/*/config.json")):
        if _writes_text(config.parent):
            name = "/".join(config.parent.relative_to(folder).parts)
            yield FoundFile(name=name, path=config.parent, holder="lm studio")
    for file in _models_in(_files(folder)):
        names = file.relative_to(folder).parts
        if len(names) == 3:
            yield FoundFile(name="/".join((*names[:2], file.stem)), path=file, holder="lm studio")


def _llama_cpp(folder: Path) -> Iterator[FoundFile]:
    for file in _models_in(sorted(folder.glob("*.gguf"))):
        yield FoundFile(name=file.stem, path=file, holder="llama.cpp")


def _hub_folder(environment: Mapping[str, str], home: Path) -> Path:
    named = _folder(environment, "HF_HUB_CACHE")
    root = _folder(environment, "HF_HOME") or _folder(environment, "XDG_CACHE_HOME") or home / ".cache"
    root = root if environment.get("HF_HOME", "").strip() else root / "huggingface"
    return named or root / "hub"


def _hugging_face(folder: Path) -> Iterator[FoundFile]:
    """`models--OWNER--REPO/snapshots/REVISION/…/FILE.gguf`; of several revisions the one that was got last."""
    for repository in sorted(folder.glob("models--*")):
        name = repository.name.removeprefix("models--").replace("--", "/", 1)
        snapshots = sorted((repository / "snapshots").glob("*"), key=lambda one: one.stat().st_mtime)
        if not snapshots:
            continue
        for file in _models_in(_files(snapshots[-1])):
            yield FoundFile(name=f"{name}/{file.stem}", path=file, holder="hugging face")
        if _writes_text(snapshots[-1]):
            yield FoundFile(name=name, path=snapshots[-1], holder="hugging face")


def _writes_text(folder: Path) -> bool:
    """Whether it is a model in safetensors that answers in words: those that make vectors or labels are no engine's."""
    config = folder / "config.json"
    if not config.is_file() or config.stat().st_size > _LARGEST_MANIFEST or not any(folder.glob("*.safetensors")):
        return False
    return any(as_text(kind).endswith(_WRITERS) for kind in as_list(_document(config).get("architectures")))


def _files(folder: Path) -> list[Path]:
    """All files below `folder`, in order. `os.walk` passes over what may not be read; the folder itself must be."""
    os.scandir(folder).close()
    found = [Path(place) / name for place, _, names in os.walk(folder) for name in names]
    return sorted(found)


def _models_in(files: Iterable[Path]) -> Iterator[Path]:
    """The GGUF files among `files`: of one in several parts the first, which leads to the others; no projectors."""
    for file in files:
        part = _PART.search(file.stem)
        if file.suffix == ".gguf" and not file.name.startswith("mmproj") and (part is None or part[1] == "00001"):
            yield file
