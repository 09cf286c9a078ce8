"""Files of a model on Hugging Face's hub, or on a server like it: what there is, how large, with which hash.

Source: huggingface.co/docs/hub/api (`GET /api/models/OWNER/REPO?blobs=true`; LFS files carry their sha256).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs
from returns.result import Failure, Result, Success

from pointsman.adapters.local_models.download import Download, fetch_json
from pointsman.core.error import ChatError, InvalidRequest, ModelNotFound
from pointsman.core.json import as_list, as_object, as_text, int_or_none, loads
from pointsman.core.security.secret import Secret

_HUB = "https://huggingface.co"
_SOURCE = re.compile(r"hf:(?P<owner>[\w.-]+)/(?P<repo>[\w.-]+)(?::(?P<file>[^\s:]+))?")
_PREFERRED = ("q4_k_m", "q4_k_s", "q4_1", "q4_0", "q5_k_m", "q8_0")
"""What is taken of several: as good as the larger ones nearly, at half their size."""
_PART = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


@attrs.frozen(kw_only=True)
class HubFile:
    """One file of one revision of a repository."""

    repository: str
    path: str
    download: Download
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
        return Failure(InvalidRequest(detail=problem, problems=(problem,), local=True))
    hub = environment.get("HF_ENDPOINT", "").strip().rstrip("/") or _HUB
    repository, token = f"{match['owner']}/{match['repo']}", hub_token(environment)
    fetched = await fetch_json(f"{hub}/api/models/{repository}?blobs=true", token)
    if isinstance(fetched, Failure):
        return Failure(fetched.failure())
    about = as_object(loads(fetched.unwrap()).value_or({}))
    files = {as_text(one.get("rfilename")): one for one in map(as_object, as_list(about.get("siblings")))}
    chosen = _choose([name for name in files if name.lower().endswith(".gguf")], match["file"], repository)
    if isinstance(chosen, Failure):
        return Failure(chosen.failure())
    name = chosen.unwrap()
    stored = as_object(files[name].get("lfs"))
    revision = as_text(about.get("sha")) or "main"
    download = Download(
        url=f"{hub}/{repository}/resolve/{revision}/{name}",
        size=int_or_none(stored.get("size")) or int_or_none(files[name].get("size")),
        sha256=as_text(stored.get("sha256")),
        token=token,
    )
    licence = as_text(as_object(about.get("cardData")).get("license"))
    return Success(HubFile(repository=repository, path=name, download=download, licence=licence))


def _choose(names: list[str], wanted: str | None, repository: str) -> Result[str, ChatError]:
    """The file that is meant."""
    models = [name for name in names if not name.rpartition("/")[2].startswith("mmproj")]
    if wanted is not None:
        fitting = [name for name in models if name == wanted]
        fitting = fitting or [name for name in models if wanted.lower() in name.lower()]
        if len(fitting) != 1:
            return Failure(_which(repository, fitting or models, f"{wanted!r} names {len(fitting)} of its files"))
        models = fitting
    if not models:
        return Failure(ModelNotFound(detail=f"{repository} holds no GGUF file; look for one whose name ends in -GGUF"))
    if len(models) > 1:
        preferred = [name for kind in _PREFERRED for name in models if kind in name.lower()]
        if not preferred:
            return Failure(_which(repository, models, "it holds several"))
        models = preferred
    if _PART.search(models[0]):
        detail = f"{models[0]} of {repository} is one of several parts, which are not got yet; take a smaller one"
        return Failure(InvalidRequest(detail=detail, problems=(detail,), local=True))
    return Success(models[0])


def _which(repository: str, names: list[str], why: str) -> InvalidRequest:
    shown = ", ".join(names[:12]) + ("…" if len(names) > 12 else "")
    detail = f"{repository}: {why}; name one: {shown}"
    return InvalidRequest(detail=detail, problems=(detail,), local=True)
