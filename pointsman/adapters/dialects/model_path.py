"""A model's id as a piece of a URL's path. Ids come from callers and from lists, and may not choose the path."""

from __future__ import annotations

import re
from urllib.parse import quote

from returns.result import Failure, Result, Success

from pointsman.adapters.dialects.dialect import Target, WriteFailure
from pointsman.core.error import InvalidRequest

_NOT_IN_A_NAME = re.compile(r"[\x00-\x20\x7f?#\\]")


def model_path(target: Target, collections: tuple[str, ...]) -> Result[str, WriteFailure]:
    """The quoted path of the model, such as `/models/gemma%2F3`, or an `InvalidRequest` where none can be called that.

    `collections` are those that an id may name itself (`tunedModels/mine`); without one it is of the first of them,
    and every other slash belongs to the name. A `..`, a `?`, a `#`, a space or a control character is refused rather
    than quoted: servers and proxies disagree about when they unquote a path (RFC 3986, 2.4 and 6.2.2.3).
    """
    collection, _, name = resource_name(target.model, collections).partition("/")
    if not target.model or _NOT_IN_A_NAME.search(name) or any(part in ("", ".", "..") for part in name.split("/")):
        problem = f"model: {target.model[:200]!r} cannot be the name of a model"
        return Failure(InvalidRequest(detail=problem, problems=(problem,), provider=target.provider))
    return Success(f"/{collection}/{quote(name, safe='', errors='replace')}")


def resource_name(model: str, collections: tuple[str, ...]) -> str:
    """The model with its collection, as bodies name it: `models/x` of `x`."""
    return model if model.partition("/")[0] in collections and "/" in model else f"{collections[0]}/{model}"
