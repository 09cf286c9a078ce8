"""Files of a model on Hugging Face's hub, or on a server like it: what there is, how large, with which hash.

Source: huggingface.co/docs/hub/api (`GET /api/models/OWNER/REPO?blobs=true`; LFS files carry their sha256).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.local_models.download import Download, fetch_json
from pointsman.adapters.local_models.model_file import files_of, part_of
from pointsman.core.error import ChatError, InvalidRequest, ModelNotFound, invalid_request
from pointsman.core.json import JsonObject, as_list, as_object, as_text, int_or_none, loads
from pointsman.core.security.secret import Secret

_HUB = "https://huggingface.co"
_SOURCE = re.compile(r"hf:(?P<owner>(?!\.+/)[\w.-]+)/(?P<repo>(?!\.+(?::|$))[\w.-]+)(?::(?P<file>[^\s:]+))?")
_PREFERRED = ("q4_k_m", "q4_k_s", "q4_1", "q4_0", "q5_k_m", "q8_0")
"""What is taken of several: as good as the larger ones nearly, at half their size."""
_OF_A_FOLDER = re.compile(r"[A-Za-z0-9][\w.-]*\.(?:safetensors|json|txt|model|jinja)")
"""What a model in a folder is made of: weights, words, templates. No program, and nothing in a folder below."""


@attrs.frozen(kw_only=True)
class HubFile:
    """One file of one revision of a repository."""

    repository: str
    path: str
    downloads: tuple[Download, ...]
    """One; or one for each part, the first first; or those of a folder."""
    names: tuple[str, ...]
    """What its files are called, in the order of `downloads`."""
    licence: str = ""


def hub_token(environment: Mapping[str, str]) -> Secret | None:
    """The user's token, as the hub's own tools read it."""
    text = environment.get("HF_TOKEN", "").strip() or environment.get("HUGGING_FACE_HUB_TOKEN", "").strip()
    return Secret(text) if text else None


async def find_on_hub(source: str, environment: Mapping[str, str]) -> Result[HubFile, ChatError]:
    """The file that `hf:OWNER/REPO[:FILE]` names; FILE may be a kind, such as `Q8_0`, or left out."""
    match = _SOURCE.fullmatch(source)
    if match is None:
        problem = f"{source!r} is not hf:OWNER/REPO or hf:OWNER/REPO:FILE"
        return Failure(invalid_request(problem))
    hub = environment.get("HF_ENDPOINT", "").strip().rstrip("/") or _HUB
    repository, token = f"{match['owner']}/{match['repo']}", hub_token(environment)
    fetched = await fetch_json(f"{hub}/api/models/{repository}?blobs=true", token)
    if isinstance(fetched, Failure):
        return Failure(fetched.failure())
    about = as_object(loads(fetched.unwrap()).value_or({}))
    files = {as_text(one.get("rfilename")): one for one in map(as_object, as_list(about.get("siblings")))}
    folder = _folder_of(files) if match["file"] is None else ()
    chosen = Success(match["repo"]) if folder else _choose(files, match["file"], repository)
    if isinstance(chosen, Failure):
        return Failure(chosen.failure())
    name = chosen.unwrap()
    parts = folder or tuple(path.as_posix() for path in files_of(Path(name)))
    missing = [part for part in parts if part not in files]
    if missing:
        detail = f"{repository} lacks {missing[0]}, one of the {len(parts)} parts of {name}; take another of its files"
        return Failure(ModelNotFound(detail=detail))
    place = f"{hub}/{repository}/resolve/{as_text(about.get('sha')) or 'main'}"
    downloads = tuple(_download_of(files[part], f"{place}/{part}", token) for part in parts)
    licence = as_text(as_object(about.get("cardData")).get("license"))
    names = tuple(part.rpartition("/")[2] for part in parts)
    return Success(HubFile(repository=repository, path=name, downloads=downloads, names=names, licence=licence))


def _download_of(file: JsonObject, url: str, token: Secret | None) -> Download:
    stored = as_object(file.get("lfs"))
    size = int_or_none(stored.get("size")) or int_or_none(file.get("size"))
    return Download(url=url, size=size, sha256=as_text(stored.get("sha256")), token=token)


def _folder_of(files: Collection[str]) -> tuple[str, ...]:
    """The files of a model that is a folder, in order of their names; none where there is a GGUF file, or no model."""
    if any(name.lower().endswith(".gguf") for name in files) or "config.json" not in files:
        return ()
    named = sorted(name for name in files if _OF_A_FOLDER.fullmatch(name) and not name.startswith("consolidated"))
    return tuple(named) if any(name.endswith(".safetensors") for name in named) else ()


def _choose(files: Collection[str], wanted: str | None, repository: str) -> Result[str, ChatError]:
    """The file that is meant."""
    names = [name for name in files if name.lower().endswith(".gguf")]
    models = [name for name in names if not name.rpartition("/")[2].startswith("mmproj") and _leads(name)]
    if wanted is not None:
        fitting = [name for name in models if name == wanted]
        fitting = fitting or [name for name in models if wanted.lower() in name.lower()]
        if len(fitting) != 1:
            return Failure(_which(repository, fitting or models, f"{wanted!r} names {len(fitting)} of its files"))
        models = fitting
    if not models:
        return Failure(ModelNotFound(detail=f"{repository} holds no GGUF file and no safetensors"))
    if len(models) > 1:
        preferred = [name for kind in _PREFERRED for name in models if kind in name.lower()]
        if not preferred:
            return Failure(_which(repository, models, "it holds several"))
        models = preferred
    return Success(models[0])


def _leads(name: str) -> bool:
    """Whether it is a whole, or the first of several parts, which stands for all."""
    part = part_of(name)
    return part is None or part[0] == 1


def _which(repository: str, names: list[str], why: str) -> InvalidRequest:
    shown = ", ".join(names[:12]) + ("…" if len(names) > 12 else "")
    detail = f"{repository}: {why}; name one: {shown}"
    return invalid_request(detail)
